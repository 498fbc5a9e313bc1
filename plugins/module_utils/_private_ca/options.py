# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of acm_pca_audit_report: their specification, and reading them into an ``AuditRequest``. Pure."""

from __future__ import annotations

import re
import typing as t
from datetime import timedelta

from .arns import ACCEPTED, CertificateAuthorityArn, parse_certificate_authority_arn
from .errors import InvalidOption
from .models import AuditRequest

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "certificate_authority_arn": {
        "type": "list",
        "elements": "str",
        "aliases": ["certificate_authority_arns"],
    },
    "s3_bucket_name": {"type": "str", "required": True},
    "audit_report_response_format": {"type": "str", "choices": ["JSON", "CSV"], "default": "JSON"},
    "max_age": {"type": "int", "default": 1800},
    "force": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "wait_delay": {"type": "int", "default": 3},
    "tracking": {"type": "str", "choices": ["record", "listing"], "default": "record"},
    "concurrency": {"type": "int", "default": 32},
}

# The least and the most that makes sense: ten years, a day, an hour, and more threads than AWS takes requests from.
_LIMITS = {
    "max_age": (0, 315_360_000),
    "wait_timeout": (1, 86_400),
    "wait_delay": (1, 3_600),
    "concurrency": (1, 256),
}

PartitionOf = t.Callable[[str], t.Optional[str]]


def read_options(
    params: t.Mapping[str, t.Any], *, region: str | None, partition_of: PartitionOf, check_mode: bool
) -> AuditRequest:
    """Check the module's parameters and turn them into a request.

    :param region: the module's own region, if any.
    :param partition_of: the AWS partition of a region, or None for a region that no partition has.
    :raises InvalidOption: for the first option that cannot be used.
    """
    for name, (lowest, highest) in _LIMITS.items():
        if not lowest <= params[name] <= highest:
            size = "small" if params[name] < lowest else "large"
            given = str(params[name])
            shown = given if len(given) <= 30 else f"{given[:30]}..."
            raise InvalidOption(f"{name}: {shown} is too {size}; accepted: whole numbers from {lowest} to {highest}.")
    _check_bucket_name(params["s3_bucket_name"])
    # botocore would take a line break at the end for part of the name, and put it into a header.
    if region and (partition_of(region) is None or not re.fullmatch(r"[a-z0-9-]+", region)):
        raise InvalidOption(f"region: {_quoted(region)} is no AWS region; give one such as us-east-1.")
    arns = _read_arns(params["certificate_authority_arn"], region, partition_of)
    if arns is None and not region:
        raise InvalidOption(
            "region: nothing is given, and neither the environment nor the AWS profile names a region; give the "
            "region in which to discover certificate authorities, or name them in certificate_authority_arn."
        )
    return AuditRequest(
        arns=arns,
        region=region,
        s3_bucket_name=params["s3_bucket_name"],
        response_format=params["audit_report_response_format"],
        max_age=timedelta(seconds=params["max_age"]),
        force=params["force"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_delay=params["wait_delay"],
        use_record=params["tracking"] == "record",
        concurrency=params["concurrency"],
        check_mode=check_mode,
    )


def _read_arns(
    given: list[str] | None, region: str | None, partition_of: PartitionOf
) -> tuple[CertificateAuthorityArn, ...] | None:
    """The ARNs in the order given, each once. None (not given) means discovery; an empty list never does."""
    if given is None:
        return None
    if not given:
        raise InvalidOption(
            "certificate_authority_arn: the list is empty; name at least one certificate authority, or leave the "
            "option out to audit every one that the account owns in the region."
        )
    arns = dict.fromkeys(_read_arn(text, partition_of) for text in given)
    own_partition = partition_of(region) if region else None
    for arn in arns:
        if own_partition and arn.partition != own_partition:
            raise InvalidOption(
                f"certificate_authority_arn: '{arn}' is in the partition '{arn.partition}', but this task runs in "
                f"'{own_partition}' (region {region}); credentials of one partition are not valid in another, so "
                "give a region and credentials of that partition in a task of its own."
            )
        if arn.partition != next(iter(arns)).partition:
            raise InvalidOption(
                f"certificate_authority_arn: '{arn}' and '{next(iter(arns))}' are in different partitions; "
                "audit each partition in a task of its own, with credentials of that partition."
            )
    return tuple(arns)


def _read_arn(text: str, partition_of: PartitionOf) -> CertificateAuthorityArn:
    try:
        arn = parse_certificate_authority_arn(text)
    except ValueError as e:
        raise InvalidOption(f"certificate_authority_arn: {_quoted(text)} {e}; accepted: {ACCEPTED}.") from e
    partition = partition_of(arn.region)
    if partition is None:
        raise InvalidOption(
            f"certificate_authority_arn: '{text}' names '{arn.region}', which is no AWS region; accepted: {ACCEPTED}."
        )
    if partition != arn.partition:
        raise InvalidOption(
            f"certificate_authority_arn: '{text}' names the partition '{arn.partition}', but the region "
            f"{arn.region} is in the partition '{partition}'; accepted: {ACCEPTED}."
        )
    return arn


_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _check_bucket_name(name: str) -> None:
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
            f"s3_bucket_name: {_quoted(name)} {wrong}; accepted: the name of a general purpose bucket (no ARN, no "
            "URL): 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or a digit."
        )


def _quoted(text: str) -> str:
    """A value as it is shown to people: in quotes, on one line, and not longer than anybody reads."""
    shown = repr(text)
    return shown if len(shown) <= 200 else f"{shown[:200]}..."
