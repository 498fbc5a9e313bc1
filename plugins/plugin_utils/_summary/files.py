# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What filters are given in files: a fleet's results and document are too large to be variables of a playbook."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import visible

from .input import SummaryError


def loaded(given: t.Any) -> t.Any:
    """What was given, or what the JSON file contains whose path was given.

    :raises SummaryError: a sentence about the file.
    """
    if not isinstance(given, str):
        return given
    try:
        return json.loads(Path(given).read_text(encoding="utf-8"))
    except OSError as e:
        raise SummaryError(f"{visible(given)} could not be read: {e.strerror}.") from None
    except (ValueError, RecursionError):
        raise SummaryError(
            f"{visible(given)} is not JSON, so it is not what a module or a filter of this collection made."
        ) from None
