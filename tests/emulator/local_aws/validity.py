# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate begins and ends, from the API's ``Validity``. Pure.

https://docs.aws.amazon.com/privateca/latest/APIReference/API_Validity.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dateutil.relativedelta import relativedelta

MOMENTS = ("ABSOLUTE", "END_DATE")
SPANS = ("DAYS", "MONTHS", "YEARS")


class ValidityError(ValueError):
    """A sentence about a ``Validity`` that means no moment."""


def moment_of(
    validity: Mapping[str, Any] | None, start: datetime, kinds: tuple[str, ...] = MOMENTS + SPANS
) -> datetime:
    """The moment of ``{"Type": ..., "Value": ...}``; spans are counted from ``start``. Raises ValidityError."""
    given = validity or {}
    kind, value = given.get("Type"), given.get("Value")
    if kind not in kinds or isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValidityError(f"The validity {kind} {value} is not valid.")
    try:
        if kind == "END_DATE":
            return _end_date(str(value))
        if kind == "ABSOLUTE":
            return datetime.fromtimestamp(value, UTC)
        return start + _span(kind, value)
    except (ValueError, OverflowError, OSError):
        raise ValidityError(f"The validity {kind} {value} is not valid.") from None


def _span(kind: str, value: int) -> relativedelta:
    if kind == "DAYS":
        return relativedelta(days=value)
    return relativedelta(months=value) if kind == "MONTHS" else relativedelta(years=value)


def _end_date(digits: str) -> datetime:
    """UTCTime (YYMMDDHHMMSS) or GeneralizedTime (YYYYMMDDHHMMSS), as X.509 reads them."""
    # An integer has lost the zeros that it began with.
    digits = digits.zfill(12)
    if len(digits) == 12:
        digits = ("19" if digits >= "50" else "20") + digits
    if len(digits) != 14:
        raise ValueError(digits)
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
