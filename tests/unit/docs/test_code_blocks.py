# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every block of code on every page, and the examples of plugins: parsed, and compared with what they use.

Others run: the README's task and the guide to a first report by `make installed`, the pages of playbooks in
tests/integration/targets/playbooks.
"""

from __future__ import annotations

import csv
import functools
import itertools
import json
import re
import shlex
import subprocess
import typing as t
from pathlib import Path

import botocore.session
import duckdb
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from botocore import xform_name

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.csv_file import COLUMNS
from documents import Block, blocks_of, pages
from local_aws import seed_file
from project import ROOT, clean_environment, program

OURS = "cloudpki.aws."
ROLE = OURS + "audit_reports"
EXAMPLES = {"module": "modules", "filter": "filter", "inventory": "inventory"}  # by type, the folders of our plugins
FULL_NAME = re.compile(r"^[ -]*((?:ansible|amazon|community|awx|cloudpki)\.\w+\.\w+):", re.MULTILINE)


def our_plugins(kind: str) -> list[str]:
    return [OURS + path.stem for path in sorted((ROOT / "plugins" / EXAMPLES[kind]).glob("[!_]*.py"))]


@functools.cache
def documentation(kind: str) -> dict[str, t.Any]:
    """By name, what ansible-doc says of our plugins, and of every module that is used on a page or in an example."""
    names = set(our_plugins(kind))
    if kind == "module":
        texts = [(ROOT / page).read_text(encoding="utf-8") for page in pages()]
        texts += [each["examples"] or "" for other in ("filter", "inventory") for each in documentation(other).values()]
        texts += [path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "modules").glob("*.py")]
        names.update(*map(FULL_NAME.findall, texts))
    command = [program("ansible-doc"), "--json", "--type", kind, *sorted(names)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=120, check=True)
    return dict(json.loads(done.stdout))


def options_of(module: str) -> dict[str, t.Any]:
    assert module in documentation("module"), f"there is no module {module}"
    return documentation("module")[module]["doc"].get("options") or {}


def role_options(entry_point: str) -> dict[str, t.Any]:
    specs = yaml.safe_load((ROOT / "roles/audit_reports/meta/argument_specs.yml").read_text(encoding="utf-8"))
    return dict(specs["argument_specs"][entry_point]["options"])


def is_template(value: object) -> bool:
    return isinstance(value, str) and "{{" in value


def spec_of(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Documented options as an argument spec, in which nothing is required."""
    spec = {}
    for name, option in options.items():
        spec[name] = {key: option[key] for key in ("type", "elements", "aliases") if option.get(key)}
        if option.get("choices"):
            spec[name]["choices"] = list(option["choices"])  # may be documented one by one
        # Of modules, and of roles.
        inner = option.get("suboptions") or option.get("options")
        if inner:
            spec[name]["options"] = spec_of(inner)
    return spec


def check_arguments(arguments: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any], where: str) -> None:
    """Values that are templates are only known when they are used."""
    missing = [
        name
        for name, option in options.items()
        if option.get("required") and not {name, *option.get("aliases", ())} & arguments.keys()
    ]
    plain = {name: value for name, value in arguments.items() if not is_template(value) or name not in options}
    problems = [*missing, *ArgumentSpecValidator(spec_of(options)).validate(plain).error_messages]
    assert problems == [], f"{where}: {problems}"


def check_tasks(tasks: t.Sequence[t.Any], where: str) -> None:
    for task in tasks:
        inner = [task[key] for key in ("block", "rescue", "always", "tasks", "pre_tasks", "handlers") if key in task]
        for each in inner:
            check_tasks(each, where)
        for group, defaults in task.get("module_defaults", {}).items():
            assert group == f"group/{OURS}aws", where
            check_arguments(defaults, options_of(OURS + "acm_pca_audit_report") | {"s3_bucket_name": {}}, where)
        if inner or "import_playbook" in task or "ansible.builtin.import_playbook" in task:
            continue
        modules = [name for name in task if name.count(".") >= 2]
        assert len(modules) == 1, f"{where}: which module? {list(task)}"
        module, arguments = modules[0], task[modules[0]] or {}
        if module.endswith(("include_role", "import_role")) and arguments["name"] == ROLE:
            options = role_options(arguments.get("tasks_from", "main"))
            # Other variables may be set elsewhere, as those that are required.
            known = {name: option | {"required": False} for name, option in options.items()}
            check_arguments(task.get("vars", {}), known, where)
        elif module not in ("ansible.builtin.set_fact", "ansible.builtin.include_tasks", "ansible.builtin.set_stats"):
            check_arguments(arguments, options_of(module), where)


def check_yaml(text: str, where: str) -> None:
    for document in yaml.safe_load_all(text):
        rules = options_of(OURS + "acm_pca_audit_report_info")["rules"]["suboptions"]
        if isinstance(document, list):
            check_tasks(document, where)
        elif "plugin" in document:
            check_arguments(document, documentation("inventory")[document["plugin"]]["doc"]["options"], where)
        elif any(name.startswith("audit_reports_") for name in document):
            options = {}
            for entry_point in ("main", "member_role"):
                options |= role_options(entry_point)
            check_arguments(document, {name: option | {"required": False} for name, option in options.items()}, where)
            for rule in document.get("audit_reports_rules", ()):
                check_arguments(rule, rules, where)
        elif "accounts" in document and "name" in document["accounts"][0]:
            seed_file.parse(text)
        elif "name" in document and len(document) > 1:
            check_arguments(document, rules, where)


def check_command(words: t.Sequence[str], where: str) -> None:
    name = Path(words[0]).name
    if name == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        for word in words[1:]:
            assert word in targets or "=" in word, f"{where}: make knows no {word}"
    for word in words:
        if name == "ansible-playbook" and word.startswith(OURS):
            assert (ROOT / "playbooks" / f"{word.removeprefix(OURS)}.yml").is_file(), f"{where}: {word}"
        if re.match(r"(tests|docs|roles|plugins|changelogs)/", word):
            assert (ROOT / word).exists(), f"{where}: {word} does not exist"
    variables = [word.partition("=")[0] for before, word in itertools.pairwise(words) if before == "-e"]
    for variable in variables:
        if variable.startswith("audit_reports_") and variable != "audit_reports_hosts":
            assert variable in role_options("main") | role_options("member_role"), f"{where}: there is no {variable}"
    if name == "aws" and words[1] != "s3":
        model = botocore.session.get_session().get_service_model(words[1])
        names = {xform_name(name, "-") for name in model.operation_names}
        assert words[2] in names | {"deploy", "wait"}, f"{where}: aws {words[1]} has no {words[2]}"
    if name == "ansible-doc" and "role" not in words:
        assert words[-1] in documentation(words[words.index("-t") + 1] if "-t" in words else "module"), where


def check_shell(text: str, where: str) -> None:
    subprocess.run(["bash", "-n"], input=text, text=True, check=True, timeout=30)
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words:
            check_command(words, where)


def check_block(block: Block) -> None:
    if block.language in ("yaml", "yaml+jinja"):
        check_yaml(block.text, str(block))
    elif block.language in ("shell", "console", "bash", "sh"):
        check_shell(block.text, str(block))
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "python":
        compile(block.text, str(block), "exec")


# Not one for each page: Ansible's documentation would be read in every worker.
def test_code_blocks() -> None:
    for page in pages():
        for block in blocks_of(page):
            check_block(block)
    for kind in EXAMPLES:
        for name in our_plugins(kind):
            check_yaml(documentation(kind)[name]["examples"], name)


def test_questions_in_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = dict.fromkeys(COLUMNS, "")
    row |= {"aws_account_id": "011122223333", "subject": "CN=other.example.net", "status": "valid"}
    row |= dict.fromkeys(("not_before", "not_after", "issued_at"), "2026-11-01T00:00:00Z")
    ended = {"status": "revoked", "revoked_at": "2026-11-05T00:00:00Z", "revocation_reason": "KEY_COMPROMISE"}
    with Path("certificates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for authority in ("a", "b"):
            writer.writerow(row | {"certificate_arn": f"{authority}/certificate/1", "serial": authority})
        writer.writerow(row | ended | {"certificate_arn": "a/certificate/2", "serial": "c"})

    queries = [block.text for block in blocks_of("docs/docsite/rst/guide_rules.rst") if block.language == "sql"]
    assert [duckdb.sql(query).fetchall() for query in queries] == [
        [("a", "CN=other.example.net"), ("b", "CN=other.example.net")],
        [("CN=other.example.net", 2)],
        [("011122223333", "2026-11", 3)],
        [("KEY_COMPROMISE", 1, 4.0)],
    ]
