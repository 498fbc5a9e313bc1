#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: securityhub_findings
version_added: 0.9.0
short_description: Manage findings in AWS Security Hub
description:
  - Imports findings of your own tools into AWS Security Hub (CSPM), in the AWS Security Finding Format (ASFF). The findings belong to the account and
    region of the task's credentials.
  - Findings are identified by their IDs. A finding that exists with the same content is not sent again, so a second run changes nothing.
  - With O(purge), findings of the same generator that are not in O(findings) are archived.
  - Changes that customers make to a finding (workflow status, notes, a different severity) are kept.
  - The role P(cloudpki.aws.audit_reports#role) uses this module for certificates that need attention.
options:
  generator_id:
    description:
      - The ID of the tool that the findings come from. Findings of other generators are ignored.
    type: str
    required: true
  findings:
    description:
      - The findings. The list can be empty.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: The ID of the finding. It must be the same in every run.
        type: str
        required: true
      title:
        description: The title of the finding, up to 256 characters.
        type: str
        required: true
      description:
        description: The description of the finding, up to 1024 characters.
        type: str
        required: true
      severity:
        description:
          - The severity that your tool assigns. If a customer assigned a different severity in Security Hub, that severity is kept.
        type: str
        choices:
          - INFORMATIONAL
          - LOW
          - MEDIUM
          - HIGH
          - CRITICAL
        default: MEDIUM
      types:
        description:
          - The types of the finding, as V(namespace/category/classifier). Security Hub accepts the namespaces V(Software and Configuration Checks),
            V(TTPs), V(Effects), V(Unusual Behaviors) and V(Sensitive Data Identifications).
        type: list
        elements: str
        default: []
      created_at:
        description:
          - The time at which the problem occurred, for example V(2026-11-23T09:30:00Z). If omitted, the time of the task that creates the finding.
            An existing finding keeps its time.
        type: str
      expires_at:
        description:
          - The time at which the finding becomes irrelevant, for example V(2026-12-01T00:00:00Z). With O(purge), the finding is archived from then on,
            regardless of O(purge_prefixes).
        type: str
      resources:
        description: The resources that the finding refers to, between 1 and 32.
        type: list
        elements: dict
        required: true
        suboptions:
          id:
            description: The ARN of the resource, or another identifier.
            type: str
            required: true
          type:
            description: The type of the resource, for example V(AwsS3Bucket).
            type: str
            default: Other
          region:
            description: The region of the resource.
            type: str
          details:
            description: Additional information about the resource, as names and strings. Empty strings are omitted.
            type: dict
            default: {}
      product_fields:
        description: Additional fields of your tool, as names and strings. Empty strings are omitted.
        type: dict
        default: {}
      remediation:
        description: The recommended action, up to 512 characters.
        type: str
  purge:
    description:
      - Whether to archive active findings of the generator that are not in O(findings).
    type: bool
    default: false
  purge_prefixes:
    description:
      - With O(purge), archive only findings whose IDs begin with one of these prefixes, and findings that are expired (C(expires_at)). If omitted, all
        findings are archived. With an empty list, only expired findings are archived. An empty prefix is not allowed.
      - Use this option in tasks that process only a part of the findings, so that they do not archive the other findings.
    type: list
    elements: str
notes:
  - The credentials need C(securityhub:BatchImportFindings) on C(arn:aws:securityhub:REGION:ACCOUNT:product/ACCOUNT/default), and
    C(securityhub:GetFindings). Security Hub must be enabled in the account and the region.
  - Security Hub accepts findings of custom tools only for the account that sends them. Send the findings of an organization from one account, or from
    each account.
  - Security Hub deletes findings that were not updated for 90 days. A finding that is still in O(findings) is sent again after 45 days.
requirements:
  - boto3 >= 1.35.69
  - botocore >= 1.35.69
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudpki.aws._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Security Hub might not return a finding that was created a moment ago. The module then sends it again, which does not create a duplicate.
seealso:
  - plugin: cloudpki.aws.audit_summary_findings
    plugin_type: filter
  - name: AWS Security Finding Format
    description: The AWS documentation of the fields of a finding.
    link: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Import a finding for each certificate that expires soon, and archive the findings of all others
  cloudpki.aws.securityhub_findings:
    region: eu-central-1
    generator_id: example-corp/certificates
    findings: "{{ findings }}"
    purge: true
  vars:
    findings:
      - id: example-corp/certificates/www.example.com/expiring
        title: The certificate of www.example.com expires soon
        description: The certificate of www.example.com expires on 2026-12-01.
        severity: HIGH
        types: [Software and Configuration Checks/Certificates/Expiry]
        resources:
          - id: arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566/certificate/00112233
            region: eu-central-1
            details:
              Subject: CN=www.example.com
        remediation: Renew the certificate.

- name: Archive all findings of a tool that is no longer used
  cloudpki.aws.securityhub_findings:
    generator_id: example-corp/retired-tool
    findings: []
    purge: true
"""

RETURN = r"""
findings:
  description:
    - The outcome for each finding, starting with those of O(findings). Also returned by a failed task.
    - If there are more than 1,000, these are the first 1,000, starting with those that failed, and ending with those for which there was nothing to do.
  returned: when Security Hub could be queried
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the finding.
      type: str
      sample: example-corp/certificates/www.example.com/expiring
    action:
      description:
        - The action of the task. In check mode, the action that it would take.
        - V(created) if the finding did not exist, or was archived.
        - V(updated) if the finding existed with different content.
        - V(refreshed) if the finding was sent again because Security Hub would delete it soon.
        - V(archived) if the finding is not in O(findings), with O(purge).
        - V(unchanged) if there was nothing to do.
        - V(failed) if Security Hub did not accept the finding.
      type: str
      sample: created
    error:
      description: The reason why Security Hub did not accept the finding.
      returned: when RV(findings[].action=failed)
      type: dict
      contains:
        code:
          description: The error code of AWS.
          type: str
          sample: InvalidInput
        message:
          description: A description of the problem and its solution.
          type: str
          sample: Finding does not adhere to Amazon Finding Format.
summary:
  description: The number of findings for each action.
  returned: when Security Hub could be queried
  type: dict
  contains:
    created:
      description: The number of findings with RV(findings[].action=created).
      type: int
      sample: 2
    updated:
      description: The number of findings with RV(findings[].action=updated).
      type: int
      sample: 0
    refreshed:
      description: The number of findings with RV(findings[].action=refreshed).
      type: int
      sample: 0
    archived:
      description: The number of findings with RV(findings[].action=archived).
      type: int
      sample: 1
    unchanged:
      description: The number of findings with RV(findings[].action=unchanged).
      type: int
      sample: 17
    failed:
      description: The number of findings with RV(findings[].action=failed).
      type: int
      sample: 0
product_arn:
  description: The ARN of the product that the findings belong to in Security Hub.
  returned: when Security Hub could be queried
  type: str
  sample: arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.advice import explain
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.module import run_module
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import Outcome
from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub.options import (
    ARGUMENT_SPEC,
    read_finding_options,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub.run import synchronize


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)

    def work(clients: Clients) -> Outcome:
        return synchronize(read_finding_options(module.params), clients, Clock(), module.check_mode)

    run_module(
        module,
        work,
        explain=explain,
        interrupted="Interrupted. Security Hub has the findings that were sent; the next run sends the others.",
    )


if __name__ == "__main__":
    main()
