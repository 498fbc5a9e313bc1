# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about one CA. Pure: decided from what is known, without asking or changing anything."""

from __future__ import annotations

import dataclasses
import enum
import typing as t
from datetime import datetime

from ..._aws.errors import Problem
from ..models import CREATING, FAILED, SUCCESS, AuditReport, CertificateAuthority, newest
from .advice import explain_interval, explain_status
from .options import AuditRequest


class Step(enum.Enum):
    """The ways on for one CA."""

    REUSE = "reuse"
    WAIT = "wait"
    CREATE = "create"
    REFUSE = "refuse"


@dataclasses.dataclass(frozen=True)
class Plan:
    """One way on: ``report`` to reuse or wait for, ``problem`` why it is refused, ``warning`` what to tell people."""

    step: Step
    report: AuditReport | None = None
    problem: Problem | None = None
    warning: str | None = None


def plan(
    authority: CertificateAuthority, reports: t.Mapping[str, AuditReport], request: AuditRequest, now: datetime
) -> Plan:
    """Decide what brings a report no older than ``max_age``.

    :param reports: the last report known of each format, by format. One of the asked format is reused only if its
        file is in the bucket, which is for the caller to make sure.
    """
    last = reports.get(request.response_format)
    if last and not request.force and last.age(now) < request.max_age:
        if last.status == SUCCESS:
            return Plan(Step.REUSE, report=last)
        if last.status == CREATING:
            return Plan(Step.WAIT, report=last)
    if not authority.auditable:
        return Plan(Step.REFUSE, report=last, problem=explain_status(authority))
    return Plan(Step.CREATE, report=last)


def after_refusal(reports: t.Sequence[AuditReport], request: AuditRequest, now: datetime) -> Plan | None:
    """Decide what a refused request means, or would mean, while a report younger than 30 minutes is known.

    :param reports: the newest report known of each format.
    :returns: None where no known report explains the refusal.
    """
    latest = newest(report for report in reports if report.younger_than_interval(now))
    if latest is None:
        return None
    same_format = newest(report for report in reports if report.response_format == request.response_format)
    if request.force:
        return Plan(Step.REFUSE, report=same_format, problem=explain_interval(latest, "force asks for a new one"))
    if same_format is None or not same_format.younger_than_interval(now):
        reason = f"it was made in {latest.response_format}, and this task asks for {request.response_format}"
        return Plan(Step.REFUSE, report=same_format, problem=explain_interval(latest, reason))
    if same_format.status == CREATING:
        return Plan(Step.WAIT, report=same_format)
    if same_format.status == FAILED:
        return Plan(Step.REFUSE, report=same_format, problem=explain_interval(latest, "it has failed"))
    if same_format.age(now) < request.max_age:
        return Plan(Step.REUSE, report=same_format)
    return Plan(
        Step.REUSE,
        report=same_format,
        warning=(
            f"The last report is older than max_age ({int(request.max_age.total_seconds())} s) and is reused "
            "anyway, because AWS Private CA makes at most one report per certificate authority every 30 minutes."
        ),
    )
