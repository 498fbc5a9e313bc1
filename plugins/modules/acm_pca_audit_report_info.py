#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_audit_report_info
version_added: 0.3.0
short_description: Read the audit reports of AWS private certificate authorities
description:
  - Finds the last audit report of each certificate authority (CA) in scope, or the reports that are named, and tells what is inside.
  - The CAs are selected by the same options as those of M(cloudpki.aws.acm_pca_audit_report), which makes the reports.
  - Both formats of a report give the same certificates in the same form.
  - A report is read as a stream. Memory does not grow with it, and a report with millions of certificates takes seconds.
  - A report that cannot be read fails by itself, and does not stop the others. The task fails at the end if any failed, with
    every result in it.
options:
  s3_bucket_name:
    description:
      - The bucket that the reports are in.
      - It is read with the task's own credentials, never with the roles of O(accounts). They need C(s3:ListBucket) on the
        bucket (not with O(s3_key)) and C(s3:GetObject) on C(audit-report/*) and, with O(tracking=record), on C(audit-report-tracking/*).
        In a bucket that is encrypted with a KMS key they also need C(kms:Decrypt) on that key.
    type: str
    required: true
  s3_key:
    description:
      - The keys of the reports to read, instead of selecting CAs.
      - Mutually exclusive with O(certificate_authority_arn), O(accounts) and O(regions).
      - An empty list is refused.
    type: list
    elements: str
  audit_report_id:
    description:
      - The report to read, instead of the last one of the CA.
      - Needs exactly one ARN in O(certificate_authority_arn), or O(s3_key), of whose reports it takes the one with this identifier.
    type: str
  audit_report_response_format:
    description:
      - The format of the report. When the option is left out, the last report is the newest one of either format.
      - With O(s3_key), the format of all these reports. When it is left out, the key ends in C(.json) or C(.csv).
    type: str
    choices:
      - JSON
      - CSV
  tracking:
    description:
      - How the last report of a CA is found.
      - V(record) reads the object that M(cloudpki.aws.acm_pca_audit_report) keeps for each CA. It takes two requests however
        many reports there are. Where there is none, or its report is not in the bucket, the bucket is listed. It may not
        know a report that was requested by the console or the AWS CLI since.
      - V(listing) only lists the bucket. With O(changes_since), the bucket is always listed.
    type: str
    choices:
      - record
      - listing
    default: record
  contents:
    description:
      - How much to tell of each report.
      - V(none) finds it and does not read it.
      - V(summary) counts its certificates.
      - V(certificates) returns the certificates as well, those that O(expiring_within), O(revoked), O(revocation_reason), O(issued_after)
        and O(replaced) admit and not more than O(limit) of each report.
    type: str
    choices:
      - none
      - summary
      - certificates
    default: summary
  expiring_within:
    description:
      - Return certificates that are valid, and that expire within this many days, V(0) to V(36500).
      - This option, O(revoked), O(revocation_reason), O(issued_after) and O(replaced) are for RV(audit_reports[].certificates) and
        O(certificates_file). The summary always counts all certificates.
    type: int
  revoked:
    description: Return certificates that are revoked, or with V(false) those that are not.
    type: bool
  issued_after:
    description:
      - Return certificates that were issued later than this time, for example V(2026-11-01T00:00:00Z), or this day, V(2026-11-01). In
        UTC unless it says otherwise.
    type: str
  revocation_reason:
    description:
      - Return certificates that were revoked for one of these reasons, for example V(KEY_COMPROMISE). Those that were revoked without one
        are V(UNSPECIFIED).
    type: list
    elements: str
  replaced:
    description:
      - Return certificates that were replaced, or with V(false) those that were not.
      - A certificate counts as replaced if the same CA issued another one later, with the same subject and by the same template, that is
        not revoked and lasts longer than O(expiring_within) days (without it, that is not expired). Each such certificate replaces one
        only, so that where ten servers share a subject, one new certificate leaves nine to be renewed. Certificates without a subject are
        never replaced.
      - Reports say nothing of what a certificate is used for. Where others have certificates with the same subject that live side by side,
        leave this option out.
      - To look that up, the report is read up to two more times. A report fails if more than 200,000 certificates pass the other filters.
    type: bool
  limit:
    description:
      - How many certificates to return of each report at most, V(0) to V(100000), and of each kind of changes. They are the
        first ones in the order of the report.
      - Each one takes about 2 KiB of memory on the host that runs the module. Use O(certificates_file) for more.
    type: int
    default: 1000
  changes_since:
    description:
      - Tell what is new in the report, held against an earlier one of the same CA, in whatever format that is.
      - V(previous) is the report before. A time, for example V(2026-11-01T00:00:00Z), is the last report that was made until then. Everything
        else is the identifier of a report.
      - Not with O(s3_key).
    type: str
  certificates_file:
    description:
      - Write all certificates that O(expiring_within), O(revoked), O(revocation_reason), O(issued_after) and O(replaced) admit to this
        CSV file on the host that runs the module, however many there are. O(limit) does not count.
      - The columns are those of RV(audit_reports[].certificates) without C(subject_attributes).
      - Cells that a spreadsheet would take for a formula begin with an apostrophe. Control characters, and those that turn the direction
        of writing, are written as C(\\uXXXX).
      - The file is replaced as a whole, and only if every report could be read. In check mode it is not written.
    type: path
  on_error:
    description:
      - What to do about rows of a report that cannot be read.
      - V(fail) fails the report, with the place of the first such row.
      - V(skip) skips them, counts them in C(unreadable), and warns. A file that is no report at all fails nevertheless.
    type: str
    choices:
      - fail
      - skip
    default: fail
notes:
  - The role in each account, or the credentials of the task where they do without, need C(acm-pca:ListCertificateAuthorities). With
    O(certificate_authority_arn) or O(s3_key), AWS Private CA is not asked at all, and no role is assumed.
  - O(endpoint_url) is used for AWS Private CA, S3 and STS alike. To set one of them alone, use the environment variables
    E(AWS_ENDPOINT_URL_ACM_PCA), E(AWS_ENDPOINT_URL_S3) and E(AWS_ENDPOINT_URL_STS) of the AWS SDK.
  - Subjects are written by whoever requested the certificate. Do not trust them.
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
      - Reads the same, and does not write O(certificates_file).
  diff_mode:
    support: N/A
    details:
      - Changes nothing but O(certificates_file).
  idempotent:
    support: full
seealso:
  - module: cloudpki.aws.acm_pca_audit_report
  - name: Use audit reports with your private CA
    description: What AWS says about the files of audit reports.
    link: https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Count the certificates of one certificate authority
  cloudpki.aws.acm_pca_audit_report_info:
    certificate_authority_arn: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    s3_bucket_name: example-corp-pca-audit-reports
  register: report

- name: Say how many expire within 30 days
  ansible.builtin.debug:
    msg: "{{ report.summary.expiring_within['30'] }} of {{ report.summary.valid }} valid certificates"

- name: List the certificates of all accounts that expire within two weeks, and that nobody has renewed
  cloudpki.aws.acm_pca_audit_report_info:
    s3_bucket_name: example-corp-pca-audit-reports
    regions: [all]
    accounts:
      - role_arn: arn:aws:iam::111122223333:role/PrivateCAAudit
      - role_arn: arn:aws:iam::444455556666:role/PrivateCAAudit
    contents: certificates
    expiring_within: 14
    replaced: false

- name: Tell what was issued and revoked since the report before
  cloudpki.aws.acm_pca_audit_report_info:
    certificate_authority_arns: "{{ private_ca_arns }}"
    s3_bucket_name: example-corp-pca-audit-reports
    contents: certificates
    limit: 100
    changes_since: previous

- name: Write every certificate of a report to a file for auditors, even if some rows are damaged
  cloudpki.aws.acm_pca_audit_report_info:
    region: us-east-1
    s3_bucket_name: example-corp-pca-audit-reports
    s3_key: audit-report/11223344-1234-1122-2233-112233445566/9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36.csv
    certificates_file: /var/lib/pki/certificates.csv
    on_error: skip
"""

RETURN = r"""
audit_reports:
  description: The report of each CA in scope, ordered by ARN and key. A failed task returns it as well.
  returned: when the CAs could be looked at
  type: list
  elements: dict
  contains:
    certificate_authority_arn:
      description: The ARN of the CA. V(null) with O(s3_key), and where a whole region or account could not be looked at.
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id:
      description: The account that owns the CA. V(null) with O(s3_key), and for an unknown account of the task's own credentials.
      type: str
      sample: "111122223333"
    region:
      description: The region of the CA. V(null) with O(s3_key), and where an account could not be entered.
      type: str
      sample: us-east-1
    audit_report_id:
      description: The identifier of the report. V(null), like all that follows of the report, if the CA has none.
      type: str
      sample: 9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36
    audit_report_response_format:
      description: V(JSON) or V(CSV).
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
      description: When the report was made, ISO 8601 in UTC.
      type: str
      sample: "2026-11-23T09:30:00Z"
    age_seconds:
      description: How old the report was at the time of the task.
      type: int
      sample: 1312
    size:
      description: How many bytes the report has.
      type: int
      sample: 608123
    summary:
      description: What the certificates come to at the time of the task.
      returned: when O(contents=summary) or O(contents=certificates), and the report could be read
      type: dict
      contains: &summary
        issued:
          description: All certificates. Each of them is valid, expired or revoked.
          type: int
          sample: 1041
        valid:
          description: Certificates that are neither revoked nor expired. One that is not valid yet counts.
          type: int
          sample: 870
        expired:
          description: Certificates that are expired, and were not revoked.
          type: int
          sample: 160
        revoked:
          description: Certificates that were revoked, expired or not.
          type: int
          sample: 11
        revoked_by_reason:
          description: Revoked certificates by the reason. V(UNSPECIFIED) if none is given.
          type: dict
          sample: {"KEY_COMPROMISE": 2, "SUPERSEDED": 9}
        expiring_within:
          description: Valid certificates that expire within 30, 60 and 90 days. Those of 30 days are among those of 60.
          type: dict
          sample: {"30": 17, "60": 52, "90": 88}
        by_template:
          description: Certificates by the ARN of their template. V(none) if none is given.
          type: dict
          sample: {"arn:aws:acm-pca:::template/EndEntityCertificate/V1": 1041}
        by_requesting_principal:
          description: Certificates by the service that asked for them. V(none) if that was an IAM principal.
          type: dict
          sample: {"acm.amazonaws.com": 1000, "none": 41}
        first_issued_at:
          description: When the first certificate was issued. V(null) if there is none.
          type: str
          sample: "2026-01-15T08:00:00Z"
        last_issued_at:
          description: When the last certificate was issued. V(null) if there is none.
          type: str
          sample: "2026-11-22T17:31:05Z"
        issued_by_month:
          description: Certificates by the month in which they were issued, in UTC.
          type: dict
          sample: {"2026-10": 500, "2026-11": 541}
        expiring_by_month:
          description: Valid certificates by the month in which they expire, in UTC.
          type: dict
          sample: {"2026-12": 370, "2027-01": 500}
        next_to_expire:
          description:
            - Up to five valid certificates, those that expire soonest first, each with C(serial), C(subject),
              C(certificate_arn), C(not_after) and C(template_arn).
            - Subjects are cut to 256 characters.
          type: list
          elements: dict
          sample: []
        key_compromises:
          description:
            - Up to five certificates that were revoked for V(KEY_COMPROMISE) or V(CERTIFICATE_AUTHORITY_COMPROMISE), the last ones first, each
              with C(serial), C(subject), C(certificate_arn) and C(revoked_at).
            - Subjects are cut to 256 characters.
          type: list
          elements: dict
          sample: []
        unreadable:
          description: Rows that could not be read and were skipped. They are not among the certificates.
          type: int
          sample: 0
    certificates:
      description: The certificates, in the order of the report.
      returned: when O(contents=certificates), and the report could be read
      type: list
      elements: dict
      contains:
        aws_account_id:
          description: The account.
          type: str
          sample: "111122223333"
        requested_by_service_principal:
          description: The service that asked for the certificate. V(null) if that was an IAM principal.
          type: str
          sample: acm.amazonaws.com
        certificate_arn:
          description: The ARN of the certificate.
          type: str
          sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566/certificate/00112233445566778899aabbccddeeff
        serial:
          description: The serial number.
          type: str
          sample: 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff
        subject:
          description: The subject, as the report gives it. V(null) if it is empty.
          type: str
          sample: 2.5.4.5=#012345678901,CN=www.example1.com,O=Example Company,C=US
        subject_attributes:
          description:
            - The parts of the subject, RFC 4514, in the order given, without escapes. Types are short names where RFC 4514 has one, else
              the dotted OID. A value that is given encoded stays so.
            - Empty if the subject is empty, or is not written like that.
          type: list
          elements: dict
          sample: [{"type": "2.5.4.5", "value": "#012345678901"}, {"type": "CN", "value": "www.example1.com"}]
        not_before:
          description: From when on the certificate is valid, ISO 8601 in UTC.
          type: str
          sample: "2026-03-02T21:43:57Z"
        not_after:
          description: Until when the certificate is valid, ISO 8601 in UTC.
          type: str
          sample: "2027-04-07T22:43:57Z"
        issued_at:
          description: When the certificate was issued, ISO 8601 in UTC.
          type: str
          sample: "2026-03-02T22:43:58Z"
        revoked_at:
          description: When the certificate was revoked, ISO 8601 in UTC. V(null) if it was not.
          type: str
          sample: null
        revocation_reason:
          description: Why the certificate was revoked, as the report gives it.
          type: str
          sample: null
        template_arn:
          description: The ARN of the template.
          type: str
          sample: arn:aws:acm-pca:::template/EndEntityCertificate/V1
        status:
          description: V(revoked) if RV(audit_reports[].certificates[].revoked_at) is given, else V(expired), or V(valid).
          type: str
          sample: valid
    matched:
      description: How many certificates passed the filters, returned or not.
      returned: when O(contents=certificates), and the report could be read
      type: int
      sample: 1041
    truncated:
      description: Whether O(limit) left certificates out.
      returned: when O(contents=certificates), and the report could be read
      type: bool
      sample: true
    changes:
      description:
        - What is new in the report. V(null) if there is no earlier one.
        - Certificates are told apart by when they were issued and revoked. Within the hour before the last entry of the earlier report, it is
          looked up whether they were in it.
      returned: when O(changes_since) is given, and the report could be read
      type: dict
      contains:
        from:
          description: The C(audit_report_id) and C(created_at) of the earlier report.
          type: dict
          sample: {"audit_report_id": "1b671a64-40d5-491e-99b0-da01ff1f3341", "created_at": "2026-11-22T09:30:00Z"}
        newly_issued:
          description: Certificates that the earlier report had not.
          type: int
          sample: 12
        newly_revoked:
          description: Certificates that were not revoked in the earlier report.
          type: int
          sample: 1
        newly_expired:
          description: Certificates that expired between the two reports, and were not revoked.
          type: int
          sample: 4
        newly_issued_certificates:
          description: The first of them, up to O(limit), as in RV(audit_reports[].certificates).
          returned: when O(contents=certificates)
          type: list
          elements: dict
          sample: []
        newly_revoked_certificates:
          description: The first of them, up to O(limit), as in RV(audit_reports[].certificates).
          returned: when O(contents=certificates)
          type: list
          elements: dict
          sample: []
        newly_expired_certificates:
          description: The first of them, up to O(limit), as in RV(audit_reports[].certificates).
          returned: when O(contents=certificates)
          type: list
          elements: dict
          sample: []
        truncated:
          description: Whether O(limit) left certificates out of any of these lists.
          returned: when O(contents=certificates)
          type: bool
          sample: false
    unreadable_rows:
      description: The place of the first five rows that were skipped, and what is wrong with them.
      returned: when O(on_error=skip) skipped any
      type: list
      elements: str
      sample: ["Line 18: notAfter is '2026-02-30', which is no time such as 2026-03-02T21:43:57+0000."]
    error:
      description: Why the report could not be read.
      returned: when it could not be read
      type: dict
      contains:
        code:
          description:
            - The error code of AWS, or the name of the error of the AWS SDK.
            - V(AuditReportDamaged) if the file is no report or a row of it cannot be read, V(AuditReportNotFound) if the report that is
              named is not in the bucket, V(AccountNotListed) if no entry of O(accounts) is for the account of the CA,
              V(TooManyCertificates) if O(replaced) is asked of too many.
          type: str
          sample: AuditReportDamaged
        message:
          description: What happened and what to do about it.
          type: str
          sample: "Line 18: notAfter is '2026-02-30', which is no time such as 2026-03-02T21:43:57+0000."
summary:
  description: What the reports come to. With O(contents=none) without what is inside of them.
  returned: when the CAs could be looked at
  type: dict
  contains:
    certificate_authorities:
      description: CAs in scope.
      type: int
      sample: 8
    reports:
      description: Reports that were found, and read where that was asked for.
      type: int
      sample: 7
    without_report:
      description: CAs that have no report.
      type: int
      sample: 1
    failed:
      description: CAs, reports, regions and accounts that have an C(error).
      type: int
      sample: 0
    <<: *summary
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.advice import explain
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.options import (
    ARGUMENT_SPEC,
    MUTUALLY_EXCLUSIVE,
    read_info_options,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.run import read_reports
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, Problem
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.module import run_module
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import Outcome


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC, mutually_exclusive=MUTUALLY_EXCLUSIVE, supports_check_mode=True
    )

    def work(clients: Clients) -> Outcome:
        request = read_info_options(
            module.params, region=clients.region, partitions=clients, check_mode=module.check_mode
        )
        return read_reports(request, clients, Clock(), module.atomic_move)

    def explained(error: AWSError) -> Problem:
        return explain(error, bucket=module.params["s3_bucket_name"], writes=False)

    run_module(module, work, explain=explained)


if __name__ == "__main__":
    main()
