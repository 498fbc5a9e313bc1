# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_alert_message
short_description: Format alerts about private CAs as a message
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Generates the subject and the text of a message about the alerts of P(cloudpki.aws.audit_alerts#filter), the most urgent first.
  - Determines whether the message is due. It is due if it contains an alert that the last message did not contain or that has become more severe, or if
    the last message is older than O(repeat_after) days.
  - The text has up to 50 lines for each severity.
positional: _input
options:
  _input:
    description: The C(alerts) that P(cloudpki.aws.audit_alerts#filter) returned.
    type: list
    elements: dict
    required: true
  summary:
    description: The document that P(cloudpki.aws.audit_summary#filter) returned.
    type: dict
    required: true
  last:
    description: The C(record) that this filter returned for the last message. Empty if there is none.
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
  complete:
    description:
      - The C(purge_prefixes) that P(cloudpki.aws.audit_alerts#filter) returned. Earlier alerts about other CAs stay in C(record), because these CAs
        might belong to another job, or might be temporarily unavailable.
    type: list
    elements: str
    default: []
seealso:
  - plugin: cloudpki.aws.audit_alerts
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the message
  ansible.builtin.debug:
    msg: "{{ (alerts.alerts | cloudpki.aws.audit_alert_message(summary=summary)).text }}"
"""

RETURN = r"""
_value:
  description:
    - The C(subject) and C(text) of the message, C(due) (whether it must be sent), C(new) (the number of alerts that the last message did not contain or
      that have become more severe) and C(record), which is the value of O(last) for the next message.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._alerts.message import message_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError, days_of
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.stored_document import rows_of_summary
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data


def audit_alert_message(
    alerts: t.Any,
    *,
    summary: t.Any,
    last: t.Any = "",
    repeat_after: t.Any = 7,
    page: str = "",
    complete: t.Iterable[str] = (),
) -> t.Any:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        rows_of_summary(summary)
        return as_data(message_of(alerts, summary, last, days_of(repeat_after, "repeat_after"), page or None, complete))
    except SummaryError as e:
        raise AnsibleFilterError(f"cloudpki.aws.audit_alert_message: {e}") from e


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_alert_message": audit_alert_message}
