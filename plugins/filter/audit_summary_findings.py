# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_summary_findings
short_description: Convert the summary of a fleet of private CAs to AWS Security Hub findings
version_added: 0.9.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Generates one AWS Security Hub finding for each certificate that matches a rule. If a certificate matches several rules, its finding is about the
    most severe one.
  - The IDs of the findings are the same in every run.
  - Text from certificates, accounts or AWS is truncated to a reasonable length. Invisible characters, and characters that change the direction of
    text, are written as escape sequences.
positional: _input
options:
  _input:
    description: The document that P(cloudpki.aws.audit_summary#filter) returned, or the path of a JSON file with it.
    type: raw
    required: true
seealso:
  - plugin: cloudpki.aws.audit_summary
    plugin_type: filter
  - module: cloudpki.aws.securityhub_findings
"""

EXAMPLES = r"""
- name: Import findings into Security Hub
  cloudpki.aws.securityhub_findings:
    generator_id: "{{ hub.generator_id }}"
    findings: "{{ hub.findings }}"
    purge: true
    purge_prefixes: "{{ hub.purge_prefixes }}"
  vars:
    hub: "{{ summary | cloudpki.aws.audit_summary_findings }}"
"""

RETURN = r"""
_value:
  description: Arguments of M(cloudpki.aws.securityhub_findings).
  type: dict
  contains:
    generator_id:
      description: The value for O(cloudpki.aws.securityhub_findings#module:generator_id).
      type: str
      sample: cloudpki.aws/audit_reports
    findings:
      description: The value for O(cloudpki.aws.securityhub_findings#module:findings).
      type: list
      elements: dict
    purge_prefixes:
      description:
        - The value for O(cloudpki.aws.securityhub_findings#module:purge_prefixes). It contains the CAs whose certificates were all examined, and whose
          certificates that match a rule are all listed. Findings of other CAs are not archived.
      type: list
      elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.files import loaded
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.security_hub import security_hub_findings
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data


def audit_summary_findings(summary: t.Any) -> t.Any:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        return as_data(security_hub_findings(loaded(summary)))
    except SummaryError as e:
        raise AnsibleFilterError(f"cloudpki.aws.audit_summary_findings: {e}") from e


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_summary_findings": audit_summary_findings}
