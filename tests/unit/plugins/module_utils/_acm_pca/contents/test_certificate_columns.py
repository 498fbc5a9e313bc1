# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
import typing as t
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import certificate_columns
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificate_columns import (
    ATTRIBUTES,
    CertificateColumns,
    Origin,
    load_arrow,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import API_NAMES, NAMES, Row
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.distinguished_names import (
    parse_distinguished_name,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.reader import Block

pytest.importorskip("pyarrow")

DOCUMENTATION = Path(__file__).parents[6] / "docs" / "dataset.md"
TIME = b"2026-03-02T21:43:57"
ORIGIN = Origin(None, datetime(2026, 11, 23, 12, tzinfo=UTC))


def row_of(**fields: bytes | None) -> Row:
    made: dict[str, bytes | None] = dict.fromkeys(NAMES)
    made |= {"certificate_arn": b"arn", "serial": b"00", "not_before": TIME, "not_after": TIME, "issued_at": TIME}
    return tuple((made | fields).values())


def columns_of(*blocks: list[Row]) -> list[dict[str, t.Any]]:
    """The rows again, as they are in the columns."""
    found: list[dict[str, t.Any]] = []
    columns = CertificateColumns(load_arrow("test"), ORIGIN, lambda batch: found.extend(batch.to_pylist()))
    for rows in blocks:
        columns.add(
            Block(0, dict(enumerate(zip(*rows, strict=True))) if rows else dict.fromkeys(range(len(API_NAMES)), ()))
        )
    columns.finish()
    return found


def test_types() -> None:
    [row] = columns_of([row_of(not_after=b"9999-12-31T23:59:59", not_before=b"0001-01-01T00:00:00")])
    assert (row["not_after"], row["not_before"]) == (
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    )
    assert row["audit_report_created_at"] == ORIGIN.created_at
    assert (row["revoked_at"], row["subject"], row["own_certificate"]) == (None, None, False)
    assert columns_of([], []) == []


def test_nulls_and_lengths() -> None:
    """Over several blocks, with and without nulls, and with texts of the same and of other lengths."""
    reasons = [None, b"KEY_COMPROMISE", None, b"SUPERSEDED", None]
    serials = [b"00", b"0011", b"22", b"", b"\xc3\xa4"]
    rows = [
        row_of(revocation_reason=reason, serial=serial or b"ff", revoked_at=TIME if reason else None)
        for reason, serial in zip(reasons, serials, strict=True)
    ]
    found = columns_of(rows[:2], [], rows[2:], rows)
    assert [row["revocation_reason"] for row in found] == [each and each.decode() for each in reasons] * 2
    assert [row["serial"] for row in found] == ["00", "0011", "22", "ff", "ä"] * 2
    assert [row["revoked_at"] is None for row in found] == [each is None for each in reasons] * 2


def test_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_columns, "_LARGEST_GROUP", 1000)
    sizes: list[int] = []
    columns = CertificateColumns(load_arrow("test"), ORIGIN, lambda batch: sizes.append(batch.num_rows))
    for _again in range(11):
        columns.add(Block(0, dict(enumerate(zip(*[row_of()] * 4, strict=True)))))
    columns.finish()
    assert sizes == [20, 20, 4]


PIECES = st.sampled_from(
    [
        *(f"{name}=" for name in ("CN", "OU", "O", "L", "ST", "C", "DC", "cn", "2.5.4.3", "2.5.4.10", "2.5.4.5", "X")),
        *(
            "a",
            "Example",
            "ä",
            "=",
            ",",
            "+",
            "\\",
            "\\,",
            " ",
            "#",
            "#0c0161",
            "#1303414243",
            '"',
            ";",
            "\n",
            "\0",
            "<",
        ),
    ]
)


@given(st.lists(st.lists(PIECES, max_size=14).map("".join), min_size=1, max_size=8))
@example(["CN=a,O=b", "CN=c,O=d"])
@example(["OU=a,OU=b,CN=x", "CN=y,OU=c"])
@example(["2.5.4.5=#012345678901,CN=www.example.com,OU=Sales,,O=Example Company"])
@example(["CN=", "CN=,CN=a", " CN=a", "CN=a ", "CN=a, O=b", "CN =a", "O=Example\\, Inc.,CN=#0c0161"])
def test_attributes_are_those_of_the_parser(subjects: list[str]) -> None:
    found = columns_of([row_of(subject=subject.encode() or None) for subject in subjects])
    for subject, row in zip(subjects, found, strict=True):
        first: dict[str, str] = {}
        for attribute in parse_distinguished_name(subject):
            first.setdefault(attribute["type"], attribute["value"])
        assert {name: row[column] for name, column in ATTRIBUTES.items()} == {
            name: first.get(name) or None for name in ATTRIBUTES
        }


def test_pandas_is_not_imported() -> None:
    """It takes more memory and time than the rest."""
    name = CertificateColumns.__module__
    rows = [row_of(subject=b"CN=#0c0161"), row_of(subject=b"CN=b")]
    code = (
        f"import datetime, sys, {name} as c, {name.replace('certificate_columns', 'reader')} as r\n"
        "origin = c.Origin(None, datetime.datetime.now(datetime.timezone.utc))\n"
        "columns = c.CertificateColumns(c.load_arrow('test'), origin, lambda batch: print(batch.num_rows))\n"
        f"columns.add(r.Block(0, {dict(enumerate(zip(*rows, strict=True)))}))\n"
        "columns.finish()\n"
        "print('pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["2", "False"], "")


def test_every_column_is_documented() -> None:
    arrow = load_arrow("test")
    kinds = {"string": "string", "timestamp[ms, tz=UTC]": "timestamp", "bool": "boolean"}
    table = DOCUMENTATION.read_text(encoding="utf-8").partition("## Schema")[2]
    documented = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    assert [(name.strip(" `"), kind.strip()) for name, kind in documented] == [
        (field.name, kinds[str(field.type)]) for field in certificate_columns.schema_of(arrow)
    ]
    assert f"version {certificate_columns.SCHEMA_VERSION} of the schema" in table
