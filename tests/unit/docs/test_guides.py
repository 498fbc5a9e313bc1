# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guides list, compared with the code and with the policies that the integration tests use."""

from __future__ import annotations

import ast
import json
import re
import typing as t

import yaml

from ansible_collections.cloudpki.aws.plugins.module_utils._aws import errors
from documents import examples
from project import ROOT

GUIDES = "docs/docsite/rst"
TEMPLATE = "roles/audit_reports/files/private-ca-audit-role.yaml"
TESTED = "tests/integration/targets/role_audit_reports_member_role/defaults/main.yml"


def own_codes() -> set[str]:
    """Every code that is written as such where a problem is made."""
    found = set()
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem" and node.args:
                code = node.args[0]
                found |= {str(code.value)} if isinstance(code, ast.Constant) else set()
    return found


def test_the_guide_explains_every_code() -> None:
    page = (ROOT / GUIDES / "guide_troubleshooting.rst").read_text(encoding="utf-8")
    cells = re.findall(r"^   \* - (.*\n(?:       .*\n)*)", page, re.MULTILINE)
    explained = [code for cell in cells for code in re.findall("``(.+?)``", cell)]
    assert len(explained) == len(set(explained))
    assert own_codes() == {code for code in own_codes() if code in explained}
    # What the messages advise about, as AWS and its SDK call it.
    known = [value for value in vars(errors).values() if isinstance(value, frozenset)]
    assert frozenset().union(*known) - set(explained) == set()


def without_names(statement: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A statement, whatever it is called, and whatever bucket it is about."""
    text = json.dumps({key: value for key, value in statement.items() if key != "Sid"})
    return dict(json.loads(text.replace("role-least-bucket", "example-corp-pca-audit-reports")))


def test_the_guide_has_the_policies_that_are_tested() -> None:
    member, trust, hub = (json.loads(text) for text in examples(f"{GUIDES}/guide_permissions.rst", "json"))
    role = yaml.safe_load((ROOT / TEMPLATE).read_text(encoding="utf-8"))["Resources"]["Role"]["Properties"]
    find, audit, _writes = role["Policies"][0]["PolicyDocument"]["Statement"]
    audit["Resource"] = audit["Resource"]["Fn::Sub"].replace("${AWS::Partition}", "aws")
    audit["Resource"] = audit["Resource"].replace("${AWS::AccountId}", "111122223333")
    assert member["Statement"] == [find, audit]
    assert trust["Statement"][0].keys() == role["AssumeRolePolicyDocument"]["Statement"][0].keys()

    tested = yaml.safe_load((ROOT / TESTED).read_text(encoding="utf-8"))["hub_statements"]
    assert [without_names(each) for each in hub["Statement"]] == [without_names(each) for each in tested]


def test_the_guide_installs_the_moto_that_the_local_aws_changes() -> None:
    pinned = re.findall(r"^(moto\[server\]==\S+)$", (ROOT / "tests/requirements.txt").read_text("utf-8"), re.MULTILINE)
    page = (ROOT / GUIDES / "guide_testing.rst").read_text(encoding="utf-8")
    assert re.findall(r"'(moto\[server\]==\S+)'", page) == pinned
