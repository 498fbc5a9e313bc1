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
  - Any of them may be missing, also for single CAs. What is not known is not counted, and the totals say of how many CAs there is a report, and of how
    many it was read.
positional: _input
options:
  _input:
    description: The C(audit_reports) of M(cloudpki.aws.acm_pca_audit_report).
    type: list
    elements: dict
    required: true
  contents:
    description:
      - The C(audit_reports) of M(cloudpki.aws.acm_pca_audit_report_info), with their summaries.
      - Reports that were read by O(cloudpki.aws.acm_pca_audit_report_info#module:s3_key) name no CA and are not counted.
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
        return fleet_document(
            reports,
            contents,
            authorities,
            now=_moment(now),
            expiring_within=_whole("expiring_within", expiring_within),
            stale_after=_whole("stale_after", stale_after),
            names=names,
        )
    except ValueError as e:
        raise AnsibleFilterError(str(e)) from e


def _moment(now: t.Any) -> datetime:
    """The time of the document. :raises ValueError: a sentence"""
    if now is None or now == "":
        return datetime.now(timezone.utc)
    try:
        found = datetime.fromisoformat(str(now).replace("Z", "+00:00"))
    except ValueError:
        # Ansible adds the causes of an error to its text; that of Python says nothing more.
        raise ValueError(f"now is {now!r}; it has to be a time such as 2026-11-23T09:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _whole(name: str, value: t.Any) -> int:
    """A template gives numbers as text. :raises ValueError: a sentence"""
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0:
        raise ValueError(f"{name} is {value!r}; it has to be a whole number that is not negative.")
    return number


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_summary": audit_summary}
