#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_pca_certificate_authority_info
version_added: 0.2.0
short_description: Find AWS private certificate authorities over many accounts and regions
description:
  - Returns the private certificate authorities (CAs) of one account, or of a thousand, in one task.
  - The CAs are selected by the same options as those of M(cloudpki.aws.acm_pca_audit_report), and are found in the same way.
  - CAs that others share by AWS RAM are returned where their owner is looked at, or where their ARNs are given.
options:
  status:
    description: Return CAs in one of these statuses. All, when left out.
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
    description: Return CAs of one of these types. All, when left out.
    type: list
    elements: str
    choices:
      - ROOT
      - SUBORDINATE
  usage_mode:
    description: Return CAs with one of these usage modes. All, when left out.
    type: list
    elements: str
    choices:
      - GENERAL_PURPOSE
      - SHORT_LIVED_CERTIFICATE
  key_algorithm:
    description: Return CAs with a key of one of these algorithms. All, when left out.
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
      - Return CAs that have all of these tags with these values. A tag whose value is left empty (V(null)) may have any value.
      - Implies O(include_tags=true).
    type: dict
  include_tags:
    description:
      - Return the tags of each CA as well.
      - They cost another request for each CA that passes the other filters, so they are not read unless they are asked for.
    type: bool
    default: false
notes:
  - The role in each account, or the credentials of the task where they do without, need C(acm-pca:ListCertificateAuthorities),
    or with O(certificate_authority_arn) C(acm-pca:DescribeCertificateAuthority); and C(acm-pca:ListTags), where tags are
    asked for. The credentials of the task need C(sts:AssumeRole) on the roles of O(accounts).
  - O(endpoint_url) is used for AWS Private CA and STS alike. To set one of them alone, use the environment variables
    E(AWS_ENDPOINT_URL_ACM_PCA) and E(AWS_ENDPOINT_URL_STS) of the AWS SDK.
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
      - Only reads.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  idempotent:
    support: full
seealso:
  - module: cloudpki.aws.acm_pca_audit_report
  - name: CertificateAuthority
    description: What AWS says about each of the properties that are returned.
    link: https://docs.aws.amazon.com/privateca/latest/APIReference/API_CertificateAuthority.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Find every private CA of the account in two regions
  cloudpki.aws.acm_pca_certificate_authority_info:
    regions: [us-east-1, eu-central-1]
  register: private_cas

- name: Find the active root CAs of three accounts, wherever they are
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

- name: Audit those
  cloudpki.aws.acm_pca_audit_report:
    region: eu-central-1
    certificate_authority_arns: "{{ production.certificate_authorities | map(attribute='certificate_authority_arn') }}"
    s3_bucket_name: example-corp-pca-audit-reports
  when: production.certificate_authorities | length > 0
"""

RETURN = r"""
certificate_authorities:
  description:
    - The CAs, ordered by ARN. Empty if there are none; an ARN of a CA that does not exist is not found, and no failure.
    - Beside what is listed here, each has all that the API says of it, in snake_case.
  returned: always
  type: list
  elements: dict
  contains:
    certificate_authority_arn:
      description: The ARN of the CA.
      type: str
      sample: arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566
    account_id:
      description: The account that owns the CA.
      type: str
      sample: "111122223333"
    region:
      description: The region of the CA.
      type: str
      sample: us-east-1
    status:
      description: The status of the CA.
      type: str
      sample: ACTIVE
    type:
      description: V(ROOT) or V(SUBORDINATE).
      type: str
      sample: SUBORDINATE
    usage_mode:
      description: V(GENERAL_PURPOSE) or V(SHORT_LIVED_CERTIFICATE).
      type: str
      sample: GENERAL_PURPOSE
    certificate_authority_configuration:
      description: The algorithms and the subject of the CA.
      type: dict
      sample:
        key_algorithm: EC_prime256v1
        signing_algorithm: SHA256WITHECDSA
        subject:
          common_name: Example Corp Issuing CA 1
    serial:
      description: The serial number of the CA's own certificate.
      returned: when the CA has a certificate
      type: str
      sample: "67012841063125617512435673261572635"
    not_before:
      description: From when on the CA's own certificate is valid, ISO 8601 in UTC.
      returned: when the CA has a certificate
      type: str
      sample: "2026-01-15T00:00:00Z"
    not_after:
      description: Until when the CA's own certificate is valid, ISO 8601 in UTC.
      returned: when the CA has a certificate
      type: str
      sample: "2036-01-15T00:00:00Z"
    created_at:
      description: When the CA was created, ISO 8601 in UTC.
      type: str
      sample: "2026-01-15T00:00:00Z"
    tags:
      description: The tags of the CA.
      returned: when O(tags) or O(include_tags) ask for them
      type: dict
      sample:
        environment: production
failures:
  description:
    - What could not be looked at. The task fails if there is anything, with all that it found in its result.
  returned: always
  type: list
  elements: dict
  contains:
    certificate_authority_arn:
      description: The ARN of the CA. V(null) for a whole region or account.
      type: str
      sample: null
    account_id:
      description: The account. V(null) for that of the task's own credentials.
      type: str
      sample: "111122223333"
    region:
      description: The region. V(null) for an account that could not be entered.
      type: str
      sample: null
    error:
      description: Why it could not be looked at.
      type: dict
      contains:
        code:
          description:
            - The error code of AWS, or the name of the error of the AWS SDK.
            - V(AccountNotListed) if no entry of O(accounts) is for the account of the CA.
          type: str
          sample: AccessDenied
        message:
          description: What happened and what to do about it.
          type: str
          sample: >-
            Failed to assume the role: AccessDenied: User: arn:aws:iam::123456789012:user/hub is not authorized to perform:
            sts:AssumeRole on resource: arn:aws:iam::111122223333:role/PrivateCAAudit. The role has to exist, its trust
            policy has to let the task's own credentials assume it without an external_id, and their policy has to allow
            sts:AssumeRole on it.
summary:
  description: How many there were of each.
  returned: always
  type: dict
  contains:
    certificate_authorities:
      description: CAs returned.
      type: int
      sample: 8
    accounts:
      description: Accounts that own them.
      type: int
      sample: 3
    regions:
      description: Regions that they are in.
      type: int
      sample: 2
    failed:
      description: Items of RV(failures).
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
