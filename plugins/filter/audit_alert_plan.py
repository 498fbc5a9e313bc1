# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_alert_plan
short_description: Plan which audit reports to search for certificates that need attention
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Determines for each private CA how many days before their expiry its certificates need attention, and which reports contain such certificates.
    Reports without such certificates do not have to be read again.
  - CAs for short-lived certificates are omitted, unless an entry of O(thresholds) matches them.
positional: _input
options:
  _input:
    description: The document that P(cloudpki.aws.audit_summary#filter) returned.
    type: dict
    required: true
  authorities:
    description:
      - The RV(cloudpki.aws.acm_pca_certificate_authority_info#module:certificate_authorities) that
        M(cloudpki.aws.acm_pca_certificate_authority_info) returned, with tags.
    type: list
    elements: dict
    default: []
  thresholds:
    description:
      - Numbers of days for CAs with certain tags, as C(tags) and C(expiring_within). The first matching entry is used. A tag without a value matches
        any value. With V(0) days, certificates never need attention.
    type: list
    elements: dict
    default: []
  expiring_within:
    description: The number of days for all other CAs.
    type: int
    default: 30
seealso:
  - plugin: cloudpki.aws.audit_alerts
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Search the reports for certificates that expire soon
  cloudpki.aws.acm_pca_audit_report_info:
    s3_bucket_name: example-corp-pca-audit-reports
    certificate_authority_arns: "{{ item.certificate_authority_arns }}"
    contents: certificates
    expiring_within: "{{ item.expiring_within }}"
    replaced: false
  loop: "{{ (summary | cloudpki.aws.audit_alert_plan(authorities=found.certificate_authorities, thresholds=thresholds)).expiring }}"
  vars:
    thresholds:
      - tags: {environment: production}
        expiring_within: 60
      - tags: {environment: sandbox}
        expiring_within: 0
"""

RETURN = r"""
_value:
  description:
    - C(expiring) is a list of dictionaries with C(expiring_within) in days and the C(certificate_authority_arns) of CAs that have such certificates.
    - C(compromised) is a list of ARNs of CAs that revoked certificates because of compromised keys, and C(compromises) the list of these revocation
      reasons.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import COMPROMISES
from ansible_collections.cloudpki.aws.plugins.plugin_utils._alerts.plan import plan_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError


def audit_alert_plan(
    summary: t.Any, *, authorities: t.Any = (), thresholds: t.Any = (), expiring_within: t.Any = 30
) -> dict[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        plan = plan_of(summary, authorities, thresholds, expiring_within)
    except SummaryError as e:
        raise AnsibleFilterError(f"cloudpki.aws.audit_alert_plan: {e}") from e
    return {
        "expiring": [
            {"expiring_within": days, "certificate_authority_arns": list(arns)} for days, arns in plan.expiring
        ],
        "compromised": list(plan.compromised),
        "compromises": list(COMPROMISES),
    }


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_alert_plan": audit_alert_plan}
