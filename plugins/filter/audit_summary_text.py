# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_summary_text
short_description: Format the summary of a fleet of private CAs as a message
version_added: 0.9.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Generates the subject and the text of a message about everything that needs attention, the most urgent first, including each certificate that
    matches a rule.
  - Determines whether the message is due. It is due if it contains an alert that the last message did not contain or that has become more severe, or if
    the last message is older than O(repeat_after) days.
  - The text has up to 50 lines for each severity.
positional: _input
options:
  _input:
    description: The document that P(cloudpki.aws.audit_summary#filter) returned, or the path of a JSON file with it.
    type: raw
    required: true
  last:
    description:
      - The C(record) that this filter returned for the last message. Empty if there is none.
      - Alerts about CAs that this run did not examine completely stay in the record, because these CAs might belong to another job, or might be
        temporarily unavailable.
    type: str
    default: ""
  repeat_after:
    description: The number of days after which the same message is due again. With V(0), every message is due.
    type: int
    default: 7
  page:
    description: The location of the summary page, which the message refers to.
    type: str
    default: ""
seealso:
  - plugin: cloudpki.aws.audit_summary
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the message
  ansible.builtin.debug:
    msg: "{{ (summary | cloudpki.aws.audit_summary_text).text }}"
"""

RETURN = r"""
_value:
  description: The message, and the alerts that it is about.
  type: dict
  contains:
    subject:
      description: The subject of the message.
      type: str
      sample: "Private CAs: 1 critical, 12 warnings"
    text:
      description: The text of the message.
      type: str
    due:
      description: Whether the message must be sent.
      type: bool
    new:
      description: The number of alerts that the last message did not contain or that have become more severe.
      type: int
      sample: 2
    record:
      description: The value of O(last) for the next message, as JSON.
      type: str
    counts:
      description: The number of alerts by severity (V(critical), V(warning) and V(notice)).
      type: dict
      contains:
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
          sample: 0
    sentences:
      description: The first 50 alerts by severity, one sentence for each.
      type: dict
      contains:
        critical:
          description: The critical alerts.
          type: list
          elements: str
          sample: []
        warning:
          description: The warnings.
          type: list
          elements: str
          sample: ["A certificate of Payments CA expires on 2026-12-04."]
        notice:
          description: The notices.
          type: list
          elements: str
          sample: []
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.files import loaded
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError, days_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.message import message_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data


def audit_summary_text(summary: t.Any, last: t.Any = "", repeat_after: t.Any = 7, page: str = "") -> t.Any:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        return as_data(message_of(loaded(summary), last, days_of(repeat_after, "repeat_after"), page or None))
    except SummaryError as e:
        raise AnsibleFilterError(f"cloudpki.aws.audit_summary_text: {e}") from e


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_summary_text": audit_summary_text}
