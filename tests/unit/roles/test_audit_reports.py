# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's files against each other: argument specification, defaults, README, entry points, CloudFormation."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import jinja2
import pytest
import yaml

from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "audit_reports"

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
CONSTANTS: dict[str, t.Any] = load("vars/main.yml")
OPTIONS = {name: option for spec in SPECS.values() for name, option in spec["options"].items()}


def test_the_defaults_are_those_of_the_specification() -> None:
    said = {
        name: option["default"]
        for spec in SPECS.values()
        for name, option in spec["options"].items()
        if "default" in option
    }
    assert said == DEFAULTS


def test_every_option_has_a_default_or_is_required_somewhere() -> None:
    without = {name for name in OPTIONS if name not in DEFAULTS}
    assert without == {"audit_reports_bucket_name"}
    assert SPECS["main"]["options"]["audit_reports_bucket_name"]["required"] is True


@pytest.mark.parametrize("entry_point", SPECS)
def test_an_option_means_the_same_in_every_entry_point(entry_point: str) -> None:
    for name, option in SPECS[entry_point]["options"].items():
        # Two are only required somewhere.
        only_required = name in ("audit_reports_bucket_name", "audit_reports_summary_directory")
        if name in SPECS["main"]["options"] and not only_required:
            assert option == SPECS["main"]["options"][name]


def test_every_entry_point_is_a_file_and_every_other_file_is_internal() -> None:
    files = {path.stem for path in (ROLE / "tasks").glob("*.yml")}
    assert {name for name in files if not name.startswith("_")} == set(SPECS)


def used_by(entry_point: str) -> set[str]:
    """Every variable of users that an entry point uses: itself, in files that it includes, and in templates."""
    texts, seen, files = [], set(), [f"tasks/{entry_point}.yml"]
    while files:
        name = files.pop()
        if name not in seen:
            seen.add(name)
            text = (ROLE / name).read_text(encoding="utf-8")
            files += [f"tasks/{each}" for each in re.findall(r"(?:_tasks: |')(\w+\.yml)", text)]
            files += [f"templates/{each}" for each in re.findall(r"\w+\.json\.j2", text)]
            texts.append(text)
    return {name for name in re.findall(r"\baudit_reports_\w+", " ".join(texts)) if name in DEFAULTS or name in OPTIONS}


@pytest.mark.parametrize("entry_point", SPECS)
def test_an_entry_point_declares_every_variable_that_it_uses(entry_point: str) -> None:
    assert used_by(entry_point) == set(SPECS[entry_point]["options"])


def test_task_files_are_few_and_short() -> None:
    files = list((ROLE / "tasks").glob("*.yml"))
    assert len(files) <= 15
    long = {path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) >= 40}
    assert long == set()


def test_old_names_are_refused_with_the_new_one() -> None:
    renamed = CONSTANTS["_audit_reports_renamed"]
    assert not set(renamed) & set(OPTIONS)
    for old, sentence in renamed.items():
        assert sentence.startswith(f"{old} is now ") and sentence.endswith(".")
        assert set(re.findall(r"audit_reports_\w+", sentence)) - {old} <= set(OPTIONS)


def test_the_readme_says_every_variable_with_its_default() -> None:
    text = (ROLE / "README.md").read_text(encoding="utf-8").partition("\n## Variables\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(audit_reports_\w+)` \|([^|]*)\|", text, re.MULTILINE))
    assert set(rows) == set(OPTIONS)
    for name, default in DEFAULTS.items():
        text = default if isinstance(default, str) else yaml.safe_dump(default, default_flow_style=True).split("\n")[0]
        shown = "[three rules](#rules)" if name == "audit_reports_rules" else f"`{text}`"
        assert rows[name].strip() == (shown if text not in ("", "[]", "{}") else ""), name


def test_the_readme_shows_the_default_rules() -> None:
    text = (ROLE / "README.md").read_text(encoding="utf-8").partition("\n## Rules\n")[2]
    shown = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    assert shown["audit_reports_rules"] == DEFAULTS["audit_reports_rules"]


def test_the_permissions_in_the_readme_are_those_that_the_integration_tests_prove() -> None:
    text = (ROLE / "README.md").read_text(encoding="utf-8").partition("\n## Permissions\n")[2].partition("## A host")[0]
    target = ROLE.parents[1] / "tests/integration/targets/role_audit_reports_member_role"
    proved = yaml.safe_load((target / "defaults/main.yml").read_text(encoding="utf-8"))
    hub = {each["Action"] for each in proved["hub_statements"] + proved["alerts_statements"]}
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    said = {action for row in rows for action in re.findall(r"`((?:s3|sts|acm-pca|sns|securityhub):\w+)`", row)}
    assert said == hub | set(proved["member_actions"])
    policy = [action for each in member_statements(write=False) for action in listed(each["Action"])]
    assert sorted(policy) == proved["member_actions"]


def member_statements(*, write: bool) -> list[dict[str, t.Any]]:
    """The statements of the policy of a member's role."""
    environment = jinja2.Environment(trim_blocks=True, autoescape=False)  # noqa: S701
    environment.filters["bool"] = bool
    text = environment.from_string((ROLE / "templates/member_policy.json.j2").read_text(encoding="utf-8")).render(
        audit_reports_role_managed_policy=False,
        audit_reports_member_write=write,
        audit_reports_bucket_name="bucket",
        _audit_reports_partition="aws",
        _audit_reports_home="111122223333",
    )
    return t.cast("list[dict[str, t.Any]]", json.loads(text)["Statement"])


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

    found = [shape(each) for each in member_statements(write=True)]
    assert [*map(shape, always), shape(conditional["Fn::If"][1])] == found
    assert template["Parameters"]["RoleName"]["Default"] == DEFAULTS["audit_reports_role_name"]
    assert (
        template["Parameters"]["MaxSessionDuration"]["Default"] == DEFAULTS["audit_reports_role_max_session_duration"]
    )


# These actions do not support resources, or only by what nobody can know before.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_RESOURCES = {"account:ListRegions", "acm-pca:ListCertificateAuthorities", "securityhub:GetFindings"}


def documented_statements() -> list[dict[str, t.Any]]:
    """The statements of all policies that the project gives to people: in templates, and in the documentation."""
    role = load("files/private-ca-audit-role.yaml")["Resources"]["Role"]["Properties"]
    written = [each.get("Fn::If", [None, each])[1] for each in role["Policies"][0]["PolicyDocument"]["Statement"]]
    statements = [*written, *role["AssumeRolePolicyDocument"]["Statement"], *member_statements(write=True)]
    for file in (*ROOT.glob("docs/docsite/rst/*.rst"), *ROOT.glob("*.md"), *ROLE.glob("*.md")):
        blocks = r"^(?:```json|\.\. code-block:: json\n)\n(.*?)^(?:```|(?=\S)|\Z)"
        for block in re.findall(blocks, file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            if '"Effect"' in block:
                document = json.loads(block)
                statements += document.get("Statement", [document])
    return statements


def test_no_documented_policy_allows_more_than_it_names() -> None:
    statements = documented_statements()
    assert len(statements) >= 14
    for statement in statements:
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement)
        for action in listed(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), action
            # Also what is only a part of an ARN is followed by something.
            assert "*" not in listed(statement.get("Resource", [])) or action in WITHOUT_RESOURCES, action
        assert statement.get("Principal") != "*"
        assert "*" not in str(statement.get("Principal", ""))


def test_the_tables_of_permissions_name_every_action_and_resource() -> None:
    rows = []
    for file in (ROOT / "README.md", ROLE / "README.md"):
        for line in file.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            actions = re.findall(r"`([a-z0-9-]+:[A-Za-z*]+)`", cells[0]) if line.startswith("| `") else []
            rows += [(action, cells[1]) for action in actions]
    assert len(rows) > 15
    assert [action for action, _resource in rows if "*" in action] == []
    assert {action for action, resource in rows if resource.startswith("`*`")} <= WITHOUT_RESOURCES
