#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_audit_report_info
version_added: 0.3.0
short_description: Gather information about AWS Private CA audit reports
description:
  - Finds the last audit report of each certificate authority (CA) in scope, or the given reports, and returns what they contain.
  - The options that select CAs are the same as those of M(cloudpki.aws.acm_pca_audit_report), which creates the reports.
  - Both report formats return the same certificates in the same form.
  - O(rules) describe certificates that somebody has to look at. All rules, filters and counts are answered while each report is read once.
  - A report is processed as a stream. The memory usage does not depend on its size, and a report with millions of certificates takes seconds.
  - A report that cannot be read does not stop the others. If any failed, the task fails at the end and returns
    all results.
options:
  s3_bucket_name:
    description:
      - The bucket that contains the reports.
      - The module reads the bucket with the task's own credentials, never with the roles of O(accounts). These credentials need C(s3:ListBucket) on the
        bucket (not with O(s3_key)) and C(s3:GetObject) on C(audit-report/*) and, with O(tracking=record), on C(audit-report-tracking/*).
        If the bucket is encrypted with a KMS key, they also need C(kms:Decrypt) on that key.
    type: str
    required: true
  s3_key:
    description:
      - The keys of the reports to read, instead of selecting CAs.
      - Mutually exclusive with O(certificate_authority_arn), O(accounts), O(regions) and O(audit_reports_file).
      - The list must not be empty.
    type: list
    elements: str
  audit_reports_file:
    version_added: 0.9.0
    description:
      - The files that M(cloudpki.aws.acm_pca_audit_report) has just written with its O(cloudpki.aws.acm_pca_audit_report#module:results_file).
      - The module reads the reports of the CAs in these files and looks for no other CAs, so O(certificate_authority_arn) and O(regions) are not used.
        It requires one request for each report, and no role has to be assumed unless tags are needed.
      - Mutually exclusive with O(s3_key) and O(audit_report_id). The list must not be empty.
    type: list
    elements: path
  audit_report_id:
    description:
      - The ID of the report to read, instead of the last one of the CA.
      - Requires exactly one ARN in O(certificate_authority_arn), or O(s3_key). With O(s3_key), only the report with this ID is read.
    type: str
  audit_report_response_format:
    description:
      - The format of the report. If omitted, the last report is the newest one of either format.
      - With O(s3_key), the format of all given reports. If omitted, the format is determined by the extension of the key, C(.json) or C(.csv).
    type: str
    choices:
      - JSON
      - CSV
  tracking:
    description:
      - How the module finds the last report of a CA.
      - V(record) reads the object that M(cloudpki.aws.acm_pca_audit_report) keeps for each CA. This takes two requests
        including the download, regardless of the number of reports. If there is no such object, or its report is not in the bucket, the module
        lists the bucket. The record might not contain a report that was requested later in the console or with the AWS CLI.
      - V(listing) only lists the bucket. With O(changes_since), the bucket is always listed.
    type: str
    choices:
      - record
      - listing
    default: record
  contents:
    description:
      - How much information to return about each report.
      - V(none) finds the report and does not read it.
      - V(summary) counts its certificates.
      - V(certificates) also returns the certificates that match all given filters, up to O(limit) for each report. The filters are O(expiring_within),
        O(expires_before), O(expires_after), O(issued_within), O(issued_before), O(issued_after), O(revoked_within), O(revoked), O(revocation_reason),
        O(replaced), O(validity_over), O(template), O(not_template), O(requested_by), O(serial) and O(subject).
    type: str
    choices:
      - none
      - summary
      - certificates
    default: summary
  expiring_within: &expiring_within
    description:
      - Which certificates have to be renewed soon? Matches valid certificates that expire within this number of days, between V(0) and V(36500).
      - Leaves out certificates that never live longer than that, because they would match all their lives. RV(audit_reports[].short_lived) and
        RV(findings[].short_lived) are their numbers. The hour by which Private CA dates the beginning of the validity period back is not counted.
        To include them, use O(expires_before) and O(expires_after).
      - Never matches the certificate of a root CA itself, which is renewed with the CA.
      - Filters apply to RV(audit_reports[].certificates) and O(certificates_file). The summary always counts all certificates.
    type: int
  expires_before: &expires_before
    version_added: 0.9.0
    description:
      - Which certificates end before a time, whether they are still valid, expired or revoked?
      - A time, for example V(2026-11-01T00:00:00Z), a day, for example V(2026-11-01), or a number of days from now, for example V(30), or V(-30) for the past.
        The time zone is UTC unless the value contains another one.
      - Never matches the certificate of a root CA itself.
    type: str
  expires_after: &expires_after
    version_added: 0.9.0
    description:
      - Which certificates last beyond a time? The values are those of O(expires_before).
    type: str
  issued_within: &issued_within
    version_added: 0.9.0
    description:
      - Which certificates were issued in the last days? The number of days is between V(0) and V(36500).
    type: int
  issued_before: &issued_before
    version_added: 0.9.0
    description:
      - Which certificates were issued before a time, for example before a migration? The values are those of O(expires_before).
    type: str
  issued_after: &issued_after
    description:
      - Which certificates were issued after a time? The values are those of O(expires_before).
    type: str
  revoked_within: &revoked_within
    version_added: 0.9.0
    description:
      - Which certificates were revoked in the last days? The number of days is between V(0) and V(36500).
    type: int
  revoked: &revoked
    description:
      - Which certificates are revoked, or with V(false), which are not?
    type: bool
  revocation_reason: &revocation_reason
    description:
      - Which certificates were revoked for one of these reasons, for example V(KEY_COMPROMISE)? Use V(UNSPECIFIED) for certificates
        that were revoked without a reason.
    type: list
    elements: str
  replaced: &replaced
    description:
      - Which certificates were replaced, or with V(false), which were not and still have to be renewed?
      - A certificate counts as replaced if the same CA later issued another one with the same subject and template that is not revoked and outlasts
        the time until which certificates match, which is that of O(expiring_within) or O(expires_before), or now. Each such certificate replaces only one
        other certificate. For example, if ten servers share a subject, one new certificate leaves nine to be renewed. Certificates without a subject
        never count as replaced.
      - Reports do not contain what a certificate is used for. If several certificates with the same subject are in use at the same time,
        do not use this option.
      - The certificates that match all else, and those that might replace them, are kept in temporary files while the report is read. A report fails if more
        than 600,000 of the former have so few subjects that they cannot be compared in parts.
    type: bool
  validity_over: &validity_over
    version_added: 0.9.0
    description:
      - Which certificates are valid for too long? Matches certificates with more than this number of days from the beginning of the validity
        period to its end, between V(0) and V(36500). The hour by which Private CA dates the beginning back is not counted.
      - Never matches the certificate of a root CA itself.
    type: int
  template: &template
    version_added: 0.9.0
    description:
      - Which certificates were issued by certain templates? The values are shell-style patterns, for example V(SubordinateCACertificate*). A pattern matches
        the name of the template, with or without its version, or its entire ARN. Use V(none) for certificates without a template.
      - As in all patterns, upper and lower case are the same, and a pattern matches from the beginning to the end.
    type: list
    elements: raw
  not_template: &not_template
    version_added: 0.9.0
    description:
      - Which certificates were issued by any other template? The values are those of O(template).
    type: list
    elements: raw
  requested_by: &requested_by
    version_added: 0.9.0
    description:
      - Which certificates did a service request? The values are shell-style patterns, for example V(acm.amazonaws.com). Use V(none) for certificates that
        were requested by IAM principals.
    type: list
    elements: raw
  serial: &serial
    version_added: 0.9.0
    description:
      - Which certificates have these serial numbers? The values are hexadecimal digits in upper or lower case, with or without colons and leading zeros.
        Quote them in YAML.
    type: list
    elements: raw
  subject: &subject
    version_added: 0.9.0
    description:
      - Which certificates have these subjects? The value is a shell-style pattern, for example V(*CN=*.example.com,*), or a list of patterns. A pattern matches
        the entire subject as written in the report. An empty pattern matches certificates without a subject.
      - Upper and lower case are the same, as they are in host names.
    type: raw
  rules:
    version_added: 0.9.0
    description:
      - The rules for certificates that somebody has to look at. The results are RV(findings) and RV(findings_summary).
      - A rule consists of a name, conditions and optionally a severity and a scope. A certificate breaks the rule if it matches all conditions.
      - The conditions are the same as the filters of this module. At least one is required.
      - A rule without O(rules[].certificate_authority_arns), O(rules[].account_ids) and O(rules[].tags) applies to all CAs. With O(s3_key), only such rules
        are accepted.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the rule, up to 100 characters. Each rule requires a different name.
        type: str
        required: true
      severity:
        description: How important the rule is.
        type: str
        choices:
          - critical
          - warning
          - notice
        default: warning
      certificate_authority_arns:
        description: The ARNs of the CAs to which the rule applies.
        type: list
        elements: str
      account_ids:
        description: The IDs of the accounts to whose CAs the rule applies.
        type: list
        elements: str
      tags:
        description:
          - The rule applies to CAs that have all of these tags with these values. A tag with an empty value (V(null)) matches any value.
          - Tags require an additional request for each CA to which the rule otherwise applies.
        type: dict
      expiring_within: *expiring_within
      expires_before: *expires_before
      expires_after: *expires_after
      issued_within: *issued_within
      issued_before: *issued_before
      issued_after: *issued_after
      revoked_within: *revoked_within
      revoked: *revoked
      revocation_reason: *revocation_reason
      replaced: *replaced
      validity_over: *validity_over
      template: *template
      not_template: *not_template
      requested_by: *requested_by
      serial: *serial
      subject: *subject
  limit:
    description:
      - The maximum number of certificates to return for each report, for each finding, and for each kind of change, between V(0) and V(100000). The
        first ones in the order of the report are returned, in findings the most pressing ones.
      - Each certificate takes about 2 KiB of memory on the host that runs the module. Use O(certificates_file) for a larger number.
    type: int
    default: 1000
  changes_since:
    description:
      - Return the changes in comparison with an earlier report of the same CA, in either format.
      - V(previous) is the previous report. A time, for example V(2026-11-01T00:00:00Z), is the last report that was created up to that time. Any other
        value is the ID of a report.
      - Mutually exclusive with O(s3_key).
    type: str
  certificates_file:
    description:
      - Write all certificates that match the filters to this file on the host that runs the module. O(limit) does not apply.
      - If the path ends in C(.parquet), the file is a Parquet file with the columns of O(dataset), which requires pyarrow. Otherwise, it is a CSV file.
      - The columns of the CSV file are those of RV(audit_reports[].certificates) without C(subject_attributes).
        Cells that a spreadsheet would interpret as a formula begin with an apostrophe. Control characters, and characters that change the direction
        of text, are written as C(\\uXXXX).
      - The file is replaced atomically. If some reports could not be read, the task fails, and the file contains the certificates of the others. It is not
        written in check mode, and it is not replaced if no report could be read.
      - Its directory must not be a symbolic link, and must belong to the user who runs the module, or to root.
    type: path
  dataset:
    version_added: 0.9.0
    description:
      - Keep the certificates of each CA in a Parquet file in O(s3_bucket_name), C(audit-certificates/<CA ID>.parquet), for queries with DuckDB,
        Amazon Athena or pandas. See U(https://github.com/cloudpki/cloudpki.aws/blob/main/docs/dataset.md) for its columns.
      - The file always contains all certificates of the last report, regardless of the filters. It is written while the report is read, replaced only
        when it is complete, and not written again for the same report or an older one.
      - Requires pyarrow, and in addition to the other permissions C(s3:GetObject), C(s3:PutObject) and C(s3:AbortMultipartUpload)
        on C(audit-certificates/*).
      - Mutually exclusive with O(s3_key) and O(audit_report_id).
      - It requires one additional request for each CA with a report, one more to write a file, and for files over 5 MiB another one for each 5 MiB.
    type: bool
    default: false
  include_certificate_authority:
    version_added: 0.9.0
    description:
      - Describe the CAs that are given by their ARNs in RV(audit_reports[].certificate_authority). This requires an additional request for each CA.
      - CAs that the module discovers are always described, because that requires no additional request.
    type: bool
    default: false
  include_tags:
    version_added: 0.9.0
    description:
      - Return the tags of each CA in RV(audit_reports[].certificate_authority). This requires an additional request for each CA.
      - Implies O(include_certificate_authority=true).
    type: bool
    default: false
  results_file:
    version_added: 0.9.0
    description:
      - Write the entire result to this JSON file on the host that runs the module, and return only totals and failures. AWX, for example, discards
        the results of a task that are larger than 700,000 bytes.
      - The file contains RV(audit_reports), RV(findings), RV(findings_summary) and RV(summary). The first two are not returned.
      - The file is replaced atomically, also if reports failed, and only its owner can read it. It is also written in check mode, because it belongs to
        the results of the task and later tasks need it. It does not count as a change.
      - Its directory must not be a symbolic link, and must belong to the user who runs the module, or to root.
    type: path
  mode:
    version_added: 0.9.0
    description:
      - The permissions of O(certificates_file) and O(results_file), octal digits in quotes, for example V('0640').
      - If omitted, O(certificates_file) keeps the permissions of the file that it replaces, and only its owner can read O(results_file).
    type: raw
  on_error:
    description:
      - What to do if rows of a report cannot be read.
      - V(fail) fails the report. The error message contains the position of the first such row.
      - V(skip) skips these rows, counts them in C(unreadable), and warns. A file that is not a report fails in any case.
    type: str
    choices:
      - fail
      - skip
    default: fail
notes:
  - The role in each account, or the task's own credentials where no role is used, need C(acm-pca:ListCertificateAuthorities). With
    O(certificate_authority_arn), they need C(acm-pca:DescribeCertificateAuthority) instead if O(include_certificate_authority=true). They also need
    C(acm-pca:ListTags) if O(include_tags=true) or a rule has O(rules[].tags). In all other cases with O(certificate_authority_arn), and with O(s3_key),
    the module sends no requests to AWS Private CA and assumes no role.
  - O(endpoint_url) is used for AWS Private CA, S3, STS and AWS Account Management. To set the endpoint of a single service, use the environment variables
    E(AWS_ENDPOINT_URL_ACM_PCA), E(AWS_ENDPOINT_URL_S3), E(AWS_ENDPOINT_URL_STS) and E(AWS_ENDPOINT_URL_ACCOUNT) of the AWS SDK.
  - The subject of a certificate is chosen by whoever requested it. Treat subjects as untrusted text.
requirements:
  - boto3 >= 1.35.69
  - botocore >= 1.35.69
  - pyarrow >= 18.0.0, only for O(dataset) and Parquet files
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudpki.aws._attributes
  - cloudpki.aws._selection
attributes:
  check_mode:
    support: full
    details:
      - Returns the same results, and writes neither O(certificates_file) nor O(dataset). O(results_file) is written.
  diff_mode:
    support: N/A
    details:
      - Changes nothing except O(certificates_file), O(dataset) and O(results_file).
  idempotent:
    support: full
seealso:
  - module: cloudpki.aws.acm_pca_audit_report
  - name: Use audit reports with your private CA
    description: The AWS documentation of the files of audit reports.
    link: https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Count the certificates of a certificate authority
  cloudpki.aws.acm_pca_audit_report_info:
    certificate_authority_arn: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    s3_bucket_name: example-corp-pca-audit-reports
  register: report

- name: Show how many certificates expire within 30 days
  ansible.builtin.debug:
    msg: "{{ report.summary.expiring_within['30'] }} of {{ report.summary.valid }} valid certificates"

- name: List the certificates of several accounts that expire within two weeks and were not renewed
  cloudpki.aws.acm_pca_audit_report_info:
    s3_bucket_name: example-corp-pca-audit-reports
    regions: [all]
    accounts:
      - role_arn: arn:aws:iam::111122223333:role/PrivateCAAudit
      - role_arn: arn:aws:iam::444455556666:role/PrivateCAAudit
    contents: certificates
    expiring_within: 14
    replaced: false

- name: Hold the reports of all accounts to rules
  cloudpki.aws.acm_pca_audit_report_info:
    s3_bucket_name: example-corp-pca-audit-reports
    regions: [all]
    accounts:
      - role_arn: arn:aws:iam::111122223333:role/PrivateCAAudit
      - role_arn: arn:aws:iam::444455556666:role/PrivateCAAudit
    limit: 50
    rules:
      - name: key compromise
        severity: critical
        revocation_reason: [KEY_COMPROMISE, CERTIFICATE_AUTHORITY_COMPROMISE, A_A_COMPROMISE]
      - name: expiring
        expiring_within: 30
        replaced: false
      - name: valid too long
        validity_over: 398
        issued_within: 90
        not_template: ["*CACertificate*"]
      - name: payments expire
        expiring_within: 60
        tags:
          team: payments
  register: held

- name: Show what somebody has to look at
  ansible.builtin.debug:
    msg: "{{ item.severity }}: {{ item.rule }}: {{ item.count }} certificates of {{ item.certificate_authority_arn }}"
  loop: "{{ held.findings }}"
  loop_control:
    label: "{{ item.rule }}"

- name: Look for a certificate in the reports of a region, and leave the entire result in a file
  cloudpki.aws.acm_pca_audit_report_info:
    region: us-east-1
    s3_bucket_name: example-corp-pca-audit-reports
    contents: certificates
    serial: ["00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"]
    results_file: /var/lib/pki/results.json

- name: List what was issued and revoked since the previous report
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

- name: Keep the certificates of all CAs of several accounts as a data set, and do not count them
  cloudpki.aws.acm_pca_audit_report_info:
    s3_bucket_name: example-corp-pca-audit-reports
    regions: [all]
    accounts:
      - role_arn: arn:aws:iam::111122223333:role/PrivateCAAudit
      - role_arn: arn:aws:iam::444455556666:role/PrivateCAAudit
    contents: none
    dataset: true
"""

RETURN = r"""
audit_reports:
  description: The report of each CA in scope, ordered by ARN and key. Also returned by a failed task.
  returned: when the CAs could be determined, and O(results_file) is not given
  type: list
  elements: dict
  contains:
    certificate_authority_arn: &certificate_authority_arn
      description: The ARN of the CA. V(null) with O(s3_key), and if an entire region or account failed.
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id: &account_id
      description: The ID of the account that owns the CA. V(null) with O(s3_key), and if the account of the task's own credentials is unknown.
      type: str
      sample: "111122223333"
    account_name:
      description: The name that O(accounts[].name) gives the account. V(null) if it has none.
      type: str
      sample: payments
    region: &region
      description: The region of the CA. V(null) with O(s3_key), and if the role in an account could not be assumed.
      type: str
      sample: us-east-1
    certificate_authority:
      description:
        - The properties of the CA. Also returned for CAs that have no report.
        - V(null) with O(s3_key), if the CA does not exist any more or could not be described, and with O(certificate_authority_arn) unless
          O(include_certificate_authority=true).
      type: dict
      contains:
        name:
          description: The common name in the subject of the CA. V(null) if there is none.
          type: str
          sample: Example Corp Issuing CA 1
        type:
          description: The type of the CA, V(ROOT) or V(SUBORDINATE).
          type: str
          sample: SUBORDINATE
        usage_mode:
          description: The usage mode of the CA, V(GENERAL_PURPOSE) or V(SHORT_LIVED_CERTIFICATE).
          type: str
          sample: GENERAL_PURPOSE
        status:
          description: The status of the CA.
          type: str
          sample: ACTIVE
        key_algorithm:
          description: The algorithm of the key of the CA.
          type: str
          sample: EC_prime256v1
        not_after:
          description: The end of the validity period of the certificate of the CA, ISO 8601 in UTC. V(null) if it has no certificate.
          type: str
          sample: "2036-01-15T00:00:00Z"
        tags:
          description: The tags of the CA.
          returned: when O(include_tags=true)
          type: dict
          sample:
            environment: production
    audit_report_id:
      description: The ID of the report. V(null) if the CA has no report, like all values of the report that follow.
      type: str
      sample: 9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36
    audit_report_response_format:
      description: The format of the report, V(JSON) or V(CSV).
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
      description: The time at which the report was created, ISO 8601 in UTC.
      type: str
      sample: "2026-11-23T09:30:00Z"
    age_seconds:
      description: The age of the report in seconds at the time of the task.
      type: int
      sample: 1312
    size:
      description: The size of the report in bytes.
      type: int
      sample: 608123
    summary:
      description: The numbers of certificates in the report at the time of the task.
      returned: when O(contents=summary) or O(contents=certificates), and the report could be read
      type: dict
      contains: &summary
        issued:
          description: The number of all certificates. Each of them is either valid, expired or revoked.
          type: int
          sample: 1041
        own_certificates:
          description:
            - The number of certificates of the CA itself, which the report of a root CA can contain. They end with the CA and are renewed with
              it, so no other count contains them.
          type: int
          sample: 1
        valid:
          description: The number of certificates that are neither revoked nor expired. Includes certificates that are not valid yet.
          type: int
          sample: 870
        expired:
          description: The number of certificates that are expired and were not revoked.
          type: int
          sample: 160
        revoked:
          description: The number of certificates that were revoked, expired or not.
          type: int
          sample: 11
        revoked_by_reason:
          description: The number of revoked certificates by revocation reason. V(UNSPECIFIED) if there is no reason.
          type: dict
          sample: {"KEY_COMPROMISE": 2, "SUPERSEDED": 9}
        recently_revoked_by_reason:
          description: The same for certificates that were revoked in the last 90 days.
          type: dict
          sample: {"SUPERSEDED": 1}
        issued_within:
          description: The number of certificates that were issued in the last 1, 7 and 30 days.
          type: dict
          sample: {"1": 3, "7": 20, "30": 81}
        expiring_within:
          description: The number of valid certificates that expire within 30, 60 and 90 days. Each number includes the smaller periods.
          type: dict
          sample: {"30": 17, "60": 52, "90": 88}
        by_template:
          description: The number of certificates by template ARN. V(none) if there is no template.
          type: dict
          sample: {"arn:aws:acm-pca:::template/EndEntityCertificate/V1": 1041}
        by_requesting_principal:
          description: The number of certificates by the service that requested them. V(none) for IAM principals.
          type: dict
          sample: {"acm.amazonaws.com": 1000, "none": 41}
        first_issued_at:
          description: The time at which the first certificate was issued. V(null) if there is none.
          type: str
          sample: "2026-01-15T08:00:00Z"
        last_issued_at:
          description: The time at which the last certificate was issued. V(null) if there is none.
          type: str
          sample: "2026-11-22T17:31:05Z"
        issued_by_month:
          description: The number of certificates by the month in which they were issued, in UTC.
          type: dict
          sample: {"2026-10": 500, "2026-11": 541}
        expiring_by_month:
          description: The number of valid certificates by the month in which they expire, in UTC.
          type: dict
          sample: {"2026-12": 370, "2027-01": 500}
        next_to_expire:
          description:
            - Up to five valid certificates that expire next, ordered by expiry.
          type: list
          elements: dict
          contains:
            serial: &serial
              description: The serial number.
              type: str
              sample: 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff
            subject: &short_subject
              description: The subject, truncated to 256 characters. V(null) if it is empty.
              type: str
              sample: CN=www.example1.com,O=Example Company,C=US
            certificate_arn: &certificate_arn
              description: The ARN of the certificate.
              type: str
              sample: >-
                arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566/certificate/00112233445566778899aabbccddeeff
            not_after: &not_after
              description: The end of the validity period, ISO 8601 in UTC.
              type: str
              sample: "2027-04-07T22:43:57Z"
            template_arn: &template_arn
              description: The ARN of the template.
              type: str
              sample: arn:aws:acm-pca:::template/EndEntityCertificate/V1
        key_compromises:
          description:
            - Up to five certificates that were revoked because of V(KEY_COMPROMISE) or V(CERTIFICATE_AUTHORITY_COMPROMISE), the latest first.
          type: list
          elements: dict
          contains:
            serial: *serial
            subject: *short_subject
            certificate_arn: *certificate_arn
            revoked_at: &revoked_at
              description: The time at which the certificate was revoked, ISO 8601 in UTC. V(null) if it was not revoked.
              type: str
              sample: "2026-11-20T08:12:00Z"
        unreadable:
          description: The number of rows that could not be read and were skipped. They are not included in the other numbers.
          type: int
          sample: 0
    certificates:
      description: The certificates, in the order of the report.
      returned: when O(contents=certificates), and the report could be read
      type: list
      elements: dict
      contains: &certificate
        aws_account_id:
          description: The account ID in the report.
          type: str
          sample: "111122223333"
        requested_by_service_principal:
          description: The service that requested the certificate. V(null) for an IAM principal.
          type: str
          sample: acm.amazonaws.com
        certificate_arn: *certificate_arn
        serial: *serial
        subject:
          description: The subject as written in the report. V(null) if it is empty.
          type: str
          sample: 2.5.4.5=#012345678901,CN=www.example1.com,O=Example Company,C=US
        subject_attributes:
          description:
            - The attributes of the subject in the given order, without escape characters. Attribute types are the short names of RFC 4514, or
              dotted OIDs if there is no short name. Encoded values are returned as they are.
            - Empty if the subject is empty or does not follow RFC 4514.
          type: list
          elements: dict
          contains:
            type:
              description: The type of the attribute.
              type: str
              sample: CN
            value:
              description: The value of the attribute.
              type: str
              sample: www.example1.com
        not_before:
          description: The start of the validity period, ISO 8601 in UTC.
          type: str
          sample: "2026-03-02T21:43:57Z"
        not_after: *not_after
        issued_at:
          description: The time at which the certificate was issued, ISO 8601 in UTC.
          type: str
          sample: "2026-03-02T22:43:58Z"
        revoked_at: *revoked_at
        revocation_reason:
          description: The revocation reason as written in the report.
          type: str
          sample: null
        template_arn: *template_arn
        status:
          description: V(revoked) if RV(audit_reports[].certificates[].revoked_at) is set, otherwise V(expired) or V(valid).
          type: str
          sample: valid
    matched:
      description: The number of certificates that match the filters, including those that are not returned.
      returned: when O(contents=certificates), and the report could be read
      type: int
      sample: 1041
    truncated:
      description: Whether certificates are missing because of O(limit).
      returned: when O(contents=certificates), and the report could be read
      type: bool
      sample: true
    short_lived:
      description: The number of certificates that match the filters, except that they never live longer than O(expiring_within), replaced or not.
      returned: when O(contents=certificates) and O(expiring_within) is given, and the report could be read
      type: int
      sample: 0
    changes:
      description:
        - The changes in the report. V(null) if there is no earlier report.
        - Certificates are compared by the times at which they were issued and revoked. For the hour before the last entry of the earlier report, the
          module compares the certificates themselves.
      returned: when O(changes_since) is given, and the report could be read
      type: dict
      contains:
        from:
          description: The earlier report.
          type: dict
          contains:
            audit_report_id:
              description: The ID of the report.
              type: str
              sample: 1b671a64-40d5-491e-99b0-da01ff1f3341
            created_at:
              description: The time at which the report was created, ISO 8601 in UTC.
              type: str
              sample: "2026-11-22T09:30:00Z"
        newly_issued:
          description: The number of certificates that the earlier report does not contain.
          type: int
          sample: 12
        newly_revoked:
          description: The number of certificates that were not revoked in the earlier report.
          type: int
          sample: 1
        newly_expired:
          description: The number of certificates that expired between the two reports and were not revoked.
          type: int
          sample: 4
        newly_issued_certificates:
          description: The first of these certificates, up to O(limit), as in RV(audit_reports[].certificates).
          returned: when O(contents=certificates)
          type: list
          elements: dict
          contains: *certificate
        newly_revoked_certificates:
          description: The first of these certificates, up to O(limit), as in RV(audit_reports[].certificates).
          returned: when O(contents=certificates)
          type: list
          elements: dict
          contains: *certificate
        newly_expired_certificates:
          description: The first of these certificates, up to O(limit), as in RV(audit_reports[].certificates).
          returned: when O(contents=certificates)
          type: list
          elements: dict
          contains: *certificate
        truncated:
          description: Whether certificates are missing from any of these lists because of O(limit).
          returned: when O(contents=certificates)
          type: bool
          sample: false
    dataset:
      description: What happened to the file of O(dataset).
      returned: when O(dataset=true), the CA has a report, and it could be read
      type: dict
      contains:
        s3_key:
          description: The key of the file in the bucket.
          type: str
          sample: audit-certificates/11223344-1234-1122-2233-112233445566.parquet
        action:
          description:
            - V(written) if the file was written, or would be in check mode, V(unchanged) if the file contains the certificates of this or a later
              report, V(failed) if it could not be written. The previous file is then still in its place.
          type: str
          sample: written
        error: &error
          description: The reason why the file could not be written.
          returned: when RV(audit_reports[].dataset.action=failed)
          type: dict
          contains:
            code:
              description: The error code of AWS, or the name of the exception of the AWS SDK.
              type: str
              sample: AccessDenied
            message:
              description: A description of the problem and its solution.
              type: str
              sample: "Failed to write the data set to the report bucket: Access Denied."
    unreadable_rows:
      description: The positions of the first five skipped rows, with the reason.
      returned: when O(on_error=skip) skipped any rows
      type: list
      elements: str
      sample: ["Line 18: notAfter is '2026-02-30', which is not a time such as 2026-03-02T21:43:57+0000."]
    error:
      description: The reason why the report could not be read.
      returned: when the report could not be read
      type: dict
      contains:
        code:
          description:
            - The error code of AWS, or the name of the exception of the AWS SDK.
            - V(AuditReportDamaged) if the file is not a report or a row of it cannot be read, V(AuditReportNotFound) if the given report
              is not in the bucket, V(AccountNotListed) if O(accounts) has no entry for the account of the CA,
              V(TooManyCertificates) if too many certificates of few subjects match the other conditions beside O(replaced).
          type: str
          sample: AuditReportDamaged
        message:
          description: A description of the problem and its solution.
          type: str
          sample: "Line 18: notAfter is '2026-02-30', which is not a time such as 2026-03-02T21:43:57+0000."
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
findings:
  description:
    - The findings, one for each rule and CA with any certificates that break the rule. Ordered by severity, by the order of O(rules), and by ARN.
  returned: when O(rules) is given, O(results_file) is not, and the CAs could be determined
  type: list
  elements: dict
  contains:
    rule:
      description: The name of the rule.
      type: str
      sample: expiring
    severity:
      description: The severity of the rule.
      type: str
      sample: warning
    certificate_authority_arn:
      description: The ARN of the CA. V(null) with O(s3_key).
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id:
      description: The ID of the account that owns the CA. V(null) with O(s3_key).
      type: str
      sample: "111122223333"
    region:
      description: The region of the CA. V(null) with O(s3_key).
      type: str
      sample: us-east-1
    s3_key:
      description: The key of the report.
      type: str
      sample: audit-report/11223344-1234-1122-2233-112233445566/9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36.json
    count:
      description: The number of certificates that break the rule, including those that are not returned.
      type: int
      sample: 17
    certificates:
      description:
        - The most pressing of these certificates, up to O(limit), as in RV(audit_reports[].certificates).
        - Valid certificates are ordered by expiry and followed by those that ended, the last one first. If the rule only concerns revoked certificates,
          they are ordered by the time of revocation, the last one first.
      type: list
      elements: dict
      contains: *certificate
    short_lived:
      description: The number of certificates that match the rule, except that they never live longer than its C(expiring_within), replaced or not.
      type: int
      sample: 0
findings_summary:
  description: The totals of each rule, ordered by severity and by the order of O(rules). Contains all rules.
  returned: when O(rules) is given, and the CAs could be determined
  type: list
  elements: dict
  contains:
    rule:
      description: The name of the rule.
      type: str
      sample: expiring
    severity:
      description: The severity of the rule.
      type: str
      sample: warning
    findings:
      description: The number of CAs, or reports with O(s3_key), that have a finding.
      type: int
      sample: 3
    certificates:
      description: The number of certificates that break the rule.
      type: int
      sample: 41
    short_lived:
      description: The sum of RV(findings[].short_lived), including CAs without a finding.
      type: int
      sample: 0
failures:
  description:
    - The first 20 entries of RV(audit_reports) that have an C(error), also in C(dataset). If something failed that does not concern a single
      entry, it is the only item.
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
  description: The totals of all reports. With O(contents=none), only the numbers of CAs, reports, failures and skipped regions.
  returned: when the CAs could be determined
  type: dict
  contains:
    certificate_authorities:
      description: The number of CAs in scope.
      type: int
      sample: 8
    reports:
      description: The number of reports that were found, and read if requested.
      type: int
      sample: 7
    without_report:
      description: The number of CAs that have no report.
      type: int
      sample: 1
    failed:
      description: The number of CAs, reports, regions and accounts that have an C(error), also in C(dataset).
      type: int
      sample: 0
    regions_skipped:
      description: The number of items in RV(regions_skipped).
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
        return read_reports(request, clients, Clock())

    def explained(error: AWSError) -> Problem:
        return explain(error, bucket=module.params["s3_bucket_name"], writes=False)

    run_module(module, work, explain=explained)


if __name__ == "__main__":
    main()
