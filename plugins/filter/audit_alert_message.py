# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_alert_message
short_description: Put alerts about private CAs into words for a message
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Makes the subject and the text of a message of what P(cloudpki.aws.audit_alerts#filter) found, the most urgent first, and says whether it
    has to be sent - if there is anything in it that the last message did not have, or if that is long ago.
  - The text has up to 50 lines of each severity.
positional: _input
options:
  _input:
    description: What P(cloudpki.aws.audit_alerts#filter) returned in C(alerts).
    type: list
    elements: dict
    required: true
  summary:
    description: What P(cloudpki.aws.audit_summary#filter) made.
    type: dict
    required: true
  last:
    description: The C(record) of the message before, as it was kept. Empty if there is none, or if it is lost.
    type: str
    default: ""
  repeat_after:
    description: After how many days the same is sent again. V(0) is each time.
    type: int
    default: 7
  page:
    description: Where there is more to read.
    type: str
    default: ""
  complete:
    description:
      - What P(cloudpki.aws.audit_alerts#filter) returned in C(purge_prefixes). What was told of other CAs stays remembered - they may belong to another job, or
        cannot be looked at just now.
    type: list
    elements: str
    default: []
seealso:
  - plugin: cloudpki.aws.audit_alerts
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Say what there is to say
  ansible.builtin.debug:
    msg: "{{ (alerts.alerts | cloudpki.aws.audit_alert_message(summary=summary)).text }}"
"""

RETURN = r"""
_value:
  description:
    - C(subject) and C(text), C(due) (whether it has to be sent), C(new) (how many of the alerts the message before did not have) and
      C(record), to be given as O(last) the next time.
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
