# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket's lifecycle rule that deletes old reports, among the rules of others. Pure."""

from __future__ import annotations

import typing as t

Lifecycle = t.Mapping[str, t.Any]

# The rule is found again by this.
RULE = "cloudpki-audit-reports-expire"
_PREFIX = "audit-report/"


def merge_lifecycle(lifecycle: Lifecycle, days: int) -> dict[str, t.Any] | None:
    """The lifecycle configuration in which reports expire after some days, as S3 takes it; None if it is that already.

    :param lifecycle: the configuration that S3 answered; empty where there is none.
    :param days: 0 takes the rule away.
    """
    rules = list(lifecycle.get("Rules") or ())
    found = [rule for rule in rules if rule.get("ID") == RULE]
    others = [rule for rule in rules if rule.get("ID") != RULE]
    wanted = [_rule(days)] if days else []
    if [_meaning(rule) for rule in found] == [_meaning(rule) for rule in wanted]:
        return None
    merged: dict[str, t.Any] = {"Rules": [*others, *wanted]}
    # Left out, it would go back to its default, and small objects of others with it.
    if "TransitionDefaultMinimumObjectSize" in lifecycle:
        merged["TransitionDefaultMinimumObjectSize"] = lifecycle["TransitionDefaultMinimumObjectSize"]
    return merged


def expiration_of(lifecycle: Lifecycle) -> int | None:
    """After how many days our rule deletes reports; None without one."""
    for rule in lifecycle.get("Rules") or ():
        if rule.get("ID") == RULE and rule.get("Status") == "Enabled":
            return (rule.get("Expiration") or {}).get("Days")
    return None


def _rule(days: int) -> dict[str, t.Any]:
    return {
        "ID": RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": _PREFIX},
        "Expiration": {"Days": days},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
    }


def _meaning(rule: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    return (
        rule.get("Status"),
        (rule.get("Filter") or {}).get("Prefix", rule.get("Prefix")),
        (rule.get("Expiration") or {}).get("Days"),
        (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays"),
    )
