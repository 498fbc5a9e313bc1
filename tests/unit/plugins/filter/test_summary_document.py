# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/summary-document.md describes the documents that the filter audit_summary really returns."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.filter.audit_summary import FilterModule
from project import ROOT
from sample_fleet import NOW, arn_of, sample_fleet

PAGE = (ROOT / "docs" / "summary-document.md").read_text(encoding="utf-8")
# A key, its type, and its example, which objects and lists of objects lack.
ROWS: dict[str, tuple[str, str]] = {
    key: (kind, example)
    for key, kind, example in re.findall(
        r"^\| `([a-z0-9_.\[\]]+)` \| ([a-z]+(?: of objects)?(?: or null)?) \| [^|]+ \| ?(?:`([^`|]+)` )?\|$",
        PAGE,
        re.MULTILINE,
    )
}

audit_summary = FilterModule().filters()["audit_summary"]
SAMPLE = audit_summary(**sample_fleet().arguments(), now=NOW)
# What the sample lacks: a CA that nobody asked a report of, one that failed, one whose tags are not known, and a task
# that failed.
OTHER = audit_summary(
    [
        {"msg": "The bucket does not exist."},
        {
            "audit_reports": [
                {
                    "certificate_authority_arn": arn_of("111122223333", "us-east-1", 2),
                    "s3_key": "audit-report/x/y.json",
                    "created_at": "2026-11-23T08:00:00Z",
                    "summary": {"issued": 1},
                    "error": {"code": "AccessDeniedException", "message": "Failed to list the tags."},
                },
                *(
                    {
                        "certificate_authority_arn": arn_of("111122223333", "us-east-1", number),
                        "certificate_authority": {"status": status},
                    }
                    for number, status in enumerate(["ACTIVE", "FAILED"])
                ),
            ]
        },
    ],
    now=NOW,
)
DOCUMENTS = (SAMPLE, OTHER)


def values_of(value: t.Any, key: str = "") -> t.Iterator[tuple[str, t.Any]]:
    """Every key of a document as the page writes it, with its value. What is in a map depends on the data."""
    if isinstance(value, list):
        for each in value:
            yield from values_of(each, f"{key}[]")
    elif isinstance(value, dict) and not ROWS.get(key, ("", ""))[0].startswith("map"):
        for name, each in value.items():
            member = f"{key}.{name}" if key else name
            yield member, each
            yield from values_of(each, member)


def is_integer(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def fits(value: t.Any, kind: str) -> bool:
    kind, _or, nothing = kind.partition(" or ")
    if value is None:
        return nothing == "null"
    if kind == "integer":
        return is_integer(value)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "map":
        return isinstance(value, dict) and all(is_integer(each) for each in value.values())
    if kind == "object":
        return isinstance(value, dict)
    if kind == "list of objects":
        return isinstance(value, list) and all(isinstance(each, dict) for each in value)
    patterns = {"string": r".+", "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "month": r"\d{4}-\d\d"}
    return isinstance(value, str) and re.fullmatch(patterns[kind], value) is not None


def listed(heading: str) -> dict[str, str]:
    """The first two columns of the table below a heading."""
    section = PAGE.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))


def test_every_key_is_described_and_no_other() -> None:
    assert {key for key, _value in values_of(SAMPLE)} == set(ROWS)
    assert {key for key, _value in values_of(OTHER)} <= set(ROWS)


@pytest.mark.parametrize("key", ROWS)
def test_every_value_has_the_type_that_is_described(key: str) -> None:
    values = [value for document in DOCUMENTS for each, value in values_of(document) if each == key]
    kind, example = ROWS[key]
    assert values
    assert [value for value in values if not fits(value, kind)] == []
    if kind.startswith(("object", "list")):
        assert not example
    else:
        assert json.loads(example) is not None and fits(json.loads(example), kind)


def test_the_version_is_described() -> None:
    assert f"describes version {SAMPLE['schema_version']} of" in PAGE
    assert json.loads(ROWS["schema_version"][1]) == SAMPLE["schema_version"]


def test_every_kind_is_described_with_its_severities() -> None:
    kinds = listed("Kinds")
    found = {(item["kind"], item["severity"]) for document in DOCUMENTS for item in document["attention"]}
    assert {kind for kind, _severity in found} == set(kinds)
    assert all(severity in kinds[kind].split(", ") for kind, severity in found)


def test_every_state_of_a_report_is_described() -> None:
    found = {row["report"]["state"] for document in DOCUMENTS for row in document["certificate_authorities"]}
    assert found == set(listed("States of reports"))
