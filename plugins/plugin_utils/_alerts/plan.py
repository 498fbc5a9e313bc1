# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For each CA, how long before its certificates expire somebody has to know, and which reports that has to be looked up
in. Pure.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._summary.attention import SHORT_LIVED
from .._summary.input import Entry, SummaryError, days_of, entries_of
from .._summary.stored_document import rows_of_summary
from .._text import visible


@dataclasses.dataclass(frozen=True)
class Threshold:
    """So many days, for CAs that have all of these tags. A value of None is any."""

    tags: t.Mapping[str, str | None]
    days: int

    def holds_for(self, tags: t.Mapping[str, t.Any]) -> bool:
        """Whether a CA with these tags is meant."""
        return all(name in tags and value in (None, tags[name]) for name, value in self.tags.items())


@dataclasses.dataclass(frozen=True)
class AlertPlan:
    """``days`` by the ARN of each CA whose report was read; 0 where nobody asks for what expires.

    ``expiring``: what has to be looked up, as pairs of days and ARNs. ``compromised``: ARNs. ``unknown``: ARNs of CAs
    that could not be read themselves, where others could or where their tags matter.
    """

    days: t.Mapping[str, int]
    expiring: t.Sequence[tuple[int, t.Sequence[str]]]
    compromised: t.Sequence[str]
    unknown: t.Sequence[str] = ()


def plan_of(
    summary: t.Any, authorities: t.Any, thresholds: t.Any, expiring_within: t.Any, failures: t.Any = ()
) -> AlertPlan:
    """See AlertPlan.

    :param summary: what the filter audit_summary made.
    :param authorities: ``certificate_authorities`` of acm_pca_certificate_authority_info, with tags.
    :param thresholds: a list of ``tags`` and ``expiring_within``; the first one that holds counts.
    :param expiring_within: days for all other CAs.
    :param failures: those of acm_pca_certificate_authority_info.
    :raises SummaryError: a sentence about what was given.
    """
    usual = days_of(expiring_within, "expiring_within")
    rules = [_threshold(entry) for entry in entries_of(thresholds, "thresholds")]
    tags = {
        entry.text("certificate_authority_arn"): dict(tagged.fields) if (tagged := entry.part("tags")) else {}
        for entry in entries_of(authorities, "authorities")
    }
    days: dict[str, int] = {}
    groups: dict[int, list[str]] = {}
    compromised: list[str] = []
    unknown: list[str] = []
    rows = rows_of_summary(summary)
    looked_at = bool(rules) or bool(failures) or any(row.text("usage_mode") for row in rows)
    for row in rows:
        counts = row.part("counts")
        arn = row.text("certificate_authority_arn")
        if counts is None or arn is None:
            continue
        short_lived = row.text("usage_mode") == SHORT_LIVED
        own = next((rule.days for rule in rules if rule.holds_for(tags.get(arn, {}))), 0 if short_lived else usual)
        days[arn] = own
        if looked_at and (row.text("usage_mode") is None or (rules and arn not in tags)):
            unknown.append(arn)
        if own and _may_expire(counts, own):
            groups.setdefault(own, []).append(arn)
        if counts.count("key_compromises"):
            compromised.append(arn)
    return AlertPlan(days, sorted(groups.items()), compromised, unknown)


def _may_expire(counts: Entry, days: int) -> bool:
    """Whether any certificate may, from what the summary counts: no report is read for nothing."""
    periods = counts.counts("expiring_within")
    longer = [int(period) for period in periods if period.isdigit() and int(period) >= days]
    return bool(periods[str(min(longer))] if longer else counts.count("valid"))


def _threshold(entry: Entry) -> Threshold:
    tags = entry.fields.get("tags")
    if not isinstance(tags, t.Mapping) or not tags:
        raise SummaryError(f"{entry.place} has no tags; give the tags of the CAs that it is for, as names and values.")
    values = {str(name): _tag(value, entry.place) for name, value in tags.items()}
    return Threshold(values, days_of(entry.fields.get("expiring_within"), f"{entry.place}.expiring_within"))


def _tag(value: t.Any, place: str) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    # AWS has the text that somebody wrote, of which YAML has made something else.
    shown = visible(repr(value), 80)
    raise SummaryError(f"{place}.tags has the value {shown}, which is not a string; quote it, as the tag has it.")
