# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done so that the findings are there that are to be there, and no others. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from .._aws.times import read_time
from .asff import ACTIVE, Asff, Finding, Hub, archived, is_over, is_within, to_timestamp, update_time

CREATED, UPDATED, REFRESHED, ARCHIVED, UNCHANGED = "created", "updated", "refreshed", "archived", "unchanged"
ACTIONS = (CREATED, UPDATED, REFRESHED, ARCHIVED, UNCHANGED)

# Security Hub deletes what was not updated for 90 days, and with it what people have decided about it.
# https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html
REFRESH_AFTER = timedelta(days=45)


@dataclasses.dataclass(frozen=True)
class Step:
    """What becomes of a finding. ``asff`` is what has to be sent for it; None where nothing has."""

    id: str
    action: str
    asff: Asff | None = None
    before: Asff | None = None


def plan(
    wanted: t.Sequence[Finding],
    stored: t.Mapping[str, Asff],
    *,
    hub: Hub,
    generator_id: str,
    purge_prefixes: tuple[str, ...] | None,
    now: datetime,
) -> list[Step]:
    """The steps, those of wanted findings first, in their order.

    :param stored: the active findings of the generator by their ids.
    :param purge_prefixes: stored findings that are not wanted go into the archive if their ids begin like this, or if
        they are over. None: they stay.
    """
    steps = [_keep(finding, stored.get(finding.id), hub, generator_id, now) for finding in wanted]
    if purge_prefixes is not None:
        for finding_id in sorted(set(stored) - {finding.id for finding in wanted}):
            finding = stored[finding_id]
            if finding_id.startswith(purge_prefixes) or is_over(finding, now):
                steps.append(Step(finding_id, ARCHIVED, archived(finding, now), finding))
    return steps


def _keep(finding: Finding, stored: Asff | None, hub: Hub, generator_id: str, now: datetime) -> Step:
    asff = finding.to_asff(hub, generator_id)
    times = {
        "CreatedAt": to_timestamp(finding.created_at or now),
        "UpdatedAt": update_time(stored, now),
        "RecordState": ACTIVE,
    }
    if stored is None:
        return Step(finding.id, CREATED, {**asff, **times})
    times["CreatedAt"] = stored.get("CreatedAt", times["CreatedAt"])
    if not is_within(asff, dict(stored)):
        return Step(finding.id, UPDATED, {**asff, **times}, stored)
    if _is_old(stored, now):
        return Step(finding.id, REFRESHED, {**asff, **times}, stored)
    return Step(finding.id, UNCHANGED, None, stored)


def _is_old(stored: Asff, now: datetime) -> bool:
    try:
        return now - read_time(str(stored.get("UpdatedAt"))) >= REFRESH_AFTER
    except ValueError:
        return True
