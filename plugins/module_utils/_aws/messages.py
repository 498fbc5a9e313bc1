# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Much to say in few words: the same text about many CAs is said once. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .._acm_pca.arns import CertificateAuthorityArn

# More than these make a message longer, not clearer; the results hold them all.
_NAMES_SHOWN = 3
_TEXTS_SHOWN = 3


def name_of(arn: CertificateAuthorityArn | None, account_id: str | None, region: str | None) -> str:
    """How people are told of a CA, or of a region or account that could not be looked at."""
    if arn:
        return arn.text
    account = f"account {account_id}" if account_id else ""
    where = f"region {region}" if region else ""
    return ", ".join(filter(None, [account, where])) or "the account of the task's own credentials"


def tell(said: t.Iterable[tuple[str, str]], see: str) -> list[str]:
    """Whom the texts are about, and the texts: enough to see what is the matter, and never more than anybody reads.

    :param said: pairs of a name and a text about it.
    :param see: the result that holds all of them.
    """
    by_text: dict[str, list[str]] = {}
    for name, text in said:
        by_text.setdefault(text, []).append(name)
    told = [f"{some(names)}: {text}" for text, names in list(by_text.items())[:_TEXTS_SHOWN]]
    untold = sum(len(names) for names in list(by_text.values())[_TEXTS_SHOWN:])
    return [*told, f"For {untold} more, see {see}."] if untold else told


def tell_failures(failed: t.Sequence[tuple[str, str]], total: int, see: str) -> str | None:
    """One message about all that failed, or None if nothing did.

    :param failed: pairs of a name and why it failed.
    :param total: how many there are, failed or not.
    """
    if not failed:
        return None
    if total == 1:
        name, text = failed[0]
        return f"{name}: {text}"
    return " ".join([f"{len(failed)} of {total} failed; {see} says why of each.", *tell(failed, see)])


def some(names: t.Sequence[str]) -> str:
    """A few of the names, and how many more there are."""
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
