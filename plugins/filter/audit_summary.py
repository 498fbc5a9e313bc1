# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_summary
short_description: One document from all that the modules of a run found
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Puts the results of the modules together, for each CA (certificate authority) and for all of them, and says what needs attention.
  - Any of them may be missing, also for single CAs.
positional: _input
options:
  _input:
    description: The C(audit_reports) of M(cloudpki.aws.acm_pca_audit_report).
    type: list
    elements: dict
    required: true
  contents:
    description: The C(audit_reports) of M(cloudpki.aws.acm_pca_audit_report_info), with their summaries.
    type: list
    elements: dict
    default: []
  authorities:
    description: The C(certificate_authorities) of M(cloudpki.aws.acm_pca_certificate_authority_info).
    type: list
    elements: dict
    default: []
  expiring_within:
    description: What expires within so many days needs attention. For certificates, V(30), V(60) or V(90), the next that is not less.
    type: int
    default: 30
  stale_after:
    description: A report that is older than so many seconds needs attention.
    type: int
    default: 604800
  names:
    description: The names of accounts, by their ids.
    type: dict
    default: {}
  now:
    description: The time of the document, ISO 8601. Left out, it is the time at which the filter runs.
    type: str
"""

EXAMPLES = r"""
- name: Say what needs attention
  ansible.builtin.debug:
    msg: "{{ (audit.audit_reports | cloudpki.aws.audit_summary(contents=inside.audit_reports)).attention | map(attribute='text') }}"
"""

RETURN = r"""
_value:
  description: The document. docs/summary.md has its schema.
  type: dict
"""

import typing as t
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils.fleet_summary import fleet_document


def audit_summary(
    reports: t.Sequence[t.Mapping[str, t.Any]],
    *,
    contents: t.Sequence[t.Mapping[str, t.Any]] = (),
    authorities: t.Sequence[t.Mapping[str, t.Any]] = (),
    expiring_within: int = 30,
    stale_after: int = 604800,
    names: t.Mapping[str, str] | None = None,
    now: str | None = None,
) -> dict[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        moment = datetime.fromisoformat(now.replace("Z", "+00:00")) if now else datetime.now(timezone.utc)
    except ValueError as e:
        raise AnsibleFilterError(f"now is {now!r}; it has to be a time such as 2026-11-23T09:00:00Z.") from e
    return fleet_document(
        reports,
        contents,
        authorities,
        now=moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc),
        expiring_within=int(expiring_within),
        stale_after=int(stale_after),
        names=names,
    )


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_summary": audit_summary}
