# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times: as AWS's answers have them, and as results, records and messages do (ISO 8601 in UTC, with a Z). Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

try:
    from botocore.utils import parse_timestamp
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse_aws_time(value: t.Any) -> datetime:
    """A time of an answer in UTC: a number of seconds since 1970, also as text, or a text in another of AWS's formats.

    botocore's own parser takes the time zone of the machine on its way, in which the last day of year 9999, the end of
    CAs in AWS's own samples, may not exist. https://github.com/boto/botocore/issues/2927

    :raises ValueError: if it is none, or before year 1 or after year 9999.
    """
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        moment = parse_timestamp(value)
        return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError as e:
        raise ValueError(f"{value} is out of range") from e


def to_utc(moment: datetime) -> datetime:
    """The same time in UTC, rounded down to seconds. :raises OverflowError: if UTC has no such time"""
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def to_text(moment: datetime) -> str:
    """For example ``2026-11-23T09:30:00Z``."""
    return f"{to_utc(moment).replace(tzinfo=None).isoformat()}Z"


def read_time(text: str) -> datetime:
    """A time in UTC, from ISO 8601 with a time zone.

    :raises ValueError: a clause that says what is wrong with it.
    """
    # Python 3.9 and 3.10 do not read Z.
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as e:
        raise ValueError("is out of range") from e
