# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter audit_summary: what the modules returned, as one document. Documented in audit_summary.yml."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import STALE_AFTER, fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.files import loaded
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError, to_time, whole
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data, visible

NAME = "cloudpki.aws.audit_summary"


def audit_summary(
    results: t.Any,
    reports: t.Any = None,
    now: t.Any = None,
    expiring_within: t.Any = 30,
    stale_after: t.Any = STALE_AFTER,
) -> t.Any:
    """Sum up a run. :raises AnsibleFilterError: a sentence about what was given."""
    try:
        document = fleet_document(
            _results(results),
            _results(reports),
            now=_time(now),
            expiring_within=whole(expiring_within),
            stale_after=whole(stale_after),
        )
    except SummaryError as e:
        raise AnsibleFilterError(f"{NAME}: {e}") from e
    return as_data(document)


def _results(given: t.Any) -> list[t.Any]:
    """One result or several, each as it was registered or the path of the file that a module wrote it to."""
    if given is None:
        return []
    return [loaded(each) for each in (given if isinstance(given, list) else [given])]


def _time(now: t.Any) -> datetime:
    if now is None:
        return datetime.now(timezone.utc)
    if isinstance(now, datetime):  # as a playbook's YAML has it
        return now if now.tzinfo else now.replace(tzinfo=timezone.utc)
    try:
        return to_time(now)
    except (ValueError, AttributeError, TypeError):
        raise SummaryError(
            f"now is {visible(repr(now), 80)}, which is not a time such as 2026-03-02T21:43:57Z."
        ) from None


class FilterModule:
    """Ansible's filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """By name."""
        return {"audit_summary": audit_summary}
