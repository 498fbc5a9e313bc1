# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that goes into messages: what comes from outside is made fit to be shown. Pure."""

from __future__ import annotations

import re

_LONGEST = 600


def clean(text: str) -> str:
    """One line of printable characters, at most 600 of them, without what may be secret.

    The lines after the first of a signature error repeat the signed request, session token included.
    """
    if "nvalid header value" in text:
        # Quoted in it is a credential with a line break, in a spelling that Ansible does not know for a secret.
        return "A credential or another value that is sent in a header contains a line break"
    first_line = text.strip().split("\n", 1)[0]
    printable = "".join(character if character.isprintable() else " " for character in first_line)
    without_password = re.sub(r"//[^/@\s]+@", "//", printable)
    return without_password if len(without_password) <= _LONGEST else without_password[:_LONGEST] + "..."


def quoted(value: str, limit: int = 200) -> str:
    """A value in quotes, on one line, cut after ``limit`` characters. What cannot be seen is shown as its code."""
    # Cut first, so that a value of any size costs little.
    shown = repr(value[: limit + 1])
    return shown if len(value) <= limit and len(shown) <= limit else f"{shown[:limit]}..."
