# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of acm_pca_audit_report: their specification, and reading them into an ``AuditRequest``. Pure."""

from __future__ import annotations

import re
import typing as t
from datetime import timedelta

from ..._aws.errors import InvalidOption
from ..models import AuditRequest
from ..selection import SELECTION_SPEC, Partitions, check_range, quoted, read_selection

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **SELECTION_SPEC,
    "s3_bucket_name": {"type": "str", "required": True},
    "audit_report_response_format": {"type": "str", "choices": ["JSON", "CSV"], "default": "JSON"},
    "max_age": {"type": "int", "default": 1800},
    "force": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "wait_delay": {"type": "int", "default": 3},
    "tracking": {"type": "str", "choices": ["record", "listing"], "default": "record"},
}

# The least and the most that makes sense: ten years, a day, an hour.
_LIMITS = {"max_age": (0, 315_360_000), "wait_timeout": (1, 86_400), "wait_delay": (1, 3_600)}


def read_options(
    params: t.Mapping[str, t.Any], *, region: str | None, partitions: Partitions, check_mode: bool
) -> AuditRequest:
    """Check the module's parameters and turn them into a request.

    :param region: the module's own region, if any.
    :raises InvalidOption: for the first option that cannot be used.
    """
    for name, (lowest, highest) in _LIMITS.items():
        check_range(name, params[name], lowest, highest)
    check_bucket_name(params["s3_bucket_name"])
    return AuditRequest(
        selection=read_selection(params, region=region, partitions=partitions),
        s3_bucket_name=params["s3_bucket_name"],
        response_format=params["audit_report_response_format"],
        max_age=timedelta(seconds=params["max_age"]),
        force=params["force"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_delay=params["wait_delay"],
        use_record=params["tracking"] == "record",
        check_mode=check_mode,
    )


_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_bucket_name(name: str) -> None:
    """Refuse what S3 would refuse. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
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
            f"s3_bucket_name: {quoted(name)} {wrong}; accepted: the name of a general purpose bucket (no ARN, no "
            "URL): 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or a digit."
        )
