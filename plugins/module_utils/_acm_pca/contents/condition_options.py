# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The options that are conditions of certificates, alike for filters and rules: their specification, reading them.

Pure.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timezone

from ..._aws.errors import InvalidOption
from ..._aws.options import check_range
from ..._aws.text import quoted
from .conditions import Conditions, Moment, plain_serial

# The elements are raw, because Ansible would make a text of whatever is given. And the subject is, because Ansible
# would cut a single one at its commas.
_LIST: dict[str, t.Any] = {"type": "list", "elements": "raw"}

CONDITION_SPEC: dict[str, dict[str, t.Any]] = {
    "expiring_within": {"type": "int"},
    "expires_before": {"type": "str"},
    "expires_after": {"type": "str"},
    "issued_within": {"type": "int"},
    "issued_before": {"type": "str"},
    "issued_after": {"type": "str"},
    "revoked_within": {"type": "int"},
    "revoked": {"type": "bool"},
    "revocation_reason": {"type": "list", "elements": "str"},
    "replaced": {"type": "bool"},
    "validity_over": {"type": "int"},
    "template": _LIST,
    "not_template": _LIST,
    "requested_by": _LIST,
    "serial": _LIST,
    "subject": {"type": "raw"},
}

# What is expiring is valid, and only what was revoked has a reason.
_CONTRADICTIONS = (
    ("revoked", True, "expiring_within"),
    ("revoked", False, "revoked_within"),
    ("revoked", False, "revocation_reason"),
)

_MOST_DAYS = 36_500
_MOST_VALUES = 1000
_LONGEST_PATTERN = 1000

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_DAYS = re.compile(r"[+-]?[0-9]{1,9}")
_REASON = re.compile(r"[A-Z][A-Z_]{0,63}")
# 20 octets are the most that certificates may have. https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,2}(?::?[0-9A-Fa-f]{1,2}){0,31}")


def read_conditions(params: t.Mapping[str, t.Any], about: str = "") -> Conditions:
    """Check the parameters that are conditions.

    :param about: what to put before the name of an option in messages.
    :raises InvalidOption: for the first one that cannot be used.
    """

    def read(name: str, how: t.Callable[[str, t.Any], t.Any]) -> t.Any:
        return None if params[name] is None else how(about + name, params[name])

    for one, value, other in _CONTRADICTIONS:
        if params[one] is value and params[other] is not None:
            raise InvalidOption(
                f"{about}{one}={str(value).lower()} and {other} match no certificate together; leave one of them out."
            )
    return Conditions(
        expiring_within=read("expiring_within", _read_days),
        expires_before=read("expires_before", _read_moment),
        expires_after=read("expires_after", _read_moment),
        issued_within=read("issued_within", _read_days),
        issued_before=read("issued_before", _read_moment),
        issued_after=read("issued_after", _read_moment),
        revoked_within=read("revoked_within", _read_days),
        revoked=params["revoked"],
        revocation_reason=read("revocation_reason", _read_reasons),
        replaced=params["replaced"],
        validity_over=read("validity_over", _read_days),
        template=read("template", _read_patterns),
        not_template=read("not_template", _read_patterns),
        requested_by=read("requested_by", _read_patterns),
        serial=read("serial", _read_serials),
        subject=read("subject", _read_patterns),
    )


def is_time(given: str) -> bool:
    """Whether a text looks like a time or a day."""
    return _TIME.fullmatch(given) is not None


def read_time(name: str, given: str, also: str = "") -> datetime:
    """Read a time or a day.

    :param also: what else is accepted, for the message.
    :raises InvalidOption: if it is none.
    """
    text = re.sub(r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2", given.replace("Z", "+00:00")) if "T" in given else given
    try:
        if not is_time(given):
            raise ValueError
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError) as e:
        raise InvalidOption(
            f"{name}: {quoted(given)} is not a time; accepted: a time such as 2026-11-01T00:00:00Z, or a day such as "
            f"2026-11-01, both in UTC unless they say otherwise{also}."
        ) from e


def _read_moment(name: str, given: str) -> Moment:
    if not _DAYS.fullmatch(given):
        return read_time(name, given, ", or a number of days from now, such as 30 or -30")
    days = int(given)
    check_range(name, days, -_MOST_DAYS, _MOST_DAYS)
    return days


def _read_days(name: str, given: int) -> int:
    check_range(name, given, 0, _MOST_DAYS)
    return given


def _read_reasons(name: str, given: t.Sequence[str]) -> frozenset[str]:
    _check_not_empty(name, given, "reason")
    for reason in given:
        # Those of the API are listed in the documentation, and AWS may add to them.
        if not _REASON.fullmatch(reason):
            raise InvalidOption(
                f"{name}: {quoted(reason)} is not a revocation reason; give one such as KEY_COMPROMISE."
            )
    return frozenset(given)


def _read_patterns(name: str, given: t.Any) -> tuple[str, ...]:
    patterns = given if isinstance(given, list) else [given]
    _check_not_empty(name, patterns, "pattern")
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise InvalidOption(f"{name}: {quoted(str(pattern))} is not a text; give a pattern such as *example*.")
        if len(pattern) > _LONGEST_PATTERN:
            raise InvalidOption(f"{name}: {quoted(pattern, 60)} is longer than {_LONGEST_PATTERN} characters.")
    return tuple(dict.fromkeys(patterns))


def _read_serials(name: str, given: t.Sequence[t.Any]) -> frozenset[bytes]:
    _check_not_empty(name, given, "serial number")
    for serial in given:
        # YAML takes digits without quotes for a decimal or octal number.
        if not isinstance(serial, str) or not _SERIAL.fullmatch(serial):
            raise InvalidOption(
                f"{name}: {quoted(str(serial))} is not a serial number; give hexadecimal digits in quotes, with or "
                "without colons, such as '00:11:22:aa'."
            )
    return frozenset(plain_serial(serial.encode("ascii")) for serial in given)


def _check_not_empty(name: str, given: t.Sequence[t.Any], what: str) -> None:
    if not given:
        raise InvalidOption(f"{name}: the list is empty; name at least one {what}, or leave the option out.")
    if len(given) > _MOST_VALUES:
        raise InvalidOption(f"{name}: the list has {len(given)} entries; accepted: at most {_MOST_VALUES}.")
