# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run ended: what failed, and what a job leaves for the next one."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.filter import audit_summary_verdict as documented
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary import audit_summary
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_verdict import audit_summary_verdict
from project import ROOT
from sample_fleet import NOW, arn_of, sample_fleet

ROLE = ROOT / "roles" / "audit_reports"
SAMPLE = audit_summary(**sample_fleet().arguments(), now=NOW)
Fields = dict[str, t.Any]


def made(**counts: int) -> Fields:
    """What acm_pca_audit_report registers, with its results in a file."""
    names = ("created", "reused", "pending", "skipped", "failed", "accounts", "regions", "certificate_authorities")
    return {"changed": True, "failures": [], "summary": {**dict.fromkeys(names, 0), **counts}}


def failed(number: int, name: str, message: str) -> Fields:
    return {
        "certificate_authority_arn": arn_of("111122223333", "us-east-1", number),
        "account_name": name,
        "certificate_authority": {"name": name, "status": "ACTIVE"},
        "error": {"code": "AccessDenied", "message": message},
    }


def statistics(summary: t.Any, tasks: t.Any = None) -> Fields:
    return t.cast("Fields", audit_summary_verdict(summary, tasks)["statistics"])


def attention_of(*entries: Fields) -> Fields:
    document = audit_summary({"audit_reports": list(entries), "findings": []}, now=NOW)
    return statistics(document)


def test_what_was_made_is_added_up_over_batches() -> None:
    batches = [
        made(created=3, reused=1, certificate_authorities=6, accounts=2, skipped=2),
        {"msg": "A batch that failed before it counted anything.", "failed": True},
        made(pending=4, failed=1, certificate_authorities=4, accounts=2),
        {},
        {"summary": {"certificate_authorities": 10, "reports": 8}, "changed": False},
    ]
    assert statistics("", batches) == {
        "audit_reports_accounts_in_scope": 4,
        "audit_reports_certificate_authorities": 10,
        "audit_reports_created": 3,
        "audit_reports_reused": 1,
        "audit_reports_pending": 4,
        "audit_reports_skipped": 2,
        "audit_reports_failed": 1,
    }


def test_nothing_is_said_of_what_a_job_did_not_do() -> None:
    assert statistics("") == {}
    assert not {"audit_reports_created", "audit_reports_failed"} & set(statistics(SAMPLE))


def test_the_summary_counts_all_cas() -> None:
    found = statistics(SAMPLE, [made(created=1, certificate_authorities=1)])
    assert found["audit_reports_created"] == 1
    assert found["audit_reports_certificate_authorities"] == SAMPLE["totals"]["certificate_authorities"] > 1


def test_the_most_urgent_items_are_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    file.write_text(json.dumps(SAMPLE), encoding="utf-8")
    found = statistics(str(file))
    attention = SAMPLE["attention"]
    for severity in ("critical", "warning", "notice"):
        assert found[f"audit_reports_{severity}"] == SAMPLE["totals"]["attention"][severity]
    listed = found["audit_reports_attention"]
    assert [each["severity"] for each in listed] == [item["severity"] for item in attention[: len(listed)]]
    assert found["audit_reports_attention_omitted"] == len(attention) - len(listed)
    of_ca = next(item for item in attention if item["certificate_authority_arn"])
    assert any(each["sentence"].startswith(of_ca["sentence"]) for each in listed)
    assert any(of_ca["account_id"] in each["sentence"] for each in listed)


@pytest.mark.parametrize(("text", "fewest"), [("a" * 100, 50), ("😀" * 3000, 10)])
def test_whatever_the_size_of_the_fleet_the_list_stays_small(text: str, fewest: int) -> None:
    found = attention_of(*(failed(number, text, text) for number in range(3000)))
    listed = found["audit_reports_attention"]
    assert fewest <= len(listed) <= 50
    assert len(listed) + found["audit_reports_attention_omitted"] == found["audit_reports_critical"] == 3000
    assert len(json.dumps(found).encode()) < 64_000


@pytest.mark.parametrize("text", ["{{ 7 * 191 }}", "{{{7}}", "{% raw %}", "{#", "{{%"])
def test_no_text_is_a_template_in_the_next_job(text: str) -> None:
    found = attention_of(failed(1, text, text))
    [item] = found["audit_reports_attention"]
    assert item["sentence"].startswith("\\u007b")
    assert not [mark for mark in ("{{", "{%", "{#") if mark in item["sentence"]]


def test_the_names_are_documented_and_none_is_a_variable_of_the_role() -> None:
    """A variable of that name would be replaced in the next job of a workflow."""
    names = set(statistics(SAMPLE, [made()]))
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    renamed = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))["_audit_reports_renamed"]
    assert not names & {*(name for spec in specs.values() for name in spec["options"]), *renamed}
    assert names == set(yaml.safe_load(documented.RETURN)["_value"]["contains"]["statistics"]["contains"])
    section = (ROLE / "README.md").read_text(encoding="utf-8").partition("\n## Statistics\n")[2].partition("\n## ")[0]
    assert {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")} == names


@pytest.mark.parametrize(
    ("summary", "tasks", "sentence"),
    [
        ({"totals": {}}, [], "summary is not what the filter cloudpki.aws.audit_summary makes"),
        ("", {"summary": {}}, "tasks is of the type dict, not a list"),
        ("", [{"summary": {"created": "many"}}], "tasks\\[0\\].summary.created is 'many'"),
        ("/nowhere/summary.json", [], "/nowhere/summary.json could not be read"),
    ],
)
def test_what_cannot_be_used(summary: t.Any, tasks: t.Any, sentence: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^cloudpki.aws.audit_summary_verdict: {sentence}"):
        audit_summary_verdict(summary, tasks)


def failures(*tasks: Fields) -> list[str]:
    return t.cast("list[str]", audit_summary_verdict("", list(tasks))["failures"])


def test_failures_are_told_once_in_the_order_of_the_tasks() -> None:
    spared = {"failed": False, "failed_when_result": False}
    first = {
        **made(failed=22),
        **spared,
        "failures": [{"sentence": "A: denied."}],
        "failures_omitted": 21,
        "msg": "22 of 30 failed.",
    }
    assert failures(
        {"results": [first, {**made(), **spared}], "msg": "All items completed"},
        {**spared, "failures": [{"sentence": "A: denied."}, {"sentence": "B: gone."}], "failures_omitted": 0},
        {**spared, "msg": "No such bucket."},
        {"failed": True, "msg": "PutObject was denied."},
    ) == ["A: denied.", "21 more failed.", "B: gone.", "No such bucket.", "PutObject was denied."]


def test_what_did_not_fail() -> None:
    spared = {"failed": False, "failed_when_result": False}
    assert failures(
        {},
        {"skipped": True, "msg": "Conditional result was False"},
        {"results": [], "skipped": True, "msg": "No items in the list"},
        {**spared, "failures": [], "failures_omitted": 0},
        {**spared, "msg": "OK", "message_id": "1"},
        {"failed": False, "msg": "PUT operation complete"},
    ) == []  # fmt: skip
