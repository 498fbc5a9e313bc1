# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements that an audit bucket and its KMS key need: who may do what, and nothing beyond. Pure.

AWS Private CA reaches ``audit-report/*`` and ``acm-pca-permission-test-key*``, readers besides what they keep in the
bucket themselves: tracking records, the summary and the certificates as a data set. Nobody reaches anything else.
https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from .service_principals import SERVICE_PRINCIPAL

Statement = dict[str, t.Any]

# The ids of the statements. They are how the statements are found again.
PRIVATE_CA_WRITES = "CloudpkiPrivateCAWrites"
MEMBERS_WRITE = "CloudpkiMembersWrite"
READERS_READ = "CloudpkiReadersRead"
READERS_WRITE = "CloudpkiReadersWrite"
READERS_LIST = "CloudpkiReadersList"
DENY_WITHOUT_TLS = "CloudpkiDenyWithoutTLS"
PRIVATE_CA_ENCRYPTS = "CloudpkiPrivateCAEncrypts"
READERS_ENCRYPT = "CloudpkiReadersEncrypt"

BUCKET_SIDS = (PRIVATE_CA_WRITES, MEMBERS_WRITE, READERS_READ, READERS_WRITE, READERS_LIST, DENY_WITHOUT_TLS)

REPORTS = "audit-report/*"
_TEST_KEYS = "acm-pca-permission-test-key*"
_OF_READERS = ("audit-report-tracking/*", "audit-summary/*", "audit-certificates/*")


@dataclasses.dataclass(frozen=True)
class Access:
    """Whom the bucket is for.

    ``certificate_authority_arns`` narrows it to those CAs, if there are any. ``organization_id`` takes the place of the
    list of accounts. ``reader_arns`` are those who run the modules. ``member_role_name`` is the role, of each account,
    that may write reports itself; empty if none may. An ``archive`` is for readers alone, who copy reports there.
    """

    bucket: str
    partition: str
    account_ids: tuple[str, ...]
    reader_arns: tuple[str, ...]
    certificate_authority_arns: tuple[str, ...] = ()
    organization_id: str = ""
    member_role_name: str = ""
    bucket_key: bool = False
    service_principals: tuple[str, ...] = (SERVICE_PRINCIPAL,)
    archive: bool = False

    def objects(self, *keys: str) -> list[str]:
        """ARNs of objects of the bucket."""
        return [f"{self.bucket_arn}/{key}" for key in keys]

    @property
    def bucket_arn(self) -> str:
        """The ARN of the bucket."""
        return f"arn:{self.partition}:s3:::{self.bucket}"

    @property
    def readable(self) -> list[str]:
        """The ARNs of what readers read, as a policy has them."""
        return self.objects(REPORTS) if self.archive else self.objects(REPORTS, *_OF_READERS)

    @property
    def writable(self) -> list[str]:
        """The ARNs of what readers write, as a policy has them."""
        return self.objects(REPORTS) if self.archive else self.objects(*_OF_READERS)


def key_sids(bucket: str) -> tuple[str, str]:
    """The ids of the statements for a bucket in the policy of its key, which other buckets may use as well."""
    mark = hashlib.sha256(bucket.encode()).hexdigest()[:8]
    return f"{PRIVATE_CA_ENCRYPTS}{mark}", f"{READERS_ENCRYPT}{mark}"


def bucket_statements(access: Access) -> list[Statement]:
    """The statements of the bucket's policy."""
    readers = {"AWS": list(access.reader_arns)}
    # amazon.aws.s3_object, which uploads the summary, looks at the tags of what it wrote. Large files of the data set
    # are uploaded in parts, of which nothing is to stay where the upload fails.
    write = "s3:PutObject" if access.archive else ["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObjectTagging"]
    statements = [
        _allow(READERS_READ, readers, "s3:GetObject", access.readable),
        _allow(READERS_WRITE, readers, write, access.writable),
        # Without a condition on s3:prefix: S3 asks for this permission, and with no prefix, before it says of an object
        # that it is not there. Otherwise a missing record would look like a forbidden one.
        _allow(READERS_LIST, readers, "s3:ListBucket", [access.bucket_arn]),
        {
            "Sid": DENY_WITHOUT_TLS,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [access.bucket_arn, *access.objects("*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    if access.archive:
        return statements
    statements.insert(0, private_ca_writes(access))
    if access.member_role_name:
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
        "Principal": _service(access),
        "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
        "Resource": [access.bucket_arn, *access.objects(REPORTS, _TEST_KEYS)],
        "Condition": _on_behalf_of(access),
    }


def key_statements(access: Access) -> list[Statement]:
    """The statements of the KMS key's policy. A key policy's resource is always the key itself.

    The encryption context of an object is its ARN, with an S3 bucket key that of the bucket.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    bucket = [access.bucket_arn] if access.bucket_key else []
    by_service, by_readers = key_sids(access.bucket)
    readers = _encrypt(by_readers, {"AWS": list(access.reader_arns)}, [*bucket, *access.readable])
    if access.archive:
        return [readers]
    return [_encrypt(by_service, _service(access), [*bucket, *access.objects(REPORTS, _TEST_KEYS)]), readers]


def _service(access: Access) -> dict[str, t.Any]:
    names = list(access.service_principals)
    return {"Service": names if len(names) > 1 else names[0]}


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
    """By a condition, because S3 refuses a policy with a principal that is not there yet, or not any more.

    The values are exact, or limited to the organization: S3 takes a policy for public otherwise, and blocks it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    statement = _allow(MEMBERS_WRITE, {"AWS": "*"}, "s3:PutObject", access.objects(REPORTS, _TEST_KEYS))
    accounts = ["*"] if access.organization_id else sorted(set(access.account_ids))
    roles = [f"arn:{access.partition}:iam::{each}:role/{access.member_role_name}" for each in accounts]
    condition: dict[str, t.Any] = {"ArnLike": {"aws:PrincipalArn": roles}}
    if access.organization_id:
        condition["StringEquals"] = {"aws:PrincipalOrgID": access.organization_id}
    return {**statement, "Condition": condition}


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
