# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements that an audit bucket and its KMS key need: who may do what, and nothing beyond. Pure.

Reachable are ``audit-report/*``, ``acm-pca-permission-test-key*`` and ``audit-report-tracking/*``, and nothing else.
https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
"""

from __future__ import annotations

import dataclasses
import typing as t

from .service_principals import SERVICE_PRINCIPAL

Statement = dict[str, t.Any]

# The ids of the statements. They are how the statements are found again, so they never change.
PRIVATE_CA_WRITES = "CloudpkiPrivateCAWrites"
MEMBERS_WRITE = "CloudpkiMembersWrite"
HUB_READS = "CloudpkiHubReads"
HUB_TRACKS = "CloudpkiHubTracks"
HUB_LISTS = "CloudpkiHubLists"
DENY_WITHOUT_TLS = "CloudpkiDenyWithoutTLS"
PRIVATE_CA_ENCRYPTS = "CloudpkiPrivateCAEncrypts"
HUB_ENCRYPTS = "CloudpkiHubEncrypts"

BUCKET_SIDS = (PRIVATE_CA_WRITES, MEMBERS_WRITE, HUB_READS, HUB_TRACKS, HUB_LISTS, DENY_WITHOUT_TLS)
KEY_SIDS = (PRIVATE_CA_ENCRYPTS, HUB_ENCRYPTS)

_SERVICE = {"Service": SERVICE_PRINCIPAL}
_REPORTS, _TEST_KEYS, _RECORDS = "audit-report/*", "acm-pca-permission-test-key*", "audit-report-tracking/*"


@dataclasses.dataclass(frozen=True)
class Access:
    """Whom the bucket is for.

    ``certificate_authority_arns`` narrows it to those CAs, if there are any. ``organization_id`` takes the place of the
    list of accounts. ``hub_principals`` are ARNs of those who run the module. ``member_roles`` are ARNs of roles that
    may write reports themselves; with an organization, patterns of ARNs.
    """

    bucket: str
    partition: str
    account_ids: tuple[str, ...]
    hub_principals: tuple[str, ...]
    certificate_authority_arns: tuple[str, ...] = ()
    organization_id: str = ""
    member_roles: tuple[str, ...] = ()
    bucket_key: bool = False

    def objects(self, *keys: str) -> list[str]:
        """ARNs of objects of the bucket."""
        return [f"{self.bucket_arn}/{key}" for key in keys]

    @property
    def bucket_arn(self) -> str:
        """The ARN of the bucket."""
        return f"arn:{self.partition}:s3:::{self.bucket}"


def bucket_statements(access: Access) -> list[Statement]:
    """The statements of the bucket's policy."""
    hub = {"AWS": list(access.hub_principals)}
    statements = [
        private_ca_writes(access),
        _allow(HUB_READS, hub, "s3:GetObject", access.objects(_REPORTS, _RECORDS)),
        # amazon.aws.s3_object, which keeps what alerts told last, looks at the tags of what it wrote.
        _allow(HUB_TRACKS, hub, ["s3:PutObject", "s3:GetObjectTagging"], access.objects(_RECORDS)),
        # Without a condition on s3:prefix: S3 asks for this permission, and with no prefix, before it says of an object
        # that it is not there. Otherwise a missing record would look like a forbidden one.
        _allow(HUB_LISTS, hub, "s3:ListBucket", [access.bucket_arn]),
        {
            "Sid": DENY_WITHOUT_TLS,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [access.bucket_arn, *access.objects("*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    if access.member_roles:
        statements.append(_members_write(access))
    return statements


def private_ca_writes(access: Access) -> Statement:
    """The statement that lets AWS Private CA write the reports of these accounts' CAs.

    One for bucket and objects, as AWS's own example has it: the list of accounts, which makes up most of a policy's
    size, then stands there once.
    https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html#s3-access
    """
    return {
        "Sid": PRIVATE_CA_WRITES,
        "Effect": "Allow",
        "Principal": _SERVICE,
        "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
        "Resource": [access.bucket_arn, *access.objects(_REPORTS, _TEST_KEYS)],
        "Condition": _on_behalf_of(access),
    }


def key_statements(access: Access) -> list[Statement]:
    """The statements of the KMS key's policy. A key policy's resource is always the key itself.

    The encryption context of an object is its ARN, with an S3 bucket key that of the bucket.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    bucket = [access.bucket_arn] if access.bucket_key else []
    return [
        _encrypt(PRIVATE_CA_ENCRYPTS, _SERVICE, [*bucket, *access.objects(_REPORTS, _TEST_KEYS)]),
        _encrypt(HUB_ENCRYPTS, {"AWS": list(access.hub_principals)}, [*bucket, *access.objects(_REPORTS, _RECORDS)]),
    ]


def _on_behalf_of(access: Access) -> dict[str, t.Any]:
    """Whose CAs the service may act for: what keeps a stranger's CA from writing here (the confused deputy)."""
    if access.certificate_authority_arns:
        arns = sorted(set(access.certificate_authority_arns))
    else:
        arns = [f"arn:{access.partition}:acm-pca:*:*:certificate-authority/*"]
    if access.organization_id:
        accounts: dict[str, t.Any] = {"aws:SourceOrgID": access.organization_id}
    else:
        accounts = {"aws:SourceAccount": sorted(set(access.account_ids))}
    return {"StringEquals": accounts, "ArnLike": {"aws:SourceArn": arns}}


def _members_write(access: Access) -> Statement:
    statement = _allow(MEMBERS_WRITE, {}, "s3:PutObject", access.objects(_REPORTS, _TEST_KEYS))
    roles = sorted(set(access.member_roles))
    if not access.organization_id:
        return {**statement, "Principal": {"AWS": roles}}
    condition = {
        "StringEquals": {"aws:PrincipalOrgID": access.organization_id},
        "ArnLike": {"aws:PrincipalArn": roles},
    }
    return {**statement, "Principal": {"AWS": "*"}, "Condition": condition}


def _allow(sid: str, principal: t.Mapping[str, t.Any], actions: str | list[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Principal": dict(principal), "Action": actions, "Resource": resources}


def _encrypt(sid: str, principal: t.Mapping[str, t.Any], contexts: list[str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": dict(principal),
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": contexts}},
    }
