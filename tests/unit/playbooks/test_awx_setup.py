# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook awx_setup says of the role, against the role, and of its variables, against its documentation."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]


def load(path: str) -> t.Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


SPECS: dict[str, dict[str, t.Any]] = load("roles/audit_reports/meta/argument_specs.yml")["argument_specs"]
(PLAY,) = load("playbooks/awx_setup.yml")
TASKS: list[dict[str, t.Any]] = load("playbooks/tasks/awx_setup/present.yml")
(TEMPLATES,) = [task for task in TASKS if task["name"] == "Create the job templates and the workflow"]
QUESTIONS: dict[str, dict[str, t.Any]] = {
    name: value for name, value in TEMPLATES["vars"].items() if isinstance(value, dict) and "variable" in value
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_question_offers_what_the_role_accepts(question: dict[str, t.Any]) -> None:
    option = SPECS["main"]["options"][question["variable"]]
    choices = ["true", "false"] if option["type"] == "bool" else option.get("choices")
    assert question.get("choices") == choices
    match = re.fullmatch(
        r"\{\{ awx_setup_variables\.(\w+) \| default\('(\w*)'\)( \| string \| lower)? \}\}", question["default"]
    )
    assert match is not None
    assert match[1] == question["variable"]
    default = option["default"]
    assert match[2] == (str(default).lower() if option["type"] == "bool" else default)


@pytest.mark.parametrize("template", TEMPLATES["block"][0]["loop"], ids=lambda template: template["playbook"])
def test_a_job_template_asks_for_variables_of_its_entry_point(template: dict[str, t.Any]) -> None:
    (imported,) = load(f"extensions/awx/{template['playbook']}.yml")
    (play,) = load(f"playbooks/{imported['ansible.builtin.import_playbook'].removeprefix('cloudpki.aws.')}.yml")
    entry_point = play["tasks"][-1]["ansible.builtin.import_role"].get("tasks_from", "main")
    for text in template.get("survey", []):
        question = QUESTIONS[text.strip("{} ")]
        assert question["variable"] in SPECS[entry_point]["options"]


def test_the_documentation_lists_every_variable() -> None:
    documentation = (ROOT / "docs" / "awx_setup.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(awx_setup_\w+)` \|", documentation, re.MULTILINE)
    assert documented == [name for name in PLAY["vars"] if name.startswith("awx_setup_")]


def test_the_documentation_lists_every_name() -> None:
    documentation = (ROOT / "docs" / "awx_setup.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| [^|]* \| `(\w+)` \| `PREFIX(.*?)` \|", documentation, re.MULTILINE)
    names = {name: text.replace("{{ awx_setup_prefix }}", "") for name, text in PLAY["vars"]["default_names"].items()}
    assert dict(documented) == names
