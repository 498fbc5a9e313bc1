# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_summary_verdict
short_description: Determine what failed in a run over a fleet of private CAs, and its custom statistics
version_added: 0.9.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Collects the failures of tasks that are not to stop a play, in one list.
  - Generates the custom statistics that the role P(cloudpki.aws.audit_reports#role) sets with M(ansible.builtin.set_stats). AWX passes them to the later jobs
    of a workflow as variables. All values are numbers that Ansible adds up, except the list C(audit_reports_attention).
  - Text from certificates, accounts or AWS is truncated to a reasonable length. Invisible characters, characters that change the direction of text, and
    braces that start a template are written as escape sequences.
positional: _input
options:
  _input:
    description: The document that P(cloudpki.aws.audit_summary#filter) returned, the path of a JSON file with it, or an empty string if there is none.
    type: raw
    required: true
  tasks:
    description:
      - The registered results of tasks, also of tasks with loops, and empty dictionaries for tasks that did not run.
      - The statistics about reports are those of M(cloudpki.aws.acm_pca_audit_report). If there is none, they are left out.
      - A task with C(failed_when=false) counts as failed if its result has a C(msg), unless it also has a C(message_id) like that of a message that was sent.
    type: list
    elements: dict
    default: []
seealso:
  - plugin: cloudpki.aws.audit_summary
    plugin_type: filter
  - module: ansible.builtin.set_stats
"""

EXAMPLES = r"""
- name: Set statistics for later jobs of the workflow
  ansible.builtin.set_stats:
    data: "{{ (summary | cloudpki.aws.audit_summary_verdict(tasks=[created])).statistics }}"
"""

RETURN = r"""
_value:
  description: What failed, and the statistics.
  type: dict
  contains:
    failures:
      description: A sentence for each failure.
      type: list
      elements: str
      sample: []
    statistics:
      description: The statistics.
      type: dict
      contains:
        audit_reports_accounts_in_scope:
          description: The number of accounts for which reports were requested or reused.
          returned: when O(tasks) contain the totals of a task
          type: int
          sample: 250
        audit_reports_created:
          description: The number of reports that were created, or in check mode would be created.
          returned: when O(tasks) contain the totals of a task
          type: int
          sample: 12
        audit_reports_reused:
          description: The number of reports that were reused.
          returned: when O(tasks) contain the totals of a task
          type: int
          sample: 301
        audit_reports_pending:
          description: The number of reports that are still in progress.
          returned: when O(tasks) contain the totals of a task
          type: int
          sample: 0
        audit_reports_skipped:
          description: The number of CAs whose status does not allow reports.
          returned: when O(tasks) contain the totals of a task
          type: int
          sample: 4
        audit_reports_failed:
          description: The number of CAs, regions and accounts for which there is no recent report because of an error.
          returned: when O(tasks) contain the totals of a task
          type: int
          sample: 0
        audit_reports_certificate_authorities:
          description: The number of CAs in the summary. Without a summary, the number of CAs of the tasks.
          returned: when there is a summary, or O(tasks) contain the totals of a task
          type: int
          sample: 317
        audit_reports_critical:
          description: The number of items with the severity V(critical) that need attention.
          returned: when there is a summary
          type: int
          sample: 1
        audit_reports_warning:
          description: The number of items with the severity V(warning).
          returned: when there is a summary
          type: int
          sample: 12
        audit_reports_notice:
          description: The number of items with the severity V(notice).
          returned: when there is a summary
          type: int
          sample: 0
        audit_reports_attention:
          description:
            - The most urgent items that need attention.
            - Up to 50 items and 32 KB, however many there are.
          returned: when there is a summary
          type: list
          elements: dict
          contains:
            severity:
              description: The severity, V(critical), V(warning) or V(notice).
              type: str
              sample: critical
            sentence:
              description: What needs attention, and where.
              type: str
              sample: "Payments CA expires on 2026-12-04, in 5 days. It can issue nothing that is valid for longer. (payments, 111122223333, us-east-1)"
        audit_reports_attention_omitted:
          description: The number of items that C(audit_reports_attention) does not contain.
          returned: when there is a summary
          type: int
          sample: 0
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.files import loaded
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.verdict import verdict_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data


def audit_summary_verdict(summary: t.Any, tasks: t.Any = None) -> t.Any:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        return as_data(verdict_of(loaded(summary) if summary else None, tasks or []))
    except SummaryError as e:
        raise AnsibleFilterError(f"cloudpki.aws.audit_summary_verdict: {e}") from e


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_summary_verdict": audit_summary_verdict}
