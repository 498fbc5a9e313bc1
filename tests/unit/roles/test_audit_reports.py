# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's files against each other: argument specification, defaults, README, entry points, CloudFormation."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report

ROLE = Path(__file__).resolve().parents[3] / "roles" / "audit_reports"

# Options of the entry point that repeat the module's, under the role's names.
SAME_AS_MODULE = {
    "audit_reports_response_format": "audit_report_response_format",
    "audit_reports_max_age": "max_age",
    "audit_reports_force": "force",
    "audit_reports_wait": "wait",
    "audit_reports_wait_timeout": "wait_timeout",
    "audit_reports_wait_delay": "wait_delay",
    "audit_reports_tracking": "tracking",
}


def load(path: str) -> t.Any:
    return yaml.safe_load((ROLE / path).read_text(encoding="utf-8"))


SPECS: dict[str, dict[str, t.Any]] = load("meta/argument_specs.yml")["argument_specs"]
DEFAULTS: dict[str, t.Any] = load("defaults/main.yml")
INTERNALS: dict[str, t.Any] = load("vars/main.yml")
OPTIONS = {name: option for spec in SPECS.values() for name, option in spec["options"].items()}


def test_the_defaults_are_those_of_the_specification() -> None:
    said = {
        name: option["default"]
        for name, option in OPTIONS.items()
        if not option.get("required") and "default" in option
    }
    assert said == DEFAULTS


def test_every_option_has_a_default_or_is_required_somewhere() -> None:
    without = {name for name in OPTIONS if name not in DEFAULTS}
    assert without == {"audit_reports_bucket_name"}
    assert SPECS["main"]["options"]["audit_reports_bucket_name"]["required"] is True


@pytest.mark.parametrize("entry_point", SPECS)
def test_an_option_means_the_same_in_every_entry_point(entry_point: str) -> None:
    for name, option in SPECS[entry_point]["options"].items():
        if name in SPECS["main"]["options"] and name != "audit_reports_bucket_name":
            assert option == SPECS["main"]["options"][name]


def test_every_entry_point_is_a_file_and_every_other_file_is_internal() -> None:
    files = {path.stem for path in (ROLE / "tasks").glob("*.yml")}
    assert {name for name in files if not name.startswith("_")} == set(SPECS)


def test_an_entry_point_declares_every_variable_that_it_uses() -> None:
    internals = (ROLE / "vars" / "main.yml").read_text(encoding="utf-8")
    meaning = dict(re.findall(r"^(_audit_reports_\w+):(.*?)(?=^\S|\Z)", internals, re.MULTILINE | re.DOTALL))
    for entry_point, spec in SPECS.items():
        if entry_point == "main":
            continue  # it includes the others
        used = variables_of(entry_point, meaning)
        declared = set(spec["options"])
        # What the bucket is for in a play whose hosts are accounts is read from all hosts.
        assert used <= declared | {"audit_reports_result"}, f"{entry_point} uses what it does not declare"
        assert declared <= used, f"{entry_point} declares what it does not use"


def variables_of(entry_point: str, meaning: dict[str, str]) -> set[str]:
    """Every variable of users that a task file uses: itself, in files that it includes, and by way of internals."""
    texts, seen, files = [], set(), [f"{entry_point}.yml"]
    while files:
        name = files.pop()
        if name not in seen:
            seen.add(name)
            text = (ROLE / "tasks" / name).read_text(encoding="utf-8")
            files += re.findall(r"(?:_tasks: |file: )(\w+\.yml)", text)
            texts.append(text)
    internal = set(re.findall(r"\b_audit_reports_\w+", " ".join(texts)))
    while True:
        more = {each for name in internal for each in re.findall(r"\b_audit_reports_\w+", meaning.get(name, ""))}
        if more <= internal:
            break
        internal |= more
    texts += [meaning.get(name, "") for name in internal]
    return {name for name in re.findall(r"\baudit_reports_\w+", " ".join(texts)) if name in OPTIONS or name in DEFAULTS}


def test_the_readme_says_every_variable_with_its_default() -> None:
    rows = dict(
        re.findall(
            r"^\| `(audit_reports_\w+)` \|([^|]*)\|", (ROLE / "README.md").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert set(rows) == set(OPTIONS)
    for name, default in DEFAULTS.items():
        text = default if isinstance(default, str) else yaml.safe_dump(default, default_flow_style=True).split("\n")[0]
        assert rows[name].strip() == (f"`{text}`" if text not in ("", "[]", "{}") else ""), name


def test_the_permissions_in_the_readme_are_those_that_the_integration_tests_prove() -> None:
    text = (ROLE / "README.md").read_text(encoding="utf-8").partition("\n## Permissions\n")[2].partition("## A host")[0]
    target = ROLE.parents[1] / "tests/integration/targets/role_audit_reports_member_role"
    proved = yaml.safe_load((target / "defaults/main.yml").read_text(encoding="utf-8"))
    hub = {each["Action"] for each in proved["hub_statements"] + proved["alerts_statements"]}
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    said = {action for row in rows for action in re.findall(r"`((?:s3|sts|acm-pca|sns|securityhub):\w+)`", row)}
    assert said == hub | set(proved["member_actions"])
    policy = [action for each in INTERNALS["_audit_reports_member_statements"] for action in listed(each["Action"])]
    assert sorted(policy) == proved["member_actions"]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize(("variable", "option"), SAME_AS_MODULE.items())
def test_the_defaults_are_those_of_the_module(variable: str, option: str) -> None:
    module = yaml.safe_load(acm_pca_audit_report.DOCUMENTATION)["options"][option]
    assert DEFAULTS[variable] == module["default"]
    assert OPTIONS[variable].get("choices") == module.get("choices")


def test_the_template_has_the_permissions_of_the_entry_point() -> None:
    template = load("files/private-ca-audit-role.yaml")
    role = template["Resources"]["Role"]["Properties"]
    *always, conditional = role["Policies"][0]["PolicyDocument"]["Statement"]

    def shape(statement: dict[str, t.Any]) -> tuple[str, t.Any]:
        return statement["Sid"], statement["Action"]

    assert [shape(each) for each in always] == [shape(each) for each in INTERNALS["_audit_reports_member_statements"]]
    writes = INTERNALS["_audit_reports_member_write_statements"]
    assert [shape(conditional["Fn::If"][1])] == [shape(each) for each in writes]
    assert template["Parameters"]["RoleName"]["Default"] == DEFAULTS["audit_reports_role_name"]
    assert (
        template["Parameters"]["MaxSessionDuration"]["Default"] == DEFAULTS["audit_reports_role_max_session_duration"]
    )
