#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_audit_report
version_added: 0.1.0
short_description: Keep the audit reports of AWS private certificate authorities fresh
description:
  - Sees to it that every certificate authority (CA) in scope has an audit report in an S3 bucket that is no older than
    O(max_age), be it one CA or every CA of a thousand accounts.
  - An audit report lists every certificate that a private CA has issued and revoked. AWS offers no other way to list them.
  - The last report of each CA is tracked in the bucket itself, so that a task that is repeated, on whatever machine,
    requests a new report only when one is due.
  - The failure of one CA or account never stops the others. The task fails at the end if any failed, with every result in it.
  - A CA whose status does not allow audits (all but V(ACTIVE) and V(DISABLED)) is returned with
    RV(audit_reports[].action=skipped) if it was discovered. If O(certificate_authority_arn) names it, it fails, unless it has a report
    that is fresh enough.
options:
  s3_bucket_name:
    description:
      - The bucket that AWS Private CA writes the reports to, as C(audit-report/<CA id>/<report id>.json) or C(.csv).
      - Its policy must let the service principal C(acm-pca.amazonaws.com) write. Where it does not, the error shows the missing statement.
      - The bucket is read, and its tracking records are written, with the task's own credentials, never with the roles of
        O(accounts). They need C(s3:ListBucket)
        on the bucket, C(s3:GetObject) on C(audit-report/*) and C(audit-report-tracking/*), and with
        O(tracking=record) C(s3:PutObject) on C(audit-report-tracking/*). In a bucket that is encrypted with a KMS key they
        also need C(kms:Decrypt) and, to write records, C(kms:GenerateDataKey) on that key.
      - The bucket may be in another account or another region than the CAs.
    type: str
    required: true
  audit_report_response_format:
    description: The format of the report.
    type: str
    choices:
      - JSON
      - CSV
    default: JSON
  max_age:
    description:
      - A report younger than this many seconds is reused.
      - AWS Private CA makes one report per CA in 30 minutes, whatever its format. With less than V(1800), a report that is older
        than O(max_age) but younger than 30 minutes is therefore reused all the same, with a warning.
      - At most V(315360000), ten years.
    type: int
    default: 1800
  force:
    description:
      - Request a new report even though a fresh one exists, for example just after a certificate was revoked.
      - If the service refuses because the last report is younger than 30 minutes, the CA fails, and the error says from when
        on a new report is possible.
    type: bool
    default: false
  wait:
    description:
      - Wait until each report is made, or has failed.
      - With V(false), a report that is still being made is returned with RV(audit_reports[].audit_report_status=CREATING).
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds to wait, for all reports together. They are made at the same time. Counted from the first
        request for a report.
      - A report that is not finished by then fails the task. The next run waits for that report instead of requesting another.
      - AWS Private CA takes one request for a report per second in each account and region, so that an account with 100 CAs
        needs more than 100 seconds. A report that could not be requested in time fails as well.
      - At least V(1) and at most V(86400).
    type: int
    default: 900
  wait_delay:
    description:
      - How many seconds lie between two looks at the same report, V(1) to V(3600). The first look is after half a second.
    type: int
    default: 3
  tracking:
    description:
      - How the last report of a CA is found.
      - V(record) reads one small object per CA, C(audit-report-tracking/<CA id>.json), from the bucket. It takes one request
        however many reports there are, and also knows a report that is still being made. As long as there is no record, or it
        knows no report in the format asked for, the bucket is listed, so that reports requested by the console or the AWS CLI
        count, and the record is written anew. Runs at the same time lose no update.
      - V(listing) only lists the bucket, and writes nothing to it.
    type: str
    choices:
      - record
      - listing
    default: record
notes:
  - The role in each account, or the credentials of the task where they do without, need
    C(acm-pca:CreateCertificateAuthorityAuditReport), C(acm-pca:DescribeCertificateAuthorityAuditReport),
    and C(acm-pca:DescribeCertificateAuthority), or without O(certificate_authority_arn) C(acm-pca:ListCertificateAuthorities).
    The credentials of the task need C(sts:AssumeRole) on the roles of O(accounts).
  - O(endpoint_url) is used for AWS Private CA, S3 and STS alike. To set one of them alone, use the environment variables
    E(AWS_ENDPOINT_URL_ACM_PCA), E(AWS_ENDPOINT_URL_S3) and E(AWS_ENDPOINT_URL_STS) of the AWS SDK.
  - AWS Private CA takes one request for a report per second in each account and region. The module keeps to that.
requirements:
  - boto3 >= 1.35.69
  - botocore >= 1.35.69
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudpki.aws._attributes
  - cloudpki.aws._selection
attributes:
  check_mode:
    support: full
    details:
      - Reads what is there and writes nothing, neither to AWS Private CA nor to the bucket.
      - A new report that the 30-minute rule of the service would refuse is predicted to be refused.
  diff_mode:
    support: full
    details:
      - Shows the last report of each CA before and after.
  idempotent:
    support: partial
    details:
      - Idempotent as long as the last report is younger than O(max_age), and without O(force=true).
seealso:
  - name: Use audit reports with your private CA
    description: What AWS says about audit reports, the bucket policy and encryption.
    link: https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
  - name: CreateCertificateAuthorityAuditReport
    description: The API call behind this module.
    link: https://docs.aws.amazon.com/privateca/latest/APIReference/API_CreateCertificateAuthorityAuditReport.html
  - module: amazon.aws.s3_object
    description: Use it to fetch a report from the bucket.
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Have a report of one certificate authority that is at most a day old
  cloudpki.aws.acm_pca_audit_report:
    region: us-east-1
    certificate_authority_arn: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    s3_bucket_name: example-corp-pca-audit-reports
    max_age: 86400
  register: audit

- name: Fetch that report
  amazon.aws.s3_object:
    region: us-east-1
    bucket: "{{ audit.audit_report.s3_bucket_name }}"
    object: "{{ audit.audit_report.s3_key }}"
    dest: /var/lib/pki/audit-report.json
    mode: get

- name: Audit every certificate authority that the account owns in a region, as CSV
  cloudpki.aws.acm_pca_audit_report:
    region: eu-central-1
    s3_bucket_name: example-corp-pca-audit-reports
    audit_report_response_format: CSV
    max_age: 86400

- name: Audit every certificate authority of three accounts, in every region that they have enabled
  cloudpki.aws.acm_pca_audit_report:
    s3_bucket_name: example-corp-pca-audit-reports
    max_age: 86400
    regions: [all]
    accounts:
      - role_arn: arn:aws:iam::111122223333:role/PrivateCAAudit
        external_id: audit-4711
      - role_arn: arn:aws:iam::444455556666:role/PrivateCAAudit
        external_id: audit-4711
        regions: [eu-central-1]
      - {}  # the account of the task's own credentials

- name: Ask for a new report because a certificate was just revoked, and go on without waiting for it
  cloudpki.aws.acm_pca_audit_report:
    certificate_authority_arn: "{{ issuing_ca_arn }}"
    s3_bucket_name: example-corp-pca-audit-reports
    force: true
    wait: false

- name: Audit some certificate authorities without writing tracking records to the bucket
  cloudpki.aws.acm_pca_audit_report:
    certificate_authority_arns: "{{ private_ca_arns }}"
    s3_bucket_name: example-corp-pca-audit-reports
    tracking: listing
"""

RETURN = r"""
audit_reports:
  description: The outcome for each CA in scope, ordered by ARN. A failed task returns it as well.
  returned: when the CAs could be looked at
  type: list
  elements: dict
  contains:
    certificate_authority_arn:
      description: The ARN of the CA. V(null) where a whole region or account could not be looked at.
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id:
      description:
        - The account that owns the CA. V(null) where the CAs of the account of the task's own credentials could not be listed.
      type: str
      sample: "111122223333"
    region:
      description: The region of the CA. V(null) where an account could not be entered.
      type: str
      sample: us-east-1
    certificate_authority_status:
      description: The status of the CA. V(null) if it could not be found out, or was not asked because the last report is fresh enough.
      type: str
      sample: ACTIVE
    action:
      description:
        - V(created) if this task requested the report. In check mode, if it would request one.
        - V(reused) if the last report is fresh enough.
        - V(pending) if a report requested earlier is still being made, and O(wait=false) or check mode.
        - V(skipped) if the CA was discovered in a status that does not allow audits.
        - V(failed) if there is no report that is fresh enough.
      type: str
      sample: created
    audit_report_id:
      description: The identifier of the report. V(null), like all that follows of the report, if there is none.
      type: str
      sample: 9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36
    audit_report_status:
      description: V(CREATING), V(SUCCESS) or V(FAILED).
      type: str
      sample: SUCCESS
    audit_report_response_format:
      description: The format asked for.
      type: str
      sample: JSON
    s3_bucket_name:
      description: The bucket that the report is in.
      type: str
      sample: example-corp-pca-audit-reports
    s3_key:
      description: The key of the report in the bucket.
      type: str
      sample: audit-report/11223344-1234-1122-2233-112233445566/9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36.json
    created_at:
      description: When the report was requested, ISO 8601 in UTC.
      type: str
      sample: "2026-11-23T09:30:00Z"
    age_seconds:
      description: How old the report was at the end of the task.
      type: int
      sample: 12
    error:
      description: Why there is no report.
      returned: when RV(audit_reports[].action=failed)
      type: dict
      contains:
        code:
          description:
            - The error code of AWS, or the name of the error of the AWS SDK.
            - V(ReportIntervalNotElapsed) if the last report is younger than 30 minutes, V(AuditReportFailed) if the service could not make the
              report, V(AuditReportMissing) if its file was removed, V(WaitTimeout) if it was not finished in time,
              V(AccountNotListed) if no entry of O(accounts) is for the account of the CA.
          type: str
          sample: ResourceNotFoundException
        message:
          description: What happened and what to do about it.
          type: str
          sample: >-
            The certificate authority is in the status PENDING_CERTIFICATE; AWS Private CA makes audit reports only in
            the statuses ACTIVE and DISABLED.
audit_report:
  description: The same as the only item of RV(audit_reports).
  returned: when exactly one ARN was given
  type: dict
  sample:
    action: reused
    age_seconds: 1312
    audit_report_id: 9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36
    audit_report_status: SUCCESS
summary:
  description: How many there were of each.
  returned: when the CAs could be looked at
  type: dict
  contains:
    created:
      description: CAs with RV(audit_reports[].action=created).
      type: int
      sample: 2
    reused:
      description: CAs with RV(audit_reports[].action=reused).
      type: int
      sample: 5
    pending:
      description: CAs with RV(audit_reports[].action=pending).
      type: int
      sample: 0
    skipped:
      description: CAs with RV(audit_reports[].action=skipped).
      type: int
      sample: 1
    failed:
      description: CAs, regions and accounts with RV(audit_reports[].action=failed).
      type: int
      sample: 0
    accounts:
      description: Accounts looked at.
      type: int
      sample: 1
    regions:
      description: Regions looked at.
      type: int
      sample: 1
    certificate_authorities:
      description: CAs looked at.
      type: int
      sample: 8
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.advice import explain
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.options import ARGUMENT_SPEC, read_options
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.run import keep_reports_fresh
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, Problem
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.module import run_module
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import Outcome


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)

    def work(clients: Clients) -> Outcome:
        request = read_options(module.params, region=clients.region, partitions=clients, check_mode=module.check_mode)
        return keep_reports_fresh(request, clients, Clock())

    def explained(error: AWSError) -> Problem:
        return explain(error, bucket=module.params["s3_bucket_name"])

    run_module(
        module,
        work,
        explain=explained,
        interrupted="Interrupted. AWS Private CA finishes the reports that were requested; the next run reuses them.",
    )


if __name__ == "__main__":
    main()
