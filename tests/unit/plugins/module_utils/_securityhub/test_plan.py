# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub.asff import Finding, Hub, Resource, to_timestamp
from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub.plan import Step, plan

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HUB = Hub("aws", "111122223333", "eu-central-1")
RESOURCE = Resource("arn:x", "Other", "eu-central-1", {"Subject": "CN=a", "Empty": ""})
FINDING = Finding("one", "Title", "Description", "HIGH", ("TTPs/x",), None, (RESOURCE,), {"team": "pki"}, "Renew it.")


def steps(
    wanted: list[Finding], stored: list[dict[str, t.Any]], prefixes: tuple[str, ...] | None = ("",)
) -> list[Step]:
    return plan(
        wanted,
        {finding["Id"]: finding for finding in stored},
        hub=HUB,
        generator_id="g",
        purge_prefixes=prefixes,
        now=NOW,
    )


def stored(finding: Finding, age: timedelta = timedelta(days=1), **changes: t.Any) -> dict[str, t.Any]:
    """As Security Hub returns it, with all that it adds."""
    asff = finding.to_asff(HUB, "g")
    return {
        **asff,
        "CreatedAt": "2026-10-01T00:00:00Z",
        "UpdatedAt": to_timestamp(NOW - age),
        "RecordState": "ACTIVE",
        "Region": "eu-central-1",
        "Workflow": {"Status": "NOTIFIED"},
        "Severity": {"Label": "LOW", "Normalized": 1},
        "ProductFields": {**asff.get("ProductFields", {}), "aws/securityhub/ProductName": "Default"},
        "Resources": [{"Partition": "aws", **resource} for resource in asff["Resources"]],
        **changes,
    }


def test_a_new_one() -> None:
    [step] = steps([FINDING], [])
    assert (step.id, step.action, step.before) == ("one", "created", None)
    assert step.asff == {
        "SchemaVersion": "2018-10-08",
        "Id": "one",
        "ProductArn": "arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default",
        "GeneratorId": "g",
        "AwsAccountId": "111122223333",
        "CreatedAt": "2026-11-23T12:00:00.000000Z",
        "UpdatedAt": "2026-11-23T12:00:00.000000Z",
        "RecordState": "ACTIVE",
        "Title": "Title",
        "Description": "Description",
        "FindingProviderFields": {"Severity": {"Label": "HIGH"}, "Types": ["TTPs/x"]},
        "Resources": [
            {"Type": "Other", "Id": "arn:x", "Region": "eu-central-1", "Details": {"Other": {"Subject": "CN=a"}}}
        ],
        "ProductFields": {"team": "pki"},
        "Remediation": {"Recommendation": {"Text": "Renew it."}},
    }


def test_what_is_not_given_is_not_sent() -> None:
    bare = Finding("one", "T", "D", "LOW", (), NOW - timedelta(days=2), (Resource("x", "Other", None, {}),), {}, None)
    [step] = steps([bare], [])
    sent = dict(step.asff or {})
    assert sent["CreatedAt"] == "2026-11-21T12:00:00.000000Z"
    assert sent["FindingProviderFields"] == {"Severity": {"Label": "LOW"}}
    assert sent["Resources"] == [{"Type": "Other", "Id": "x"}]
    assert not {"ProductFields", "Remediation", "Severity", "Types", "Workflow", "Note"} & set(sent)


def test_one_that_is_there() -> None:
    """Also where people gave it another severity."""
    [step] = steps([FINDING], [stored(FINDING)])
    assert (step.action, step.asff) == ("unchanged", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Another"},
        {"severity": "LOW"},
        {"types": ()},
        {"types": ("TTPs/x", "TTPs/y")},
        {"resources": (RESOURCE, RESOURCE)},
        {"resources": (dataclasses.replace(RESOURCE, details={"Subject": "CN=b"}),)},
        {"product_fields": {"team": "web"}},
        {"remediation": "Ask."},
    ],
)
def test_one_that_says_something_else(changes: dict[str, t.Any]) -> None:
    wanted = dataclasses.replace(FINDING, **changes)
    [step] = steps([wanted], [stored(FINDING)])
    if changes == {"types": ()}:
        # Left to Security Hub, whatever it has.
        assert step.action == "unchanged"
        return
    assert step.action == "updated"
    assert dict(step.asff or {}).items() >= {**wanted.to_asff(HUB, "g"), "CreatedAt": "2026-10-01T00:00:00Z"}.items()


@pytest.mark.parametrize(("days", "action"), [(44, "unchanged"), (45, "refreshed"), (89, "refreshed")])
def test_before_security_hub_forgets(days: int, action: str) -> None:
    [step] = steps([FINDING], [stored(FINDING, timedelta(days=days))])
    assert step.action == action
    if step.asff:
        assert (step.asff["CreatedAt"], step.asff["UpdatedAt"]) == ("2026-10-01T00:00:00Z", to_timestamp(NOW))


@pytest.mark.parametrize("time", ["yesterday", "9999-12-31T23:59:59.9999Z"])
def test_a_stored_time_that_none_follows(time: str) -> None:
    [step] = steps([dataclasses.replace(FINDING, title="Another")], [stored(FINDING, UpdatedAt=time)])
    assert (step.action, (step.asff or {})["UpdatedAt"]) == ("updated", to_timestamp(NOW))
    [old] = steps([FINDING], [stored(FINDING, UpdatedAt="yesterday")])
    assert old.action == "refreshed"


def test_the_archive() -> None:
    """All that the provider said stays; what is the service's or of people is not sent."""
    old = stored(FINDING, Note={"Text": "seen"}, Compliance={"Status": "FAILED"})
    [step] = steps([], [old])
    assert (step.id, step.action, step.before) == ("one", "archived", old)
    assert step.asff == {
        **FINDING.to_asff(HUB, "g"),
        "Resources": old["Resources"],
        "CreatedAt": "2026-10-01T00:00:00Z",
        "UpdatedAt": to_timestamp(NOW),
        "RecordState": "ARCHIVED",
    }


def test_only_what_is_in_scope_goes_to_the_archive() -> None:
    two = [stored(dataclasses.replace(FINDING, id=name)) for name in ("a/1", "b/1")]
    assert [step.id for step in steps([], two, ("a/",))] == ["a/1"]
    assert steps([], two, ()) == []


@pytest.mark.parametrize(
    ("ends", "prefixes", "archived"),
    [
        (NOW, ("elsewhere/",), True),
        (NOW + timedelta(seconds=1), ("elsewhere/",), False),
        (None, ("elsewhere/",), False),
        (NOW, (), True),
        (NOW, None, False),
    ],
)
def test_what_is_over_goes_to_the_archive_wherever_it_is(
    ends: datetime | None, prefixes: tuple[str, ...] | None, archived: bool
) -> None:
    over = stored(dataclasses.replace(FINDING, expires_at=ends))
    assert bool(steps([], [over], prefixes)) is archived


def test_an_end_that_is_none() -> None:
    odd = stored(FINDING, ProductFields={"cloudpki.aws/ExpiresAt": "soon"})
    assert steps([], [odd], ("elsewhere/",)) == []


IDS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(IDS, IDS, st.sampled_from(["HIGH", "LOW"]))
def test_a_second_run_changes_nothing(before: list[str], wanted: list[str], severity: str) -> None:
    there = {name: stored(dataclasses.replace(FINDING, id=name, severity=severity)) for name in before}
    findings = [dataclasses.replace(FINDING, id=name) for name in wanted]
    for step in steps(findings, list(there.values())):
        if step.asff and step.asff["RecordState"] == "ACTIVE":
            there[step.id] = dict(step.asff)
        elif step.asff:
            del there[step.id]
    assert set(there) == set(wanted)
    assert {step.action for step in steps(findings, list(there.values()))} <= {"unchanged"}
