#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_audit_report_bucket
version_added: 0.9.0
short_description: Manage the S3 bucket that AWS Private CA writes audit reports to
description:
  - Creates an S3 bucket, or configures an existing one, so that AWS Private CA can write the audit reports of your accounts to it, and nobody else.
  - The bucket blocks public access, keeps versions, has no ACLs and only accepts TLS. Stricter settings are kept.
  - Statements are merged into the policy of the bucket, and of its KMS key, by their IDs (C(Cloudpki...)). Other statements, tags and lifecycle rules are
    kept. A statement that has the same meaning in a different form is not changed.
  - Everything that AWS would refuse is checked before anything is changed. If a change fails, the remaining changes are listed, and the next run makes them.
    No step opens the bucket before it is protected.
options:
  name:
    description: The name of the bucket. It must belong to the account of the task's credentials, or not exist.
    type: str
    required: true
  state:
    description:
      - With V(absent), the statements of this module are removed from the policies of the bucket and of its key. The bucket, its settings and the reports
        are kept.
    type: str
    choices:
      - present
      - absent
    default: present
  purpose:
    description:
      - The bucket is for V(reports), to which AWS Private CA writes, or an V(archive) with S3 Object Lock, to which finished reports are copied, and in which
        nobody can overwrite or delete them.
      - AWS Private CA cannot write to a bucket with Object Lock. Such a bucket is therefore not accepted for reports.
      - An existing bucket without Object Lock is not accepted as an archive.
    type: str
    choices:
      - reports
      - archive
    default: reports
  account_ids:
    description:
      - The IDs of the accounts whose CAs may have their reports written to the bucket. Put the IDs in quotes.
      - If omitted, the accounts of O(certificate_authority_arns), or else the account of the task's credentials.
      - A bucket policy has space for about 1200 accounts. For more than 500 accounts, O(organization_id) is recommended.
    type: list
    elements: str
  purge_account_ids:
    description:
      - Whether accounts that are not listed lose their access. With V(false), the accounts that the bucket policy already contains are kept.
      - V(false) cannot be combined with O(certificate_authority_arns).
    type: bool
    default: true
  regions:
    description:
      - The regions of the CAs. In regions that accounts have to enable, AWS Private CA writes to a bucket in a different region as
        C(acm-pca.REGION.amazonaws.com), which the policies of the bucket and the key must contain.
      - V(all) selects all regions with AWS Private CA. If omitted, the region of the module.
    type: list
    elements: str
  certificate_authority_arns:
    description: ARNs of CAs. If given, only the reports of these CAs may be written to the bucket.
    type: list
    elements: str
  organization_id:
    description:
      - The ID of an AWS Organization. If given, the CAs of all its accounts may have their reports written to the bucket (C(aws:SourceOrgID)), and the
        policy contains no accounts.
    type: str
  reader_arns:
    description:
      - The ARNs of the roles, users or accounts that run the audits. They may read the reports, list the bucket, and write the tracking records, the
        summary and the certificates as a data set. In an archive, they may read and write the reports.
      - The principals must exist, because S3 does not accept a policy with unknown principals. The module waits up to half a minute for a new role.
      - If omitted, the account of the task's credentials, where IAM policies decide.
    type: list
    elements: str
  member_write:
    description:
      - Whether the role O(member_role_name) of each account may also write reports to the bucket.
      - The AWS documentation required this until about 2024. Only enable it if AWS refuses reports without it.
      - It cannot be combined with a KMS key. The policy has space for about 200 accounts, or for one organization.
    type: bool
    default: false
  member_role_name:
    description: The name of the role in each account, including its path if it has one, for O(member_write).
    type: str
    default: PrivateCAAudit
  kms_key:
    description:
      - The ARN, ID or alias of a customer managed KMS key to encrypt new objects with. AWS managed keys are not supported, because their policies cannot be
        changed.
      - If omitted, the encryption of an existing bucket is kept, and a new bucket has the default of S3 (SSE-S3).
    type: str
  manage_kms_key_policy:
    description: Whether to merge the required statements into the policy of the KMS key.
    type: bool
    default: true
  expiration_days:
    description:
      - The number of days after which reports are deleted, by the lifecycle rule C(cloudpki-audit-reports-expire). With V(0), the rule is removed.
      - If omitted, the rule is not changed. Other rules are always kept.
    type: int
  queue_arn:
    description:
      - The ARN of an SQS queue that S3 notifies of new reports, by the notification C(cloudpki-audit-reports-created).
      - The queue must exist, in the region of the bucket, and its policy must allow C(s3.amazonaws.com) to send messages. FIFO queues are not supported by S3.
      - If omitted, the notification is not changed. Other notifications, also to Amazon EventBridge, are always kept.
    type: str
  retention_mode:
    description:
      - The retention mode of an archive. With V(COMPLIANCE), nobody can delete an object during its retention period. With V(GOVERNANCE), principals with
        the permission C(s3:BypassGovernanceRetention) can.
      - Required with O(purpose=archive). A stricter retention of an existing archive is kept.
    type: str
    choices:
      - GOVERNANCE
      - COMPLIANCE
  retention_days:
    description: The retention period of an archive in days. It applies to objects that are written from then on. Required with O(purpose=archive).
    type: int
notes:
  - The credentials need the following permissions on the bucket to read its settings. C(s3:ListBucket), C(s3:GetBucketPolicy),
    C(s3:GetEncryptionConfiguration), C(s3:GetBucketPublicAccessBlock), C(s3:GetBucketOwnershipControls), C(s3:GetBucketVersioning),
    C(s3:GetBucketObjectLockConfiguration), C(s3:GetBucketAcl) if ACLs are enabled, C(s3:GetBucketTagging) with O(tags),
    C(s3:GetLifecycleConfiguration) with O(expiration_days), and C(s3:GetBucketNotification) with O(queue_arn).
  - To change them, the credentials need C(s3:CreateBucket), C(s3:PutBucketPolicy), C(s3:PutBucketPublicAccessBlock), C(s3:PutBucketOwnershipControls),
    C(s3:PutBucketVersioning), C(s3:PutEncryptionConfiguration) with O(kms_key), C(s3:PutBucketTagging) with O(tags), C(s3:PutLifecycleConfiguration) with
    O(expiration_days), C(s3:PutBucketNotification) with O(queue_arn), C(s3:PutBucketObjectLockConfiguration) for an archive, and
    C(s3:DeleteBucketPolicy) with O(state=absent). Only what has to be changed is changed.
  - If the bucket is encrypted with a KMS key, the credentials need C(kms:DescribeKey), C(kms:GetKeyPolicy) and C(kms:PutKeyPolicy) on the key.
  - The policies of the bucket and the key are read again before and after they are written, because AWS has no conditional writes for policies. If somebody
    else changes them at the same time, the statements are merged again, and a warning is shown.
  - A statement that denies access also applies to AWS services. The module fails if a statement denies AWS Private CA access to the bucket, and warns if it
    might.
requirements:
  - boto3 >= 1.35.69
  - botocore >= 1.35.69
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - cloudpki.aws._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: cloudpki.aws.acm_pca_audit_report
  - name: Preparing an Amazon S3 bucket for audit reports
    description: The AWS documentation of the bucket policy and the key policy.
    link: https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Create a bucket for the reports of two accounts
  cloudpki.aws.acm_pca_audit_report_bucket:
    region: eu-central-1
    name: example-corp-pca-audit-reports
    account_ids: ["111122223333", "444455556666"]
    reader_arns: [arn:aws:iam::111122223333:role/PrivateCAAuditHub]
    expiration_days: 400

- name: Allow the CAs of an organization, in three regions
  cloudpki.aws.acm_pca_audit_report_bucket:
    region: eu-central-1
    name: example-corp-pca-audit-reports
    organization_id: o-example1234
    regions: [eu-central-1, us-east-1, eu-south-1]

- name: Add an account to an existing bucket
  cloudpki.aws.acm_pca_audit_report_bucket:
    region: eu-central-1
    name: example-corp-pca-audit-reports
    account_ids: ["777788889999"]
    purge_account_ids: false

- name: Notify a queue of new reports
  cloudpki.aws.acm_pca_audit_report_bucket:
    region: eu-central-1
    name: example-corp-pca-audit-reports
    organization_id: o-example1234
    queue_arn: arn:aws:sqs:eu-central-1:111122223333:private-ca-audit-reports

- name: Create an archive in which nobody can delete reports for seven years
  cloudpki.aws.acm_pca_audit_report_bucket:
    region: eu-central-1
    name: example-corp-pca-audit-archive
    purpose: archive
    retention_mode: COMPLIANCE
    retention_days: 2557

- name: Remove the statements, and keep the bucket and the reports
  cloudpki.aws.acm_pca_audit_report_bucket:
    region: eu-central-1
    name: example-corp-pca-audit-reports
    state: absent
"""

RETURN = r"""
bucket:
  description: The bucket after the task. In check mode, as it would be.
  returned: when the bucket could be read, and no change failed
  type: dict
  contains:
    name:
      description: The name of the bucket.
      type: str
      sample: example-corp-pca-audit-reports
    arn:
      description: The ARN of the bucket.
      type: str
      sample: arn:aws:s3:::example-corp-pca-audit-reports
    region:
      description: The region of the bucket.
      type: str
      sample: eu-central-1
    account_id:
      description: The account that owns the bucket.
      type: str
      sample: "111122223333"
    exists:
      description: Whether the bucket exists. In check mode, V(false) for a bucket that would be created.
      type: bool
      sample: true
    versioning:
      description: The versioning status. This and the following values are not returned for O(state=absent) if there is no bucket.
      type: str
      sample: Enabled
    public_access_block:
      description: The settings of Block Public Access.
      type: dict
      contains:
        BlockPublicAcls:
          description: Whether new public access control lists (ACLs) are refused.
          type: bool
          sample: true
        IgnorePublicAcls:
          description: Whether public ACLs have no effect.
          type: bool
          sample: true
        BlockPublicPolicy:
          description: Whether public bucket policies are refused.
          type: bool
          sample: true
        RestrictPublicBuckets:
          description: Whether public bucket policies have no effect on access from other accounts.
          type: bool
          sample: true
    object_ownership:
      description: The object ownership.
      type: str
      sample: BucketOwnerEnforced
    encryption:
      description: The encryption of new objects.
      type: dict
      contains:
        algorithm:
          description: The algorithm.
          type: str
          sample: AES256
        kms_key:
          description: The ARN of the KMS key, or its name if the key was not queried. V(none) without a KMS key.
          type: str
        bucket_key_enabled:
          description: Whether the bucket uses an S3 bucket key.
          type: bool
          sample: false
    object_lock:
      description: The default retention, or an empty dictionary if there is none. V(null) without Object Lock.
      type: dict
      contains:
        mode:
          description: The retention mode, V(GOVERNANCE) or V(COMPLIANCE).
          type: str
          sample: COMPLIANCE
        days:
          description: The number of days for which nobody can delete an object.
          type: int
          sample: 2557
    tags:
      description: The tags. V(none) if O(tags) is omitted, because they were not queried.
      type: dict
      sample: {"team": "pki"}
    expiration_days:
      description: The number of days after which reports are deleted. V(none) without the rule, or if O(expiration_days) is omitted.
      type: int
      sample: 400
    queue_arn:
      description: The queue that S3 notifies of new reports. V(none) without the notification, or if O(queue_arn) is omitted.
      type: str
      sample: arn:aws:sqs:eu-central-1:111122223333:private-ca-audit-reports
policy:
  description: The policy of the bucket after the task. Empty if there is none. In check mode, as it would be.
  returned: when the bucket could be read, and no change failed
  type: dict
key_policy:
  description: The policy of the KMS key after the task. Empty without a key, or with O(manage_kms_key_policy=false). In check mode, as it would be.
  returned: success
  type: dict
changes:
  description: What was changed, one sentence each. In check mode, what would be changed. If the task fails, what was changed before.
  returned: when the bucket could be read
  type: list
  elements: str
  sample: ["Create the bucket example-corp-pca-audit-reports in eu-central-1.", "Block public access."]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.options import ARGUMENT_SPEC
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.run import manage
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.advice import explain
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.module import run_module
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import Outcome


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC,
        required_together=[("retention_mode", "retention_days")],
        supports_check_mode=True,
    )

    def work(clients: Clients) -> Outcome:
        return manage(module.params, clients, Clock(), module.check_mode)

    run_module(
        module,
        work,
        explain=explain,
        interrupted="Interrupted. The bucket may be set up in part; the next run does the rest.",
    )


if __name__ == "__main__":
    main()
