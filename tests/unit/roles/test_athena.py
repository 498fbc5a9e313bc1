# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CloudFormation templates of the role, and the queries for Athena. The integration target dataset runs these."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from cfnlint import lint_file

from project import ToolError
from trino_grammar import refused

ROOT = Path(__file__).resolve().parents[3]
FILES = ROOT / "roles" / "audit_reports" / "files"
QUERIES = sorted((FILES / "athena").glob("*.sql"))
RESOURCES: dict[str, dict[str, t.Any]] = yaml.safe_load((FILES / "athena.yaml").read_text("utf-8"))["Resources"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("template", sorted(FILES.glob("*.yaml")), ids=lambda path: path.name)
def test_cloudformation_accepts_the_template(template: Path) -> None:
    assert [str(match) for match in lint_file(template)] == []


def test_the_table_has_the_documented_schema() -> None:
    documentation = (ROOT / "docs" / "dataset.md").read_text("utf-8").partition("\n## Schema\n")[2]
    columns = RESOURCES["Certificates"]["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    documented = re.findall(r"^\| `(\w+)` \| (\w+) \|", documentation, re.MULTILINE)
    assert [(column["Name"], column["Type"]) for column in columns] == documented
    [version] = re.findall(r"version \d+ of the schema", documentation)
    assert version in RESOURCES["Certificates"]["Properties"]["TableInput"]["Description"].lower()


def test_the_template_has_the_queries() -> None:
    found = {
        each["Properties"]["Name"]: (each["Properties"]["Description"], each["Properties"]["QueryString"])
        for each in RESOURCES.values()
        if each["Type"] == "AWS::Athena::NamedQuery"
    }
    # After the license, which begins with a sentence on what the query finds.
    texts = {path.stem: path.read_text("utf-8").partition("\n\n")[2] for path in QUERIES}
    assert found == {name: (text.splitlines()[0].removeprefix("-- "), text) for name, text in texts.items()}


def test_trino_accepts_the_queries(tmp_path: Path) -> None:
    only_duckdb = tmp_path / "only_duckdb.sql"
    only_duckdb.write_text("select count(*) from certificates where not_after < now() + interval 30 day group by all")
    try:
        found = refused([*QUERIES, only_duckdb])
    except ToolError as e:
        pytest.skip(str(e))
    assert found.pop("only_duckdb.sql")
    assert found == {path.name: [] for path in QUERIES}
