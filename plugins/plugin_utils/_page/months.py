# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sections with a chart of twelve months: what expires, and what was issued. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import timedelta

from .._summary.input import to_time
from .chart import Bar, Chart, chart_of
from .ranking import Ranking, ranking_of
from .words import MONTHS, count_of, month_name, number_of

Document = t.Mapping[str, t.Any]

# Pixels: expiry is what a reader acts on, issuance what explains it.
EXPIRY_PLOT, ISSUANCE_PLOT = 180, 96


@dataclasses.dataclass(frozen=True)
class Months:
    """A section with a chart of twelve months, and its numbers as a table."""

    id: str
    heading: str
    description: str
    title: str
    chart: Chart
    legend: t.Sequence[tuple[str, str]]
    caption: str
    columns: t.Sequence[str]
    rows: t.Sequence[t.Sequence[str]]
    rankings: t.Sequence[Ranking]


def expiry_of(document: Document) -> Months:
    """The next twelve months."""
    months, later = document["expiry_by_month"], document["expiring_later"]
    within = document["expiring_within"]
    near = f"{to_time(document['generated_at']) + timedelta(days=within):%Y-%m}"
    total = sum(each["certificates"] for each in months)
    authorities = sum(each["certificate_authorities"] for each in months)
    most = max(months, key=lambda each: each["certificates"])
    description = f"{count_of(total, 'valid certificate expires', 'valid certificates expire')} in these 12 months"
    if total:
        description += f", with a peak of {most['certificates']:,} in {month_name(most['month'])}"
    description += f"; {count_of(later, 'expires', 'expire')} later."
    if authorities:
        own = count_of(authorities, "certificate authority expires", "certificate authorities expire")
        description += f" {own} in these months."
    legend = [
        ("strong", f"Certificates, months of the next {within} days"),
        ("", "Certificates, later months"),
        *([("mark", "Certificate authorities")] if authorities else []),
    ]
    rows = [
        (month_name(each["month"]), number_of(each["certificates"]), number_of(each["certificate_authorities"]))
        for each in months
    ]
    return Months(
        id="expiry",
        heading="Certificate expiry",
        description=description,
        title="Valid certificates by month of expiry",
        chart=chart_of(_bars(months, near), EXPIRY_PLOT),
        legend=legend,
        caption="Valid certificates and certificate authorities by month of expiry",
        columns=("Month", "Certificates", "Authorities"),
        rows=[*rows, ("Later", number_of(later), "")],
        rankings=(),
    )


def issuance_of(document: Document) -> Months:
    """The last twelve months, and by template and requester."""
    months, earlier = document["issued_by_month"], document["issued_earlier"]
    total = sum(each["certificates"] for each in months)
    title = "Certificates by month of issuance"
    templates = [(_template(each["template_arn"]), each["certificates"]) for each in document["by_template"]]
    principals = [
        ("IAM principal" if name == "none" else name, each["certificates"])
        for each in document["by_requesting_principal"]
        for name in [each["requested_by_service_principal"]]
    ]
    return Months(
        id="issuance",
        heading="Certificate issuance",
        description=f"{count_of(total, 'certificate was', 'certificates were')} issued in these 12 months; "
        f"{count_of(earlier, 'was', 'were')} issued earlier.",
        title=title,
        chart=chart_of(_bars(months), ISSUANCE_PLOT),
        legend=(),
        caption=title,
        columns=("Month", "Certificates"),
        rows=[
            ("Earlier", number_of(earlier)),
            *((month_name(each["month"]), number_of(each["certificates"])) for each in months),
        ],
        rankings=(
            ranking_of("By template", "Template", templates),
            ranking_of("By requester", "Requested by", principals),
        ),
    )


def _bars(months: t.Sequence[Document], near: str = "") -> list[Bar]:
    """``near`` is the last month that is set off."""
    return [
        Bar(
            label=MONTHS[int(each["month"][5:7]) - 1][:3],
            second_label=each["month"][:4] if not number or each["month"].endswith("-01") else "",
            value=each["certificates"],
            above=each.get("certificate_authorities", 0),
            strong=each["month"] <= near,
        )
        for number, each in enumerate(months)
    ]


def _template(arn: str) -> str:
    return "No template" if arn == "none" else arn.rpartition(":template/")[2] or arn
