#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_certificate_authority_info
version_added: 0.2.0
short_description: Gather information about AWS private certificate authorities
description:
  - Returns the private certificate authorities (CAs) of one or many AWS accounts and regions in one task.
  - The options that select CAs are the same as those of M(cloudpki.aws.acm_pca_audit_report).
  - CAs that are shared through AWS RAM are returned with their owner's account, or if their ARNs are given.
options:
  status:
    description: Return CAs in one of these statuses. If omitted, CAs in all statuses are returned.
    type: list
    elements: str
    choices:
      - CREATING
      - PENDING_CERTIFICATE
      - ACTIVE
      - DELETED
      - DISABLED
      - EXPIRED
      - FAILED
  type:
    description: Return CAs of one of these types. If omitted, CAs of all types are returned.
    type: list
    elements: str
    choices:
      - ROOT
      - SUBORDINATE
  usage_mode:
    description: Return CAs with one of these usage modes. If omitted, CAs with all usage modes are returned.
    type: list
    elements: str
    choices:
      - GENERAL_PURPOSE
      - SHORT_LIVED_CERTIFICATE
  key_algorithm:
    description: Return CAs with a key of one of these algorithms. If omitted, CAs with all algorithms are returned.
    type: list
    elements: str
    choices:
      - RSA_2048
      - RSA_3072
      - RSA_4096
      - EC_prime256v1
      - EC_secp384r1
      - EC_secp521r1
      - ML_DSA_44
      - ML_DSA_65
      - ML_DSA_87
      - SM2
  tags:
    description:
      - Return CAs that have all of these tags with these values. A tag with an empty value (V(null)) matches any value.
      - Implies O(include_tags=true).
    type: dict
  include_tags:
    description:
      - Return the tags of each CA.
      - Tags require an additional request for each CA that matches the other filters, so they are only read if requested.
    type: bool
    default: false
notes:
  - The role in each account, or the task's own credentials where no role is used, need C(acm-pca:ListCertificateAuthorities),
    or with O(certificate_authority_arn) C(acm-pca:DescribeCertificateAuthority). They also need C(acm-pca:ListTags) if tags are
    requested. The task's own credentials need C(sts:AssumeRole) on the roles of O(accounts).
  - O(endpoint_url) is used for AWS Private CA, STS and AWS Account Management. To set the endpoint of a single service, use the environment variables
    E(AWS_ENDPOINT_URL_ACM_PCA), E(AWS_ENDPOINT_URL_STS) and E(AWS_ENDPOINT_URL_ACCOUNT) of the AWS SDK.
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
      - Sends only read requests.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  idempotent:
    support: full
seealso:
  - module: cloudpki.aws.acm_pca_audit_report
  - name: CertificateAuthority
    description: The AWS documentation of the returned properties.
    link: https://docs.aws.amazon.com/privateca/latest/APIReference/API_CertificateAuthority.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Find all private CAs of the account in two regions
  cloudpki.aws.acm_pca_certificate_authority_info:
    regions: [us-east-1, eu-central-1]
  register: private_cas

- name: Find the active root CAs of three accounts in all regions
  cloudpki.aws.acm_pca_certificate_authority_info:
    regions: [all]
    accounts:
      - role_arn: arn:aws:iam::111122223333:role/PrivateCAAudit
      - role_arn: arn:aws:iam::444455556666:role/PrivateCAAudit
      - {}  # the account of the task's own credentials
    status: [ACTIVE]
    type: [ROOT]

- name: Find the CAs of the production environment
  cloudpki.aws.acm_pca_certificate_authority_info:
    region: eu-central-1
    tags:
      environment: production
  register: production

- name: List the CAs that break the company's policy
  ansible.builtin.debug:
    msg: "{{ private_cas.certificate_authorities | selectattr('posture.active_root') | map(attribute='certificate_authority_arn') }}"

- name: Create audit reports for these CAs
  cloudpki.aws.acm_pca_audit_report:
    region: eu-central-1
    certificate_authority_arns: "{{ production.certificate_authorities | map(attribute='certificate_authority_arn') }}"
    s3_bucket_name: example-corp-pca-audit-reports
  when: production.certificate_authorities | length > 0
"""

RETURN = r"""
certificate_authorities:
  description:
    - The CAs, ordered by ARN. Empty if there are none. If a given ARN does not exist, the list does not contain it, and the task does not fail.
    - In addition to the values listed here, each CA has all properties that the API returns, in snake_case.
  returned: always
  type: list
  elements: dict
  contains:
    certificate_authority_arn:
      description: The ARN of the CA.
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id:
      description: The ID of the account that owns the CA.
      type: str
      sample: "111122223333"
    account_name:
      description: The name that O(accounts[].name) gives the account. V(null) if it has none.
      type: str
      sample: payments
    region:
      description: The region of the CA.
      type: str
      sample: us-east-1
    status:
      description: The status of the CA.
      type: str
      sample: ACTIVE
    type:
      description: The type of the CA, V(ROOT) or V(SUBORDINATE).
      type: str
      sample: SUBORDINATE
    usage_mode:
      description: The usage mode of the CA, V(GENERAL_PURPOSE) or V(SHORT_LIVED_CERTIFICATE).
      type: str
      sample: GENERAL_PURPOSE
    certificate_authority_configuration:
      description: The algorithms and the subject of the CA.
      type: dict
      contains:
        key_algorithm:
          description: The algorithm of the key.
          type: str
          sample: EC_prime256v1
        signing_algorithm:
          description: The algorithm with which the CA signs.
          type: str
          sample: SHA256WITHECDSA
        subject:
          description: The subject of the CA, with the names of its attributes in snake_case.
          type: dict
          sample:
            common_name: Example Corp Issuing CA 1
    serial:
      description: The serial number of the certificate of the CA.
      returned: when the CA has a certificate
      type: str
      sample: "67012841063125617512435673261572635"
    not_before:
      description: The start of the validity period of the certificate of the CA, ISO 8601 in UTC.
      returned: when the CA has a certificate
      type: str
      sample: "2026-01-15T00:00:00Z"
    not_after:
      description: The end of the validity period of the certificate of the CA, ISO 8601 in UTC.
      returned: when the CA has a certificate
      type: str
      sample: "2036-01-15T00:00:00Z"
    created_at:
      description: The time at which the CA was created, ISO 8601 in UTC.
      type: str
      sample: "2026-01-15T00:00:00Z"
    revocation_configuration:
      description: The configuration of the certificate revocation list (CRL) and of the Online Certificate Status Protocol (OCSP).
      returned: when the API returns it
      type: dict
      contains:
        crl_configuration:
          description: The configuration of the CRL, as the API returns it.
          type: dict
          sample: {"enabled": true, "expiration_in_days": 7, "s3_bucket_name": "example-corp-crls"}
        ocsp_configuration:
          description: The configuration of OCSP, as the API returns it.
          type: dict
          sample: {"enabled": false}
    key_storage_security_standard:
      description: The security standard of the hardware that stores the key.
      returned: when the API returns it
      type: str
      sample: FIPS_140_2_LEVEL_3_OR_HIGHER
    posture:
      description: Answers to questions that security policies ask, derived from the other properties.
      type: dict
      contains:
        active_root:
          description:
            - Whether the CA is an active root CA. Security Hub's control PCA.1 requires that a root CA is disabled except while it is used.
          type: bool
          sample: false
        crl_enabled:
          description: Whether the CA publishes a certificate revocation list (CRL).
          type: bool
          sample: true
        ocsp_enabled:
          description: Whether clients can query the status of certificates with the Online Certificate Status Protocol (OCSP).
          type: bool
          sample: false
        post_quantum:
          description: Whether the algorithm of the key is a post-quantum algorithm (ML-DSA, FIPS 204).
          type: bool
          sample: false
        untagged:
          description:
            - Whether the CA has no tags, which Security Hub's control PCA.2 requires. V(null) if tags are not requested.
          type: bool
          sample: false
    tags:
      description: The tags of the CA.
      returned: when O(tags) or O(include_tags) requests them
      type: dict
      sample:
        environment: production
failures:
  description:
    - The CAs, regions and accounts that could not be queried. If there are any, the task fails and returns everything that it found.
  returned: always
  type: list
  elements: dict
  contains:
    certificate_authority_arn:
      description: The ARN of the CA. V(null) for an entire region or account.
      type: str
      sample: null
    account_id:
      description: The ID of the account. V(null) for the account of the task's own credentials.
      type: str
      sample: "111122223333"
    account_name:
      description: The name that O(accounts[].name) gives the account. V(null) if it has none.
      type: str
      sample: payments
    region:
      description: The region. V(null) if the role in an account could not be assumed.
      type: str
      sample: null
    error:
      description: The reason for the failure.
      type: dict
      contains:
        code:
          description:
            - The error code of AWS, or the name of the exception of the AWS SDK.
            - V(AccountNotListed) if O(accounts) has no entry for the account of the CA.
          type: str
          sample: AccessDenied
        message:
          description: A description of the problem and its solution.
          type: str
          sample: >-
            Failed to assume the role: AccessDenied: User: arn:aws:iam::123456789012:user/hub is not authorized to perform:
            sts:AssumeRole on resource: arn:aws:iam::111122223333:role/PrivateCAAudit. The role must exist, its trust
            policy must let the task's own credentials assume it without an external_id, and their policy must allow
            sts:AssumeRole on it.
regions_skipped:
  description:
    - The regions that were not queried, although V(all) or a pattern in O(regions) selected them, ordered by account and region. Also returned
      by a failed task.
  returned: always
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
summary:
  description: The totals of the task.
  returned: always
  type: dict
  contains:
    certificate_authorities:
      description: The number of returned CAs.
      type: int
      sample: 8
    accounts:
      description: The number of accounts that own these CAs.
      type: int
      sample: 3
    regions:
      description: The number of regions of these CAs.
      type: int
      sample: 2
    failed:
      description: The number of items in RV(failures).
      type: int
      sample: 0
    regions_skipped:
      description: The number of items in RV(regions_skipped).
      type: int
      sample: 0
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.advice import explain
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.authority_filter import ARGUMENT_SPEC, read_filter
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.authority_info import find_authorities
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.selection import read_selection
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.module import run_module
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import Outcome


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)

    def work(clients: Clients) -> Outcome:
        selection = read_selection(module.params, region=clients.region, partitions=clients)
        return find_authorities(selection, read_filter(module.params), clients, Clock())

    run_module(module, work, explain=explain)


if __name__ == "__main__":
    main()
