# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done so that the findings are there that are to be there, and no others. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from .asff import ACTIVE, Asff, Finding, Hub, archived, is_over, is_within, to_text, to_time

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
    purges: bool,
    purged: t.Callable[[str], bool],
    now: datetime,
) -> list[Step]:
    """The steps, those of wanted findings first, in their order.

    :param stored: the active findings of the generator by their ids.
    :param purges: whether stored findings go into the archive at all. Those that are over then do in any case.
    :param purged: whether a stored finding that is not wanted has to go into the archive, by its id.
    """
    steps = [_keep(finding, stored.get(finding.id), hub, generator_id, now) for finding in wanted]
    ids = {finding.id for finding in wanted}
    for finding_id in sorted(stored):
        if finding_id not in ids and (purged(finding_id) or (purges and is_over(stored[finding_id], now))):
            steps.append(Step(finding_id, ARCHIVED, archived(stored[finding_id], now), stored[finding_id]))
    return steps


def _keep(finding: Finding, stored: Asff | None, hub: Hub, generator_id: str, now: datetime) -> Step:
    asff = finding.to_asff(hub, generator_id)
    times = {"CreatedAt": to_text(finding.created_at or now), "UpdatedAt": to_text(now), "RecordState": ACTIVE}
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
        return now - to_time(str(stored.get("UpdatedAt"))) >= REFRESH_AFTER
    except ValueError:
        return True
