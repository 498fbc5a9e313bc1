#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_audit_report
version_added: 0.1.0
short_description: Create and reuse AWS Private CA audit reports
description:
  - Ensures that every certificate authority (CA) in scope has an audit report in an S3 bucket that is no older than
    O(max_age), for one CA or for all CAs of many AWS accounts.
  - An audit report lists every certificate that a private CA has issued and revoked. AWS offers no other way to list them.
  - The last report of each CA is tracked in the bucket itself. A repeated task requests a new report only when one is due,
    no matter which host runs it.
  - The failure of one CA or account does not stop the others. If any failed, the task fails at the end and returns all results.
  - AWS Private CA creates audit reports only for CAs in the status V(ACTIVE) or V(DISABLED). A discovered CA in another status
    is returned with RV(audit_reports[].action=skipped). A CA that O(certificate_authority_arn) names fails, unless it has a report
    that is recent enough.
options:
  s3_bucket_name:
    description:
      - The bucket that AWS Private CA writes the reports to, as C(audit-report/<CA id>/<report id>.json) or C(.csv).
      - The bucket policy must allow the service principal C(acm-pca.amazonaws.com) to write. If it does not, the error message contains
        the missing statement.
      - The module reads the bucket and writes its tracking records with the task's own credentials, never with the roles of
        O(accounts). These credentials need C(s3:ListBucket)
        on the bucket, C(s3:GetObject) on C(audit-report/*) and C(audit-report-tracking/*), and with
        O(tracking=record) C(s3:PutObject) on C(audit-report-tracking/*). If the bucket is encrypted with a KMS key, they
        also need C(kms:Decrypt) and, to write records, C(kms:GenerateDataKey) on that key.
      - The bucket can be in a different account or region than the CAs. A CA in a region that accounts have to enable (an opt-in region) writes to a
        bucket in another region as C(acm-pca.<region of the CA>.amazonaws.com). CAs in other regions than the bucket cannot write to a bucket in
        an opt-in region. AWS states both for CRLs, and the module warns about the latter before it requests a report.
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
      - The maximum age of a report in seconds. A younger report is reused.
      - AWS Private CA creates at most one report per CA in 30 minutes, whatever its format. With a value below V(1800), a report that is older
        than O(max_age) but younger than 30 minutes is reused with a warning.
      - The maximum is V(315360000), which is ten years.
    type: int
    default: 1800
  force:
    description:
      - Request a new report even if a recent one exists, for example after a certificate was revoked.
      - If the service refuses because the last report is younger than 30 minutes, the CA fails. The error message states when
        a new report is possible.
    type: bool
    default: false
  wait:
    description:
      - Wait until each report is complete or has failed.
      - With V(false), a report that is in progress is returned with RV(audit_reports[].audit_report_status=CREATING).
    type: bool
    default: true
  wait_timeout:
    description:
      - The number of seconds to wait for all reports together, counted from the first request for a report.
        AWS Private CA generates the reports in parallel.
      - A report that is not complete in time fails the task. The next run waits for that report instead of requesting another one.
      - AWS Private CA accepts one request for a report per second in each account and region, so an account with 100 CAs
        needs more than 100 seconds. A report that could not be requested in time fails as well.
      - Must be between V(1) and V(86400).
    type: int
    default: 900
  wait_delay:
    description:
      - The number of seconds between two status checks of the same report, between V(1) and V(3600). The first check happens after
        half a second.
    type: int
    default: 3
  tracking:
    description:
      - How the module finds the last report of a CA.
      - V(record) reads one small object per CA, C(audit-report-tracking/<CA id>.json), from the bucket. This takes one request
        regardless of the number of reports, and also finds a report that is in progress. If there is no record, or the record
        contains no report in the requested format, the module lists the bucket and rewrites the record. Reports that were requested
        in the console or with the AWS CLI are found this way. Concurrent runs do not overwrite each other's updates.
      - The record is written when a report is requested, and again only if the report fails. A report is complete as soon as its file is in the bucket.
      - V(listing) only lists the bucket, and writes nothing to it.
    type: str
    choices:
      - record
      - listing
    default: record
  archive_bucket_name:
    version_added: 0.9.0
    description:
      - Copy each complete report to this bucket, under the same key. With a bucket that M(cloudpki.aws.acm_pca_audit_report_bucket) created with
        O(cloudpki.aws.acm_pca_audit_report_bucket#module:purpose=archive), nobody can overwrite or delete the copy during its retention period. AWS Private
        CA itself cannot write to such a bucket.
      - A report is copied once, by S3 itself. The tracking record contains the name of the archive that has a copy, so that later runs send no request
        for it. With O(tracking=listing), or without a record, the module looks in the archive.
      - A report that could not be copied causes a warning, and the next run that creates or reuses it copies it. It does not fail the task.
      - The task's own credentials need C(s3:ListBucket) on the archive, and C(s3:GetObject) and C(s3:PutObject) on C(audit-report/*) in it. The copy is
        encrypted as the archive encrypts by default. If that is with a KMS key, they also need C(kms:GenerateDataKey) and C(kms:Decrypt) on that key.
        A report of more than 5 GB is copied in parts, and C(s3:AbortMultipartUpload) allows the module to remove them if that fails.
      - The archive must be in the same partition as O(s3_bucket_name), and can be in a different account or region.
    type: str
  results_file:
    version_added: 0.9.0
    description:
      - Write RV(audit_reports) to this JSON file on the host that runs the module, and return only totals and failures. AWX, for example, discards the
        results of a task that are larger than 700,000 bytes.
      - The file also contains all other results, and for each CA a C(certificate_authority) as M(cloudpki.aws.acm_pca_audit_report_info)
        returns it, which is V(null) if O(certificate_authority_arn) is given.
        O(cloudpki.aws.acm_pca_audit_report_info#module:audit_reports_file) reads this file.
      - The file is replaced atomically, also if CAs failed, and only its owner can read it. It is also written in check
        mode, because later tasks need it, and it does not count as a change. A diff is not shown.
      - Its directory must not be a symbolic link, and must belong to the user who runs the module, or to root.
    type: path
  mode:
    version_added: 0.9.0
    description:
      - The permissions of O(results_file), octal digits in quotes, for example V('0640').
      - If omitted, only its owner can read it.
    type: raw
notes:
  - The role in each account, or the task's own credentials where no role is used, need
    C(acm-pca:CreateCertificateAuthorityAuditReport), C(acm-pca:DescribeCertificateAuthorityAuditReport), and without O(certificate_authority_arn)
    C(acm-pca:ListCertificateAuthorities). C(acm-pca:DescribeCertificateAuthority) is needed in check mode with O(certificate_authority_arn), and to explain
    why the service refuses a CA in an unsuitable status.
    The task's own credentials need C(sts:AssumeRole) on the roles of O(accounts).
  - O(endpoint_url) is used for AWS Private CA, S3, STS and AWS Account Management. To set the endpoint of a single service, use the environment variables
    E(AWS_ENDPOINT_URL_ACM_PCA), E(AWS_ENDPOINT_URL_S3), E(AWS_ENDPOINT_URL_STS) and E(AWS_ENDPOINT_URL_ACCOUNT) of the AWS SDK.
  - AWS Private CA accepts one request for a report per second in each account and region. The module respects this limit.
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
      - Sends only read requests, and writes neither to AWS Private CA nor to the buckets.
      - Predicts when the service would refuse a new report because of its 30-minute limit.
  diff_mode:
    support: full
    details:
      - Shows the last report of each CA before and after.
  idempotent:
    support: partial
    details:
      - Idempotent as long as the last report is younger than O(max_age) and O(force=false). A report that is not in the archive yet is copied once.
seealso:
  - name: Use audit reports with your private CA
    description: The AWS documentation of audit reports, the bucket policy and encryption.
    link: https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
  - name: CreateCertificateAuthorityAuditReport
    description: The API operation that this module uses.
    link: https://docs.aws.amazon.com/privateca/latest/APIReference/API_CreateCertificateAuthorityAuditReport.html
  - module: cloudpki.aws.acm_pca_audit_report_bucket
    description: Use this module to create the bucket and the archive.
  - module: amazon.aws.s3_object
    description: Use this module to download a report from the bucket.
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Ensure that a certificate authority has a report that is at most one day old
  cloudpki.aws.acm_pca_audit_report:
    region: us-east-1
    certificate_authority_arn: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    s3_bucket_name: example-corp-pca-audit-reports
    max_age: 86400
  register: audit

- name: Download the report
  amazon.aws.s3_object:
    region: us-east-1
    bucket: "{{ audit.audit_report.s3_bucket_name }}"
    object: "{{ audit.audit_report.s3_key }}"
    dest: /var/lib/pki/audit-report.json
    mode: get

- name: Create CSV reports for all certificate authorities that the account owns in a region
  cloudpki.aws.acm_pca_audit_report:
    region: eu-central-1
    s3_bucket_name: example-corp-pca-audit-reports
    audit_report_response_format: CSV
    max_age: 86400

- name: Create reports for all certificate authorities of three accounts, in every enabled region except two
  cloudpki.aws.acm_pca_audit_report:
    s3_bucket_name: example-corp-pca-audit-reports
    max_age: 86400
    regions: [all, "!sa-east-1", "!ap-southeast-1"]
    role_name: PrivateCAAudit
    external_id: audit-4711
    accounts:
      - account_id: "111122223333"
        name: payments
      - account_id: "444455556666"
        name: logistics
        regions: ["eu-*"]
      - {}  # the account of the task's own credentials

- name: Request a new report after revoking a certificate, without waiting for it
  cloudpki.aws.acm_pca_audit_report:
    certificate_authority_arn: "{{ issuing_ca_arn }}"
    s3_bucket_name: example-corp-pca-audit-reports
    force: true
    wait: false

- name: Keep a copy of each report where nobody can change it
  cloudpki.aws.acm_pca_audit_report:
    region: eu-central-1
    s3_bucket_name: example-corp-pca-audit-reports
    archive_bucket_name: example-corp-pca-audit-archive
    max_age: 86400

- name: Create reports without writing tracking records to the bucket
  cloudpki.aws.acm_pca_audit_report:
    certificate_authority_arns: "{{ private_ca_arns }}"
    s3_bucket_name: example-corp-pca-audit-reports
    tracking: listing
"""

RETURN = r"""
audit_reports:
  description: The outcome for each CA in scope, ordered by ARN. Also returned by a failed task.
  returned: when the CAs could be determined, and O(results_file) is not given
  type: list
  elements: dict
  contains: &report
    certificate_authority_arn: &certificate_authority_arn
      description: The ARN of the CA. V(null) if an entire region or account failed.
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id: &account_id
      description:
        - The ID of the account that owns the CA. V(null) if the CAs of the account of the task's own credentials could not be listed.
      type: str
      sample: "111122223333"
    account_name:
      description: The name that O(accounts[].name) gives the account. V(null) if it has none.
      type: str
      sample: payments
    region: &region
      description: The region of the CA. V(null) if the role in an account could not be assumed.
      type: str
      sample: us-east-1
    certificate_authority_status:
      description:
        - The status of the CA. V(null) if it was not requested, because the last report is recent enough, or because O(certificate_authority_arn)
          names the CA and the service accepted the request for a report. Check mode requests it before it predicts a new report.
      type: str
      sample: ACTIVE
    action:
      description:
        - V(created) if this task requested the report, or in check mode would request one.
        - V(reused) if the last report is recent enough.
        - V(pending) if a report that was requested earlier is in progress, with O(wait=false) or in check mode.
        - V(skipped) if the CA was discovered in a status that does not allow audit reports.
        - V(failed) if there is no report that is recent enough.
      type: str
      sample: created
    audit_report_id:
      description: The ID of the report. V(null) if there is no report, like all values of the report that follow.
      type: str
      sample: 9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36
    audit_report_status:
      description: The status of the report, V(CREATING), V(SUCCESS) or V(FAILED).
      type: str
      sample: SUCCESS
    audit_report_response_format:
      description: The requested format.
      type: str
      sample: JSON
    s3_bucket_name:
      description: The bucket that contains the report.
      type: str
      sample: example-corp-pca-audit-reports
    s3_key: &s3_key
      description: The key of the report in the bucket.
      type: str
      sample: audit-report/11223344-1234-1122-2233-112233445566/9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36.json
    created_at:
      description: The time at which the report was requested, ISO 8601 in UTC.
      type: str
      sample: "2026-11-23T09:30:00Z"
    age_seconds:
      description: The age of the report in seconds at the end of the task.
      type: int
      sample: 12
    archived:
      description:
        - Whether the archive has a copy of the report. In check mode, also V(true) if this task would copy it. V(false) without a warning if the report
          is not complete, or the CA failed or was skipped.
      returned: when O(archive_bucket_name) is given
      type: bool
      sample: true
    error: &error
      description: The reason why there is no report.
      returned: when RV(audit_reports[].action=failed)
      type: dict
      contains:
        code:
          description:
            - The error code of AWS, or the name of the exception of the AWS SDK.
            - V(ReportIntervalNotElapsed) if the last report is younger than 30 minutes, V(AuditReportFailed) if the service could not create the
              report, V(AuditReportMissing) if the file of the report was removed, V(WaitTimeout) if the report was not complete in time,
              V(AccountNotListed) if O(accounts) has no entry for the account of the CA.
          type: str
          sample: ResourceNotFoundException
        message:
          description: A description of the problem and its solution.
          type: str
          sample: >-
            The certificate authority is in the status PENDING_CERTIFICATE; AWS Private CA makes audit reports only in
            the statuses ACTIVE and DISABLED.
audit_report:
  description: The only item of RV(audit_reports).
  returned: when exactly one ARN is given
  type: dict
  contains: *report
regions_skipped:
  description:
    - The regions that were not queried, although V(all) or a pattern in O(regions) selected them, ordered by account and region. Also returned
      by a failed task.
  returned: when the CAs could be determined
  type: list
  elements: dict
  contains:
    account_id:
      description: The ID of the account. V(null) for the account of the task's own credentials.
      type: str
      sample: "111122223333"
    account_name:
      description: The name that O(accounts[].name) gives the account. V(null) if it has none.
      type: str
      sample: payments
    region:
      description: The region.
      type: str
      sample: af-south-1
    reason:
      description:
        - V(not enabled) if the account has not enabled the region, V(denied by a policy of the organization), or a text that begins with
          C(may be enabled) if this could not be determined. The last two also cause a warning.
      type: str
      sample: not enabled
failures:
  description:
    - The first 20 entries of RV(audit_reports) that have an C(error). If something failed that does not concern a single entry, it is the only item.
  returned: when O(results_file) is given, and the CAs could be determined
  type: list
  elements: dict
  contains:
    certificate_authority_arn: *certificate_authority_arn
    account_id: *account_id
    region: *region
    s3_key: *s3_key
    error: *error
    sentence:
      description: What failed, and why.
      type: str
      sample: "111122223333 us-east-1: Failed to list the certificate authorities: Access Denied."
failures_omitted:
  description: The number of failures that are not in RV(failures).
  returned: when O(results_file) is given, and the CAs could be determined
  type: int
  sample: 0
summary:
  description: The totals of the task.
  returned: when the CAs could be determined
  type: dict
  contains:
    created:
      description: The number of CAs with RV(audit_reports[].action=created).
      type: int
      sample: 2
    reused:
      description: The number of CAs with RV(audit_reports[].action=reused).
      type: int
      sample: 5
    pending:
      description: The number of CAs with RV(audit_reports[].action=pending).
      type: int
      sample: 0
    skipped:
      description: The number of CAs with RV(audit_reports[].action=skipped).
      type: int
      sample: 1
    failed:
      description: The number of CAs, regions and accounts with RV(audit_reports[].action=failed).
      type: int
      sample: 0
    archived:
      description: The number of CAs with RV(audit_reports[].archived=true).
      returned: when O(archive_bucket_name) is given
      type: int
      sample: 7
    accounts:
      description: The number of accounts in scope.
      type: int
      sample: 1
    regions:
      description: The number of regions in scope.
      type: int
      sample: 1
    certificate_authorities:
      description: The number of CAs in scope.
      type: int
      sample: 8
    regions_skipped:
      description: The number of items in RV(regions_skipped).
      type: int
      sample: 0
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
