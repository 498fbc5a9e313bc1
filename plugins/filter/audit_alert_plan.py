# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_alert_plan
short_description: Work out which reports have to be searched for certificates that need attention
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Says for each private CA how many days before its certificates expire somebody has to know, and which reports have such certificates in
    them. Reports that have none need not be read again.
  - CAs for short-lived certificates are left out, unless O(thresholds) has something for them.
positional: _input
options:
  _input:
    description: What P(cloudpki.aws.audit_summary#filter) made.
    type: dict
    required: true
  authorities:
    description:
      - What M(cloudpki.aws.acm_pca_certificate_authority_info) returned in
        RV(cloudpki.aws.acm_pca_certificate_authority_info#module:certificate_authorities), with tags.
    type: list
    elements: dict
    default: []
  thresholds:
    description:
      - Days for CAs that have certain tags, as C(tags) and C(expiring_within). The first that holds counts. A tag without a value may have any. 0
        days is never.
    type: list
    elements: dict
    default: []
  expiring_within:
    description: Days for all other CAs.
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
    - C(expiring) is a list of C(expiring_within) (days) and C(certificate_authority_arns), those that have such certificates. C(compromised) is a list of
      ARNs of CAs that revoked certificates because of compromised keys, and C(compromises) of the reasons that mean that.
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
