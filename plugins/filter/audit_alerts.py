# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_alerts
short_description: Tell what needs attention in a fleet of private CAs, certificate by certificate
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Makes one list of all that somebody has to be told of - what P(cloudpki.aws.audit_summary#filter) found, and each certificate that expires soon or
    whose key was compromised.
  - Makes findings for AWS Security Hub of those certificates, as M(cloudpki.aws.securityhub_finding) takes them. Their ids are the same in every
    run.
  - Text that comes from certificates, from accounts or from AWS is cut to a sensible length. Characters that cannot be seen,
    or that change the direction of text, are written as their codes.
positional: _input
options:
  _input:
    description: What P(cloudpki.aws.audit_summary#filter) made.
    type: dict
    required: true
  certificates:
    description:
      - What M(cloudpki.aws.acm_pca_audit_report_info) returned in RV(cloudpki.aws.acm_pca_audit_report_info#module:audit_reports) for
        each part of what P(cloudpki.aws.audit_alert_plan#filter) asked for, one after another.
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
      - What M(cloudpki.aws.acm_pca_certificate_authority_info) returned in RV(cloudpki.aws.acm_pca_certificate_authority_info#module:failures), to
        say why a CA is not among O(authorities).
    type: list
    elements: dict
    default: []
  absent:
    description: Names of hosts whose accounts were to be audited, and of which there is no result.
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
  - module: cloudpki.aws.securityhub_finding
"""

EXAMPLES = r"""
- name: Stop if anything is critical
  ansible.builtin.assert:
    that: alerts.critical == 0
    fail_msg: "{{ alerts.alerts | selectattr('severity', 'equalto', 'critical') | map(attribute='sentence') | join(' ') }}"
  vars:
    alerts: "{{ summary | cloudpki.aws.audit_alerts(certificates=found.audit_reports) }}"
"""

RETURN = r"""
_value:
  description: The alerts, and what else is made of them.
  type: dict
  contains:
    alerts:
      description:
        - The most urgent first. Each has C(id), C(severity) (V(critical), V(warning) or V(notice)), C(kind), C(sentence), C(due_at), and what it is
          about - C(certificate_authority_arn), C(certificate_authority_name), C(account_id), C(account_name), C(region), C(certificate).
        - C(kind) is one of those of P(cloudpki.aws.audit_summary#filter), or V(certificate_expiring) (V(critical) in the last 7 days) or
          V(certificate_compromised) (V(critical) for 30 days) of a certificate, or V(certificates_unread) or
          V(certificates_untold) of a CA whose certificates could not all be told, or V(authority_unknown) of a CA whose tags and
          usage mode are not known, or V(host_absent) of one of O(absent), whose name is in C(certificate_authority_name).
        - C(certificate) has C(certificate_arn), C(serial), C(subject), C(issued_at), C(not_after), C(revoked_at), C(revocation_reason), C(template_arn) and
          C(requested_by_service_principal). V(null) if it is not about one.
      type: list
      elements: dict
    critical:
      description: How many are critical.
      type: int
      sample: 1
    warning:
      description: How many are warnings.
      type: int
      sample: 12
    notice:
      description: How many are notices.
      type: int
      sample: 3
    findings:
      description: What M(cloudpki.aws.securityhub_finding) takes in O(cloudpki.aws.securityhub_finding#module:findings).
      type: list
      elements: dict
    generator_id:
      description: What it takes in O(cloudpki.aws.securityhub_finding#module:generator_id).
      type: str
      sample: cloudpki.aws/audit_reports
    purge_prefixes:
      description:
        - What it takes in O(cloudpki.aws.securityhub_finding#module:purge_prefixes) - the CAs all of whose certificates were
          looked at, for as many days as they should. Of the others, nothing is archived.
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
