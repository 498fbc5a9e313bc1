# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to tell as one line, of a length that messages and jobs can carry. Pure."""

from __future__ import annotations

import json

from .._text import visible

_LONGEST_LINE = 600
# In JSON a letter may be twelve bytes.
_LARGEST_LINE = 1500


def line_of(sentence: str, account_name: str | None, account_id: str | None, region: str | None) -> str:
    """What there is to tell, and where: CAs of different accounts may have the same name."""
    sentence = visible(sentence, _LONGEST_LINE)
    limit = _LONGEST_LINE
    while len(json.dumps(visible(sentence, limit))) > _LARGEST_LINE:
        limit = limit * 7 // 8
    where = [visible(account_name or "", 64), account_id, region]
    place = f" ({', '.join(filter(None, where))})" if account_id and account_id not in sentence else ""
    return visible(sentence, limit) + place
