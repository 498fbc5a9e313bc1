# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_alerts
short_description: List the alerts of a fleet of private CAs
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Combines everything that needs attention in one list. This is what P(cloudpki.aws.audit_summary#filter) found, and each certificate that expires
    soon or whose key was compromised.
  - Generates AWS Security Hub findings for these certificates, in the format of M(cloudpki.aws.securityhub_findings). The IDs of the findings are the
    same in every run.
  - Text from certificates, accounts or AWS is truncated to a reasonable length. Invisible characters, and characters that change the direction of
    text, are written as escape sequences.
positional: _input
options:
  _input:
    description: The document that P(cloudpki.aws.audit_summary#filter) returned.
    type: dict
    required: true
  certificates:
    description:
      - The RV(cloudpki.aws.acm_pca_audit_report_info#module:audit_reports) that M(cloudpki.aws.acm_pca_audit_report_info) returned for
        the searches of P(cloudpki.aws.audit_alert_plan#filter), combined in one list.
    type: list
    elements: dict
    default: []
  authorities:
    description: As for P(cloudpki.aws.audit_alert_plan#filter).
    type: list
    elements: dict
    default: []
  failures:
    description:
      - The RV(cloudpki.aws.acm_pca_certificate_authority_info#module:failures) that M(cloudpki.aws.acm_pca_certificate_authority_info) returned.
        They explain why a CA is not in O(authorities).
    type: list
    elements: dict
    default: []
  absent:
    description: Names of hosts whose audit did not return a result.
    type: list
    elements: str
    default: []
  thresholds:
    description: As for P(cloudpki.aws.audit_alert_plan#filter).
    type: list
    elements: dict
    default: []
  expiring_within:
    description: As for P(cloudpki.aws.audit_alert_plan#filter).
    type: int
    default: 30
seealso:
  - plugin: cloudpki.aws.audit_alert_plan
    plugin_type: filter
  - plugin: cloudpki.aws.audit_alert_message
    plugin_type: filter
  - module: cloudpki.aws.securityhub_findings
"""

EXAMPLES = r"""
- name: Fail if there is a critical alert
  ansible.builtin.assert:
    that: alerts.critical == 0
    fail_msg: "{{ alerts.alerts | selectattr('severity', 'equalto', 'critical') | map(attribute='sentence') | join(' ') }}"
  vars:
    alerts: "{{ summary | cloudpki.aws.audit_alerts(certificates=found.audit_reports) }}"
"""

RETURN = r"""
_value:
  description: The alerts and the Security Hub findings.
  type: dict
  contains:
    alerts:
      description:
        - The alerts, the most urgent first. Each has C(id), C(severity) (V(critical), V(warning) or V(notice)), C(kind), C(sentence), C(due_at), and
          the affected C(certificate_authority_arn), C(certificate_authority_name), C(account_id), C(account_name), C(region) and C(certificate).
        - C(kind) is one of the kinds of C(attention) in the document of P(cloudpki.aws.audit_summary#filter), or one of the following kinds.
        - V(certificate_expiring) and V(certificate_compromised) for a certificate. The first is V(critical) in the last 7 days before the expiry, the
          second for 30 days after the revocation.
        - V(certificates_unread) and V(certificates_untold) for a CA whose certificates could not all be reported.
        - V(authority_unknown) for a CA whose tags and usage mode are unknown.
        - V(host_absent) for a host of O(absent). The name of the host is in C(certificate_authority_name).
        - C(certificate) has C(certificate_arn), C(serial), C(subject), C(issued_at), C(not_after), C(revoked_at), C(revocation_reason), C(template_arn)
          and C(requested_by_service_principal). V(null) if the alert does not refer to a single certificate.
      type: list
      elements: dict
    critical:
      description: The number of critical alerts.
      type: int
      sample: 1
    warning:
      description: The number of warnings.
      type: int
      sample: 12
    notice:
      description: The number of notices.
      type: int
      sample: 3
    findings:
      description: The value for O(cloudpki.aws.securityhub_findings#module:findings).
      type: list
      elements: dict
    generator_id:
      description: The value for O(cloudpki.aws.securityhub_findings#module:generator_id).
      type: str
      sample: cloudpki.aws/audit_reports
    purge_prefixes:
      description:
        - The value for O(cloudpki.aws.securityhub_findings#module:purge_prefixes). It contains the CAs whose certificates were completely searched for
          the required number of days. Findings of other CAs are not archived.
      type: list
      elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._alerts.findings import (
    GENERATOR_ID,
    findings_of,
    prefixes_of,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._alerts.fleet import alerts_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._alerts.plan import plan_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.attention import SEVERITIES
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data


def audit_alerts(
    summary: t.Any,
    *,
    certificates: t.Any = (),
    authorities: t.Any = (),
    failures: t.Any = (),
    absent: t.Iterable[t.Any] = (),
    thresholds: t.Any = (),
    expiring_within: t.Any = 30,
) -> t.Any:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        plan = plan_of(summary, authorities, thresholds, expiring_within, failures)
        found = alerts_of(summary, plan, certificates, failures, absent)
    except SummaryError as e:
        raise AnsibleFilterError(f"cloudpki.aws.audit_alerts: {e}") from e
    return as_data(
        {
            "alerts": [alert.to_dict() for alert in found.alerts],
            **{severity: sum(alert.severity == severity for alert in found.alerts) for severity in SEVERITIES},
            "findings": findings_of(found.alerts),
            "generator_id": GENERATOR_ID,
            "purge_prefixes": prefixes_of(found.complete),
        }
    )


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_alerts": audit_alerts}
