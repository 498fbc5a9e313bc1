# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_outcome
short_description: Combine several results of acm_pca_audit_report
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Combines the results of several M(cloudpki.aws.acm_pca_audit_report) tasks, including failed ones.
positional: _input
options:
  _input:
    description: The registered results.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what failed
  ansible.builtin.debug:
    msg: "{{ ([first_run, second_run] | cloudpki.aws.audit_outcome).failures }}"
"""

RETURN = r"""
_value:
  description: The combined result.
  type: dict
  contains:
    changed:
      description: Whether a report was requested.
      type: bool
    audit_reports:
      description: The entries of all results, ordered by ARN.
      type: list
      elements: dict
    summary:
      description:
        - The number of CAs with the actions C(created), C(reused), C(pending), C(skipped) and C(failed), of C(certificate_authorities) and of
          C(accounts).
      type: dict
    progress:
      description: A short description of the summary.
      type: str
      sample: 97 reused, 2 created, 1 failed
    accounts:
      description: A line for each account.
      type: list
      elements: str
    failures:
      description: A line for each failure.
      type: list
      elements: str
"""

import typing as t

from ansible_collections.cloudpki.aws.plugins.plugin_utils._fleet.outcome import account_lines, outcome_of, progress_of


def audit_outcome(results: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """See DOCUMENTATION."""
    outcome = outcome_of(results)
    broken = bool(outcome["failures"]) and not outcome["audit_reports"]
    return {
        **outcome,
        "progress": "failed" if broken else progress_of(outcome),
        "accounts": account_lines(outcome["audit_reports"]),
    }


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_outcome": audit_outcome}
