# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of acm_pca_audit_report_bucket: their specification, and reading them into a ``BucketRequest``. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..._aws.errors import InvalidOption
from ..._aws.options import Partitions, check_bucket_name, check_characters, check_range
from ..._aws.regions import partition_of_region, read_regions
from ..._aws.text import quoted
from ..arns import ACCEPTED, SERVICE, CertificateAuthorityArn, parse_certificate_authority_arn

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "purpose": {"type": "str", "choices": ["reports", "archive"], "default": "reports"},
    "account_ids": {"type": "list", "elements": "str"},
    "purge_account_ids": {"type": "bool", "default": True},
    "regions": {"type": "list", "elements": "str"},
    "certificate_authority_arns": {"type": "list", "elements": "str"},
    "organization_id": {"type": "str"},
    "reader_arns": {"type": "list", "elements": "str"},
    "member_write": {"type": "bool", "default": False},
    "member_role_name": {"type": "str", "default": "PrivateCAAudit"},
    "kms_key": {"type": "str", "no_log": False},
    "manage_kms_key_policy": {"type": "bool", "default": True},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "expiration_days": {"type": "int"},
    "queue_arn": {"type": "str"},
    "retention_mode": {"type": "str", "choices": ["GOVERNANCE", "COMPLIANCE"]},
    "retention_days": {"type": "int"},
}

_OF_REPORTS = ("account_ids", "regions", "certificate_authority_arns", "organization_id", "member_write", "queue_arn")
_OF_ARCHIVES = ("retention_mode", "retention_days")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
_LONGEST_RETENTION = 36_500
# Not limited by S3 itself, but by the year 9999.
_LONGEST_EXPIRATION = 2_000_000

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
# S3 does not send to FIFO queues, whose names end in .fifo.
_QUEUE = re.compile(r"arn:[a-z0-9-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}")
_READER = re.compile(r"arn:([a-z0-9-]+):iam::[0-9]{12}:(root|(user|role)/[\w+=,.@/-]+)", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Retention:
    """How long versions are kept from being overwritten or deleted: the default of a bucket with Object Lock."""

    mode: str
    days: int


@dataclasses.dataclass(frozen=True)
class BucketRequest:
    """What the task asks for, checked. ``account_id`` is that of the task's own credentials.

    None means that the task says nothing about it, so that it stays as it is.
    """

    name: str
    present: bool
    archive: bool
    partition: str
    region: str
    account_id: str
    account_ids: tuple[str, ...]
    purge_account_ids: bool
    regions: tuple[str, ...]
    certificate_authority_arns: tuple[str, ...]
    organization_id: str
    reader_arns: tuple[str, ...]
    member_role_name: str
    kms_key: str
    manage_kms_key_policy: bool
    tags: t.Mapping[str, str] | None
    purge_tags: bool
    expiration_days: int | None
    queue_arn: str
    retention: Retention | None

    @property
    def arn(self) -> str:
        """The ARN of the bucket."""
        return f"arn:{self.partition}:s3:::{self.name}"


def check_options(params: t.Mapping[str, t.Any]) -> None:
    """Refuse what can be seen without AWS.

    :raises InvalidOption: for the first option that cannot be used.
    """
    check_bucket_name(params["name"], "name")
    if params["expiration_days"] is not None:
        check_range("expiration_days", params["expiration_days"], 0, _LONGEST_EXPIRATION)
    if params["retention_days"] is not None:
        check_range("retention_days", params["retention_days"], 1, _LONGEST_RETENTION)
    if params["organization_id"] and not re.fullmatch(r"o-[a-z0-9]{10,32}", params["organization_id"]):
        raise InvalidOption(
            f"organization_id: {quoted(params['organization_id'])} is not the ID of an organization; accepted: o- and "
            "10 to 32 lower-case letters and digits."
        )
    name = params["member_role_name"]
    check_characters("member_role_name", name, r"[\w+=,.@-]+(/[\w+=,.@-]+)*", "1 to 576", "+=,.@/-")
    if params["kms_key"] is not None and not re.fullmatch(r"[\w:/-]{1,2048}", params["kms_key"], re.ASCII):
        raise InvalidOption(f"kms_key: {quoted(params['kms_key'])} is not the ARN, the ID or the alias of a KMS key.")
    if params["queue_arn"] and not _QUEUE.fullmatch(params["queue_arn"]):
        raise InvalidOption(
            f"queue_arn: {quoted(params['queue_arn'])} is not the ARN of a standard queue; accepted: "
            "arn:aws:sqs:<region>:<account>:<name>."
        )
    _check_purpose(params)
    if params["certificate_authority_arns"] and not params["purge_account_ids"]:
        raise InvalidOption(
            "purge_account_ids: accounts that are not listed cannot be kept while certificate_authority_arns is given, "
            "because their CAs are not among those; set it to true, or leave certificate_authority_arns out."
        )


def read_bucket_options(
    params: t.Mapping[str, t.Any], *, region: str, account_id: str, partitions: Partitions
) -> BucketRequest:
    """Turn the module's parameters into a request.

    :param region: the module's own region.
    :param account_id: the account of the task's own credentials.
    :raises InvalidOption: for the first option that cannot be used.
    """
    partition = partition_of_region("region", region, partitions)
    regions = read_regions("regions", params["regions"], service=SERVICE, partition=partition, partitions=partitions)
    arns = [_authority(text, partition) for text in params["certificate_authority_arns"] or ()]
    retention = None
    if params["retention_mode"]:
        retention = Retention(params["retention_mode"], params["retention_days"])
    return BucketRequest(
        name=params["name"],
        present=params["state"] == "present",
        archive=params["purpose"] == "archive",
        partition=partition,
        region=region,
        account_id=account_id,
        account_ids=_account_ids(params["account_ids"], arns, account_id),
        purge_account_ids=params["purge_account_ids"],
        regions=tuple(regions or (region,)),
        certificate_authority_arns=tuple(dict.fromkeys(str(arn) for arn in arns)),
        organization_id=params["organization_id"] or "",
        reader_arns=_readers(params["reader_arns"], partition, account_id),
        member_role_name=params["member_role_name"] if params["member_write"] else "",
        kms_key=params["kms_key"] or "",
        manage_kms_key_policy=params["manage_kms_key_policy"],
        tags=None if params["tags"] is None else {str(key): _tag(value) for key, value in params["tags"].items()},
        purge_tags=params["purge_tags"],
        expiration_days=params["expiration_days"],
        queue_arn=params["queue_arn"] or "",
        retention=retention,
    )


def _check_purpose(params: t.Mapping[str, t.Any]) -> None:
    if params["purpose"] == "archive":
        given = [name for name in _OF_REPORTS if params[name]]
        if given:
            raise InvalidOption(
                f"{given[0]}: an archive is for readers alone, who copy reports there; AWS Private CA writes to a "
                "bucket with purpose=reports, so leave the option out."
            )
        if params["state"] == "present" and not all(params[name] for name in _OF_ARCHIVES):
            raise InvalidOption("purpose: an archive needs retention_mode and retention_days.")
    elif any(params[name] is not None for name in _OF_ARCHIVES):
        raise InvalidOption(
            "retention_mode and retention_days: AWS Private CA cannot write to a bucket with Object Lock; make a "
            "bucket with purpose=archive, and let acm_pca_audit_report copy reports there."
        )


def _account_ids(
    given: list[str] | None, arns: t.Sequence[CertificateAuthorityArn], account_id: str
) -> tuple[str, ...]:
    """The accounts that the bucket is for: with CAs, those that own them."""
    for each in given or ():
        if not _ACCOUNT_ID.fullmatch(each):
            raise InvalidOption(
                f"account_ids: {quoted(each)} is not the ID of an account; accepted: 12 digits, in quotes, because "
                "YAML reads them as a number otherwise."
            )
    for arn in arns:
        # So that a slip of the pen lets no stranger in.
        if given and arn.account_id not in given:
            raise InvalidOption(
                f"certificate_authority_arns: {arn} belongs to the account {arn.account_id}, which is not in "
                "account_ids; add the account, or correct the ARN."
            )
    return tuple(sorted({arn.account_id for arn in arns} or set(given or (account_id,))))


def _authority(text: str, partition: str) -> CertificateAuthorityArn:
    try:
        arn = parse_certificate_authority_arn(text)
        if arn.partition != partition:
            raise ValueError(f"is in the partition {arn.partition}, and this task works in {partition}")
    except ValueError as e:
        raise InvalidOption(f"certificate_authority_arns: {quoted(text)} {e}; accepted: {ACCEPTED}.") from e
    return arn


def _readers(given: list[str] | None, partition: str, account_id: str) -> tuple[str, ...]:
    if given is not None and not given:
        raise InvalidOption(
            "reader_arns: the list is empty, so nobody could read the reports; name at least one principal, or leave "
            "the option out for the account of the task's own credentials."
        )
    readers = []
    for each in given or (account_id,):
        arn = f"arn:{partition}:iam::{each}:root" if _ACCOUNT_ID.fullmatch(each) else each
        match = _READER.fullmatch(arn)
        if not match or match.group(1) != partition:
            raise InvalidOption(
                f"reader_arns: {quoted(each)} is not the ARN of a role, a user or an account (...:root) in the "
                f"partition {partition}; the session of a role goes by the ARN of the role, "
                f"arn:{partition}:iam::<account>:role/<name>."
            )
        readers.append(arn)
    return tuple(sorted(set(readers)))


def _tag(value: t.Any) -> str:
    """A tag's value as AWS has it, and as people write it in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)
