# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that options of several modules share. Pure."""

from __future__ import annotations

import re
import typing as t

from .errors import InvalidOption
from .text import quoted

_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


class Partitions(t.Protocol):
    """What is known of AWS's partitions and regions without a request."""

    def partition_of(self, region: str) -> str | None:
        """The partition that a region is in, or None for a name that is no region's."""

    def regions_of(self, service: str, partition: str) -> t.Sequence[str]:
        """The regions of a partition that offer a service, which is named as boto3 names it."""


def check_range(name: str, given: int, lowest: int, highest: int) -> None:
    """Refuse a number that is out of range.

    :raises InvalidOption: if it is.
    """
    if not lowest <= given <= highest:
        size = "small" if given < lowest else "large"
        digits = str(given)
        shown = digits if len(digits) <= 30 else f"{digits[:30]}..."
        raise InvalidOption(f"{name}: {shown} is too {size}; accepted: whole numbers from {lowest} to {highest}.")


def check_characters(name: str, given: str, pattern: str, length: str, signs: str) -> None:
    """Refuse a text that AWS would refuse.

    :param length: how many characters are accepted, in words.
    :param signs: which characters are accepted beside letters, digits and the underscore.
    :raises InvalidOption: if the pattern does not match all of it.
    """
    if not re.fullmatch(pattern, given, re.ASCII):
        raise InvalidOption(
            f"{name}: {quoted(given)} is not accepted by AWS; accepted: {length} letters, digits and characters of "
            f"_{signs}."
        )


def check_path(name: str, given: str | None) -> str | None:
    """The path of a file, or None where the option is left out.

    :raises InvalidOption: for what no file can be called.
    """
    if given is not None and (not given or "\0" in given):
        raise InvalidOption(f"{name}: give the path of a file.")
    return given


def check_bucket_name(name: str, option: str = "s3_bucket_name") -> None:
    """Refuse what S3 would refuse. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

    :param option: the name of the option, for the message.
    :raises InvalidOption: if it is.
    """
    wrong = None
    if not 3 <= len(name) <= 63:
        wrong = f"has {len(name)} characters"
    elif re.search(r"[^a-z0-9.-]", name):
        wrong = "contains a character that S3 does not allow in bucket names"
    elif not (name[0].isalnum() and name[-1].isalnum()):
        wrong = "does not begin and end with a letter or a digit"
    elif ".." in name:
        wrong = "contains two dots in a row"
    elif re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
        wrong = "is written like an IP address"
    else:
        reserved = [p for p in _RESERVED_PREFIXES if name.startswith(p)]
        reserved += [s for s in _RESERVED_SUFFIXES if name.endswith(s)]
        if reserved:
            wrong = f"uses '{reserved[0]}', which S3 reserves"
    if wrong:
        raise InvalidOption(
            f"{option}: {quoted(name)} {wrong}; accepted: the name of a general purpose bucket (no ARN, no "
            "URL): 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or a digit."
        )
