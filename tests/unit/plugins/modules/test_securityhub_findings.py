# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from datetime import UTC, datetime, timedelta

import pytest
from moto.securityhub.models import securityhub_backends

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub import hub as hub_module
from ansible_collections.cloudpki.aws.plugins.modules import securityhub_findings

from .conftest import AWS, REGION, Result, Run

pytestmark = pytest.mark.filterwarnings("ignore")

ACCOUNT = "123456789012"
GENERATOR = "tests/findings"


def finding(name: str, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "id": name,
        "title": f"The title of {name}",
        "description": "A description.",
        "severity": "HIGH",
        "resources": [{"id": f"arn:{name}", "details": {"Subject": "CN=a"}}],
        **changes,
    }


class Hub:
    def __init__(self, aws: AWS, run: Run) -> None:
        self.aws = aws
        self.client = aws.clients("securityhub")
        self._run = run

    def run(self, *findings: dict[str, t.Any], **options: t.Any) -> Result:
        given = {"region": REGION, "generator_id": GENERATOR, "findings": list(findings), **options}
        return self._run(securityhub_findings, **given)

    def states(self) -> dict[str, str]:
        return {found["Id"]: found["RecordState"] for found in self.client.get_findings()["Findings"]}


def actions(result: Result) -> list[tuple[str, str]]:
    return [(entry["id"], entry["action"]) for entry in result["findings"]]


@pytest.fixture
def hub(aws: AWS, run_module: Run) -> Hub:
    made = Hub(aws, run_module)
    made.client.enable_security_hub()
    return made


def test_findings_come_and_go(hub: Hub) -> None:
    first = hub.run(finding("a"), finding("b"))
    assert first["changed"] is True
    assert first["summary"] == {"created": 2, "updated": 0, "refreshed": 0, "archived": 0, "unchanged": 0, "failed": 0}
    assert first["product_arn"] == f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
    again = hub.run(finding("a"), finding("b"))
    assert (again["changed"], actions(again)) == (False, [("a", "unchanged"), ("b", "unchanged")])
    kept = hub.run(finding("a", title="Another title"))
    assert actions(kept) == [("a", "updated")]
    purged = hub.run(finding("a", title="Another title"), finding("c"), purge=True)
    assert actions(purged) == [("a", "unchanged"), ("c", "created"), ("b", "archived")]
    assert hub.states() == {"a": "ACTIVE", "b": "ARCHIVED", "c": "ACTIVE"}
    assert hub.run(finding("a", title="Another title"), finding("c"), purge=True)["changed"] is False
    back = hub.run(finding("b"))
    assert (actions(back), hub.states()["b"]) == ([("b", "created")], "ACTIVE")


def test_only_its_own_findings(hub: Hub) -> None:
    hub.run(finding("other"), generator_id="others")
    hub.run(finding("a/1"), finding("b/1"))
    assert actions(hub.run(purge=True, purge_prefixes=["a/"])) == [("a/1", "archived")]
    assert actions(hub.run(purge=True, purge_prefixes=[])) == []
    assert hub.states() == {"other": "ACTIVE", "a/1": "ARCHIVED", "b/1": "ACTIVE"}


def test_check_mode_and_diff(hub: Hub) -> None:
    hub.run(finding("a"))
    hub.aws.emulator.reset()
    result = hub.run(finding("b"), purge=True, check=True)
    assert (result["changed"], actions(result)) == (True, [("b", "created"), ("a", "archived")])
    assert (hub.states(), hub.aws.calls("securityhub:BatchImportFindings")) == ({"a": "ACTIVE"}, 0)
    assert result["diff"]["before"]["b"] == {}
    assert result["diff"]["after"]["b"]["Title"] == "The title of b"
    assert result["diff"]["after"]["a"] == {"RecordState": "ARCHIVED"}
    assert not any(name.startswith("aws/") for name in result["diff"]["before"]["a"]["ProductFields"])


def test_more_than_a_page(hub: Hub) -> None:
    many = [finding(f"{number:03}") for number in range(250)]
    assert hub.run(*many)["summary"]["created"] == 250
    assert hub.aws.calls("securityhub:BatchImportFindings") == 3
    assert hub.run(*many)["summary"]["unchanged"] == 250


def test_of_many_findings_the_result_is_short(hub: Hub) -> None:
    many = [finding(f"{number:04}") for number in range(1100)]
    hub.run(*many[:1000])
    result = hub.run(*many, _ansible_diff=False)
    assert result["summary"] == {
        "created": 100, "updated": 0, "refreshed": 0, "archived": 0, "unchanged": 1000, "failed": 0,
    }  # fmt: skip
    assert actions(result)[:100] == [(f"{number:04}", "created") for number in range(1000, 1100)]
    assert len(result["findings"]) == 1000
    # Newer versions of ansible-core return it only with -vvv.
    arguments = result.get("invocation", {"module_args": {"findings": "1,100 entries"}})["module_args"]
    assert arguments["findings"] == "1,100 entries"
    assert len(json.dumps(result)) < 100_000


def test_large_batches_are_split(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_LARGEST_BATCH", 1500)
    assert hub.run(*[finding(str(number)) for number in range(6)])["summary"]["created"] == 6
    assert 2 <= hub.aws.calls("securityhub:BatchImportFindings") <= 6


def test_what_people_decided_stays(hub: Hub) -> None:
    hub.run(finding("a"))
    stored = securityhub_backends[ACCOUNT][REGION].findings[0].data
    stored["Workflow"], stored["Severity"] = {"Status": "SUPPRESSED"}, {"Label": "LOW", "Normalized": 1}
    assert hub.run(finding("a"))["changed"] is False
    hub.run(finding("a", description="Another."))
    [found] = hub.client.get_findings()["Findings"]
    assert (found["Description"], found["Workflow"], found["Severity"]["Label"]) == (
        "Another.",
        {"Status": "SUPPRESSED"},
        "LOW",
    )


def test_one_that_is_refused(hub: Hub) -> None:
    """The others are there, and the task says what is wrong with this one."""
    result = hub.run(finding("a"), finding("b", types=["Weather/Rain"]))
    assert (result["failed"], result["changed"]) == (True, True)
    assert actions(result) == [("a", "created"), ("b", "failed")]
    assert result["findings"][1]["error"]["code"] == "InvalidInput"
    assert "b: Finding does not adhere" in result["msg"]
    assert hub.states() == {"a": "ACTIVE"}


def test_a_batch_that_fails(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent before stays, and nothing more is tried."""
    many = [finding(f"{number:03}") for number in range(250)]
    send, sent = hub_module.SecurityHub._import, []

    def refused_from_the_second_on(self: t.Any, batch: t.Any) -> t.Any:
        if sent:
            hub.aws.emulator.fault("securityhub:BatchImportFindings", count=1, error="AccessDeniedException")
        sent.append(batch)
        return send(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(hub_module.SecurityHub, "_import", refused_from_the_second_on)
        result = hub.run(*many)
    assert len(sent) == 2
    assert result["summary"] | {"created": 100, "failed": 150} == result["summary"]
    assert "150 of 250 failed" in result["msg"]
    assert "need securityhub:BatchImportFindings on arn:aws:securityhub" in result["msg"]
    assert hub.run(*many)["summary"]["unchanged"] == 100


@pytest.mark.parametrize("code", ["LimitExceededException", "ThrottlingException", "TooManyRequestsException"])
def test_throttling_is_waited_for(hub: Hub, code: str) -> None:
    hub.aws.emulator.fault("securityhub:BatchImportFindings", count=2, error=code)
    hub.aws.emulator.fault("securityhub:GetFindings", count=2, error=code)
    assert hub.run(finding("a"))["summary"]["created"] == 1


def test_an_interrupt_is_one_sentence(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: t.Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hub_module.SecurityHub, "import_findings", interrupt)
    result = hub.run(finding("a"))
    assert (result["failed"], result["msg"].partition(".")[0]) == (True, "Interrupted")


def test_where_it_is_not_enabled(hub: Hub) -> None:
    result = hub.run(finding("a"), region="eu-west-1")
    assert result["failed"] is True
    assert f"Security Hub (CSPM) must be enabled in account {ACCOUNT}, region eu-west-1" in result["msg"]
    assert "Traceback" not in str(result)


def test_where_the_product_may_not_send(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Security Hub is disabled once the findings are looked up: each finding fails, and the message says it once."""
    original = hub_module.SecurityHub.active_findings

    def look_up(self: hub_module.SecurityHub, generator_id: str) -> t.Any:
        found = original(self, generator_id)
        hub.client.disable_security_hub()
        return found

    monkeypatch.setattr(hub_module.SecurityHub, "active_findings", look_up)
    result = hub.run(finding("a"), finding("b"), finding("c"))
    assert (result["changed"], result["summary"]["failed"]) == (False, 3)
    assert {entry["error"]["code"] for entry in result["findings"]} == {"InvalidAccess"}
    assert result["msg"].count("must be enabled in account") == 1


def test_the_largest_findings(hub: Hub) -> None:
    """Those that Security Hub takes arrive, and one that it would refuse stops no other."""
    details = {f"Detail{number}": "x" * 1024 for number in range(7)}
    resources = [{"id": f"arn:{number}", "details": details} for number in range(32)]
    large = [finding("a", resources=resources), finding("b", resources=[*resources[:31], {"id": "x" * 512}])]
    fields = {f"{number}": "x" * 2048 for number in range(49)}
    result = hub.run(*large, finding("c", resources=resources, product_fields=fields))
    assert actions(result) == [("a", "created"), ("b", "created"), ("c", "failed")]
    assert result["findings"][2]["error"]["code"] == "FindingTooLarge"
    assert hub.states() == {"a": "ACTIVE", "b": "ACTIVE"}


def test_an_update_counts_although_another_clock_was_ahead(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Clock, "now", lambda _self: datetime.now(UTC) + timedelta(hours=1))
        hub.run(finding("a"))
    assert actions(hub.run(finding("a", title="Another title"))) == [("a", "updated")]
    assert hub.client.get_findings()["Findings"][0]["Title"] == "Another title"
    assert actions(hub.run(purge=True)) == [("a", "archived")]
    assert hub.states() == {"a": "ARCHIVED"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"findings": [finding("a"), finding("a")]}, "two findings have the ID 'a'"),
        ({"findings": [finding("")]}, "the id of the finding '' has 0 characters"),
        ({"findings": [finding("a", title="x" * 257)]}, "the title of the finding 'a' has 257 characters"),
        ({"findings": [finding("a", resources=[])]}, "has 0 resources"),
        ({"findings": [finding("a", resources=[{"id": "x" * 513}])]}, "a resource whose id has 513 characters"),
        ({"findings": [finding("a", resources=[{"id": "x", "details": {"Subject": "x" * 1025}}])]}, "1025 characters"),
        ({"findings": [finding("a", product_fields={"team": "x" * 2049})]}, "at most 2048"),
        ({"findings": [finding("a", product_fields={str(n): "x" for n in range(50)})]}, "has 50 product_fields"),
        ({"findings": [finding("a", created_at="2026-11-23")]}, "which is not a time"),
        ({"findings": [], "purge_prefixes": ["a"]}, "set purge to true"),
        ({"findings": [], "purge": True, "purge_prefixes": ["a", ""]}, "purge_prefixes: an empty prefix"),
        ({"findings": [finding("a", created_at="0001-01-01T00:00:00+14:00")]}, "which is not a time"),
        ({"findings": [finding("a", expires_at="soon")]}, "expires_at of the finding 'a' is 'soon'"),
        ({"findings": [], "generator_id": ""}, "generator_id: ''"),
        ({"findings": [finding("a", severity="BAD")]}, "value of severity must be one of"),
        ({"findings": [{"id": "a"}]}, "missing required arguments"),
        ({"region": "", "findings": []}, "region: no region is given"),
    ],
)
def test_what_cannot_be_used(hub: Hub, options: dict[str, t.Any], message: str) -> None:
    hub.aws.emulator.reset()
    result = hub.run(**options)
    assert result["failed"] is True
    assert message in result["msg"]
    assert hub.aws.calls("securityhub:BatchImportFindings") == 0
