# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Much to say in few words: the same text about many CAs is said once. Pure."""

from __future__ import annotations

import typing as t

# More than these make a message longer, not clearer; the results hold them all.
_NAMES_SHOWN = 3
_TEXTS_SHOWN = 3


def name_of(arn: object | None, account_id: str | None, region: str | None) -> str:
    """What an entry of the results is called: by its ARN, or the region or account that could not be looked at."""
    if arn:
        return str(arn)
    account = f"account {account_id}" if account_id else ""
    where = f"region {region}" if region else ""
    return ", ".join(filter(None, [account, where])) or "the account of the task's own credentials"


def grouped(said: t.Iterable[tuple[str, str]], see: str) -> list[str]:
    """The texts, each with the names that it is about; never more than anybody reads.

    :param said: pairs of a name and a text about it.
    :param see: the result that holds all of them.
    """
    by_text: dict[str, list[str]] = {}
    for name, text in said:
        by_text.setdefault(text, []).append(name)
    shown = [f"{some(names)}: {text}" for text, names in list(by_text.items())[:_TEXTS_SHOWN]]
    left = sum(len(names) for names in list(by_text.values())[_TEXTS_SHOWN:])
    return [*shown, f"For {left} more, see {see}."] if left else shown


def some(names: t.Sequence[str]) -> str:
    """A few of the names, and how many more there are."""
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
