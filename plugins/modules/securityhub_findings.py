#!/usr/bin/python
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: securityhub_findings
version_added: 0.3.0
short_description: Have findings in AWS Security Hub
description:
  - Sends findings of your own tools to AWS Security Hub (CSPM), in the AWS Security Finding Format (ASFF), to the account and region of the task's
    credentials.
  - A finding is known by its id. One that is there and says the same is not sent again, so that a second run changes nothing.
  - With O(purge), findings of the same generator that are not among O(findings) are archived.
  - What people decided about a finding (workflow status, notes, another severity) is left as it is.
  - The role P(cloudpki.aws.audit_reports#role) uses it for certificates that need attention.
options:
  generator_id:
    description:
      - Which of your tools the findings come from. Findings of other generators are never looked at.
    type: str
    required: true
  findings:
    description:
      - The findings. May be empty.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: What the finding is known by, alike in every run.
        type: str
        required: true
      title:
        description: What it is, in up to 256 characters.
        type: str
        required: true
      description:
        description: What it is about, in up to 1024 characters.
        type: str
        required: true
      severity:
        description:
          - How severe it is in the eyes of your tool. Where somebody gave it another severity in Security Hub, that one stays.
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
          - What kind of finding it is, as V(namespace/category/classifier). Security Hub knows the namespaces V(Software and Configuration Checks),
            V(TTPs), V(Effects), V(Unusual Behaviors) and V(Sensitive Data Identifications).
        type: list
        elements: str
        default: []
      created_at:
        description:
          - When what it tells of came about, for example V(2026-11-23T09:30:00Z). Left out, the time of the task that creates it. A finding that is
            there keeps its time.
        type: str
      expires_at:
        description:
          - From when on nobody has to know of it, for example V(2026-12-01T00:00:00Z). With O(purge), it is archived then, whatever O(purge_prefixes) says.
        type: str
      resources:
        description: What it is about, 1 to 32 of them.
        type: list
        elements: dict
        required: true
        suboptions:
          id:
            description: The ARN of the resource, or what else it is known by.
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
            description: What else there is to say of it, as names and texts. Empty texts are left out.
            type: dict
            default: {}
      product_fields:
        description: Fields of your tool, as names and texts. Empty texts are left out.
        type: dict
        default: {}
      remediation:
        description: What to do about it, in up to 512 characters.
        type: str
  purge:
    description:
      - Whether active findings of the generator that are not among O(findings) are archived.
    type: bool
    default: false
  purge_prefixes:
    description:
      - With O(purge), archive only findings whose ids begin with one of these, and those that are over (C(expires_at)). Left out, all; with an empty list only
        the latter. An empty prefix is refused.
      - So that a task that looked at a part of all there is archives nothing of the rest.
    type: list
    elements: str
notes:
  - The credentials need C(securityhub:BatchImportFindings) on C(arn:aws:securityhub:REGION:ACCOUNT:product/ACCOUNT/default), and
    C(securityhub:GetFindings). Security Hub has to be enabled in the account and the region.
  - Security Hub takes findings of other tools only for the account that sends them. Those of an organization can be sent from one account, or from each.
  - Security Hub deletes findings that were not updated for 90 days. A finding that is still among O(findings) is sent again after 45 days.
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
      - A finding that was created a moment ago may not be found yet. Then it is sent again, which makes no second one.
seealso:
  - plugin: cloudpki.aws.audit_alerts
    plugin_type: filter
  - name: AWS Security Finding Format
    description: What AWS says about each field.
    link: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
author:
  - cloudpki.aws contributors (@cloudpki)
"""

EXAMPLES = r"""
- name: Have a finding for each certificate that expires soon, and archive those that do not any more
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

- name: Archive all findings of a tool that is not used any more
  cloudpki.aws.securityhub_findings:
    generator_id: example-corp/retired-tool
    findings: []
    purge: true
"""

RETURN = r"""
findings:
  description: What became of each finding, those of O(findings) first. A failed task returns it as well.
  returned: when Security Hub could be asked
  type: list
  elements: dict
  contains:
    id:
      description: The id of the finding.
      type: str
      sample: example-corp/certificates/www.example.com/expiring
    action:
      description:
        - V(created) if it was not there, or was archived. In check mode, if it would be created, and so on.
        - V(updated) if it was there and said something else.
        - V(refreshed) if it was not updated for so long that Security Hub would delete it soon.
        - V(archived) if it is not among O(findings), with O(purge).
        - V(unchanged) if there was nothing to do.
        - V(failed) if Security Hub did not take it.
      type: str
      sample: created
    error:
      description: Why Security Hub did not take it.
      returned: when RV(findings[].action=failed)
      type: dict
      contains:
        code:
          description: The error code of AWS.
          type: str
          sample: InvalidInput
        message:
          description: What happened and what to do about it.
          type: str
          sample: Finding does not adhere to Amazon Finding Format.
summary:
  description: How many findings there were of each action.
  returned: when Security Hub could be asked
  type: dict
  sample: {"created": 2, "updated": 0, "refreshed": 0, "archived": 1, "unchanged": 17, "failed": 0}
product_arn:
  description: The product that the findings belong to in Security Hub.
  returned: when Security Hub could be asked
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
