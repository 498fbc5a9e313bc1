# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import tracemalloc
import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import (
    csv_parser,
    json_parser,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import API_NAMES, normal_form
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.fast_parser import SUMMARY_FIELDS
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.reader import read_blocks

from .builders import (
    DOCUMENTED_CSV,
    DOCUMENTED_JSON,
    HEADER,
    ROWS,
    Values,
    as_csv,
    as_json,
    read,
    read_in_every_way,
    usual,
)

thorough = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def expected(rows: list[Values]) -> list[tuple[bytes | None, ...]]:
    def value(name: str, text: str) -> bytes | None:
        if name in ("notBefore", "notAfter", "issuedAt", "revokedAt"):
            return text[:19].encode() or None
        return text.encode() or None

    return [tuple(value(name, row[name]) for name in API_NAMES) for row in rows]


# --- what is right


def test_the_examples_of_the_documentation() -> None:
    by_csv, by_json = read_in_every_way(DOCUMENTED_CSV, "CSV"), read_in_every_way(DOCUMENTED_JSON, "JSON")
    assert by_csv == by_json
    assert (by_csv.bad, by_csv.damage) == ([], None)
    first, second = (normal_form(row, b"2026-11-23T12:00:00") for row in by_csv.rows)
    assert first["requested_by_service_principal"] is None
    assert first["issued_at"] == "2020-03-02T22:43:58Z"
    # A reason alone revokes nothing.
    assert (first["revoked_at"], first["revocation_reason"], first["status"]) == (None, "UNSPECIFIED", "expired")
    assert first["subject_attributes"][0] == {"type": "serialNumber", "value": "#012345678901"}
    assert first["subject_attributes"][8] == {"type": "CN", "value": "www.example1.com"}
    assert second["requested_by_service_principal"] == "acm.amazonaws.com"
    assert second["serial"] == "ff:ee:dd:cc:bb:aa:99:88:77:66:55:44:33:22:11:00"


@thorough
@given(st.lists(ROWS, max_size=12), st.sampled_from([1 << 20, 700, 64, 7]), st.data())
def test_what_is_written_is_read_in_either_format(rows: list[Values], piece: int, data: st.DataObject) -> None:
    separators = data.draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    indent = data.draw(st.sampled_from([None, None, 2]))
    by_json = read_in_every_way(as_json(rows, separators, indent), "JSON", piece)
    assert (by_json.bad, by_json.damage) == ([], None)
    assert by_json.rows == expected(rows)
    by_csv = read_in_every_way(as_csv(rows, data.draw(st.sampled_from(["\n", "\r\n"]))), "CSV", piece)
    assert by_csv == by_json


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_ca_that_has_issued_nothing(mark: bytes) -> None:
    for data, response_format in ((b"[]", "JSON"), (b" [\n] \n", "JSON"), (f"{HEADER}\n".encode(), "CSV")):
        outcome = read_in_every_way(mark + data, response_format)
        assert (outcome.rows, outcome.bad, outcome.damage) == ([], [], None)
    assert read_in_every_way(mark + HEADER.encode(), "CSV").damage is None


def test_other_names_columns_and_spellings() -> None:
    row = {**usual(), "revokedAt": "2026-03-04T05:06:07.123+02:00", "notBefore": "2026-01-01T00:00:00Z"}
    row["notAfter"] = "2028-02-29T00:00:00-0530"
    outcome = read_in_every_way(as_json([{"new": "field", **row}, usual(2)]), "JSON")
    assert outcome.bad == []
    assert outcome.rows[0][8] == b"2026-03-04T03:06:07"
    assert outcome.rows[0][6] == b"2028-02-29T05:30:00"
    lines = as_csv([row, usual(2)]).decode().splitlines()
    turned = "".join(f"new,{line}\n" for line in lines).encode()
    assert read_in_every_way(turned, "CSV").rows == outcome.rows
    null = json.dumps([{**{name: value or None for name, value in row.items()}}, usual(2)]).encode()
    assert read_in_every_way(null, "JSON").rows == outcome.rows


def test_blocks_of_usual_rows_are_read_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """An odd row here and there does not make the others slow."""
    rows = [usual(number) for number in range(3000)]
    rows[1000]["subject"] = 'CN=say "hello"\u2028\t'
    rows[2000]["notAfter"] = "2028-02-29T00:00:00+0000"
    strict = []
    for module in (csv_parser, json_parser):
        checked = module.check_row
        monkeypatch.setattr(module, "check_row", lambda row, check=checked: strict.append(row) or check(row))
    for data, response_format in ((as_json(rows), "JSON"), (as_csv(rows), "CSV")):
        strict.clear()
        assert read(data, response_format, fast=True).rows == expected(rows)
        assert len(strict) < 10


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_stray_quote(place: int) -> None:
    """It may be a part of a text for csv, and still makes it uncertain where the row ends."""
    first, second, third = as_csv([usual(1), usual(2), usual(3)])[len(HEADER) + 1 :].splitlines(keepends=True)
    second = second[:place] + b'"' + second[place:]
    outcome = read_in_every_way(HEADER.encode() + b"\n" + first + second + third, "CSV")
    assert (len(outcome.rows), len(outcome.bad)) == (2, 1)
    assert outcome.bad[0].startswith("Line 3: ")


def test_the_certificate_of_the_ca_itself_is_counted_apart() -> None:
    root = "arn:aws:acm-pca:::template/RootCACertificate/V1"
    rows = [
        {**usual(1), "templateArn": root, "notAfter": "2026-11-24T00:00:00+0000"},
        usual(2),
        {**usual(3), "templateArn": "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1"},
    ]
    alone = read_in_every_way(as_csv(rows[1:]), "CSV").summary
    for data, response_format in ((as_csv(rows), "CSV"), (as_json(rows), "JSON")):
        outcome = read_in_every_way(data, response_format)
        assert len(outcome.rows) == 3
        assert outcome.summary == {**alone, "own_certificates": 1}
    only = read_in_every_way(as_csv(rows[:1]), "CSV").summary
    assert (only["issued"], only["own_certificates"], only["first_issued_at"]) == (0, 1, None)


@pytest.mark.parametrize("reason", ["KEY_COMPROMISE", "CA_COMPROMISE", "A_A_COMPROMISE", "AA_COMPROMISE"])
def test_compromises(reason: str) -> None:
    rows = [usual(1, revokedAt="2026-11-01T00:00:00+0000", revocationReason=reason)]
    assert len(read_in_every_way(as_csv(rows), "CSV").summary["key_compromises"]) == 1


# --- quotes in subjects, of which it is not known how AWS writes them

ESCAPINGS: tuple[t.Callable[[str], str], ...] = (
    lambda subject: subject.replace('"', '""'),
    lambda subject: subject.replace("\\", "\\\\").replace('"', '\\"'),
    lambda subject: subject,
)


def with_subject(written: str, line_end: str = "\n") -> bytes:
    """Three rows, of which the second has this between the quotes of its subject."""
    data = as_csv([usual(1), {**usual(2), "subject": "MARK"}, usual(3)], line_end)
    return data.replace(b"MARK", written.encode())


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ('CN=say ""hi"",O=x', 'CN=say "hi",O=x'),
        ('CN=say \\"hi\\",O=x', 'CN=say "hi",O=x'),
        ('CN=say "hi",O=x', 'CN=say "hi",O=x'),
        # Escaped as RFC 4514 has it, and the comma shows that it was not the CSV's escape.
        ('CN=say \\"hi\\"\\, he said,O=x', 'CN=say \\"hi\\"\\, he said,O=x'),
        ('CN=5" pipe', 'CN=5" pipe'),
        ('"', '"'),
        ('CN=a","CN=b', 'CN=a","CN=b'),
        # What would be another certificate, if its subject ended at its first quote.
        (
            'CN=a",2020-01-01T00:00:00+0000,2099-01-01T00:00:00+0000,2020-01-01T00:00:00+0000,,"",x',
            'CN=a",2020-01-01T00:00:00+0000,2099-01-01T00:00:00+0000,2020-01-01T00:00:00+0000,,"",x',
        ),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_quotes_in_a_subject(written: str, subject: str, line_end: str) -> None:
    outcome = read_in_every_way(with_subject(written, line_end), "CSV")
    assert (outcome.rows, outcome.bad) == (expected([usual(1), {**usual(2), "subject": subject}, usual(3)]), [])


def test_a_quote_in_the_last_row_and_in_other_columns() -> None:
    data = as_csv([usual(1), {**usual(2), "subject": "MARK"}]).replace(b"MARK", b'CN=5" pipe')
    assert len(read_in_every_way(data.rstrip(b"\n"), "CSV").rows) == 2
    names = [name for name in API_NAMES if name not in ("requestedByServicePrincipal", "templateArn")]
    lines = [line.decode().split(",") for line in as_csv([usual(1)]).splitlines()]
    kept = [index for index, name in enumerate(API_NAMES) if name in names]
    cells = [lines[1][0], "", *lines[1][2:4], '"CN=5" pipe"', *lines[1][-6:]]
    data = ",".join(names).encode() + b"\n" + ",".join(cells[index] for index in kept).encode() + b"\n"
    assert [row[4] for row in read_in_every_way(data, "CSV").rows] == [b'CN=5" pipe']


def test_a_subject_with_line_breaks_is_not_taken_for_rows() -> None:
    """Where quotes are doubled, whatever a subject says is its own, however bad the row is otherwise."""
    row = as_csv([usual(9)])[len(HEADER) + 1 :].decode()
    inner = f'CN=a"\n{row}x'.replace('"', '""')
    assert [row[3][-1:] for row in read_in_every_way(with_subject(inner), "CSV").rows if row[3]] == [b"1", b"2", b"3"]


@thorough
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
    | st.text('"\\,\r\n x=', max_size=12)
    | st.text('"\\,', max_size=6),
    st.sampled_from(ESCAPINGS),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_subject_comes_back_or_is_refused_by_itself(
    subject: str, escape: t.Callable[[str], str], line_end: str
) -> None:
    written = escape(subject)
    outcome = read_in_every_way(with_subject(written, line_end), "CSV")
    [first, *middle, last] = outcome.rows
    assert [first, last] == expected([usual(1), usual(3)])
    if middle:
        [row] = middle
        found = (row[4] or b"").decode()
        # The same bytes may be two subjects, written in two ways. It is one of them.
        assert written in [each(found) for each in ESCAPINGS]
        assert row == expected([{**usual(2), "subject": found}])[0]
        assert outcome.bad == []
    else:
        assert len(outcome.bad) >= 1
        assert '"' in written and ("\n" in written or "\r" in written)


# --- what is wrong


def broken(response_format: str, **fields: t.Any) -> bytes:
    rows = [usual(1), {**usual(2), **fields}, usual(3)]
    return as_json(rows) if response_format == "JSON" else as_csv(rows)


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"notAfter": "2026-02-30T00:00:00+0000"}, "notAfter is '2026-02-30T00:00:00+0000', which is not a time"),
        ({"notAfter": "2026-01-01T24:00:00+0000"}, "notAfter is "),
        ({"issuedAt": "yesterday"}, "issuedAt is 'yesterday'"),
        ({"revokedAt": "0000-01-01T00:00:00+0000"}, "revokedAt is "),
        ({"notBefore": "9999-12-31T23:59:59-0100"}, "notBefore is "),
        ({"notBefore": ""}, "notBefore is missing"),
        ({"certificateArn": ""}, "certificateArn is missing"),
        ({"awsAccountId": "12345"}, "awsAccountId is '12345', which is not an account"),
        ({"serial": "\udcff"}, "UTF-8"),
    ],
)
def test_bad_values(response_format: str, fields: Values, problem: str) -> None:
    outcome = read_in_every_way(broken(response_format, **fields), response_format)
    assert [row[3][-1:] for row in outcome.rows if row[3]] == [b"1", b"3"]
    [text] = outcome.bad
    assert problem in text
    assert text.startswith("Line 3: " if response_format == "CSV" else "Record 2 (byte ")
    assert outcome.summary["unreadable"] == 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"a":1}', "Record 2 (byte {second}): certificateArn is missing"),
        (b"[1]", "Record 2 (byte {second}): it is not an object"),
        (b'"text"', "it is not an object"),
        (b'{"awsAccountId":"1", oops}', "it is not JSON: expecting property name"),
        (b'{"awsAccountId":"a\0b"}', "it is not JSON: invalid control character"),
        (b'{"awsAccountId":"\xff\xfe"}', "awsAccountId is not valid UTF-8"),
        (b'{"awsAccountId":"\\ud800"}', "awsAccountId is not valid UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"awsAccountId":' + b"9" * 10_000 + b"}", "it holds a number that is too long"),
        (b'{"subject":"' + b"x" * 10_000_000 + b'"}', "it is longer than 1048576 bytes"),
        (b'{"awsAccountId":12}', "awsAccountId is not a string"),
    ],
)
def test_bad_records(data: bytes, problem: str) -> None:
    rows = [as_json([usual(number)])[1:-1] for number in (1, 3)]
    report = b"[" + rows[0] + b"," + data + b"," + rows[1] + b"]"
    outcome = read_in_every_way(report, "JSON")
    assert problem.replace("{second}", str(len(rows[0]) + 2)) in outcome.bad[0]
    assert (len(outcome.rows), len(outcome.bad)) == (2, 1)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a,b,c\n", "Line 3: the row has 3 columns, the header 11"),
        (b'"a"b,c\n', "Line 3: the row is not CSV"),
        (b"a\0b\n", "Line 3: the row contains a NUL byte (byte 1 of it)"),
        (b"\xff\n", "Line 3: the row is not valid UTF-8 (byte 0 of it)"),
        (b'123456789012,"unclosed\n', "Line 3: the row is not CSV"),
        (b'"' + b"x" * 10_000_000 + b'"\n', "Line 3: the row is longer than 1048576 bytes"),
    ],
)
def test_bad_lines(data: bytes, problem: str) -> None:
    first, last = as_csv([usual(1)]), as_csv([usual(3)])[len(HEADER) + 1 :]
    outcome = read_in_every_way(first + data + last, "CSV")
    assert problem in outcome.bad[0]
    assert (len(outcome.rows), len(outcome.bad)) == (2, 1)


@pytest.mark.parametrize(
    ("data", "response_format", "damage"),
    [
        (b"", "JSON", "The file is empty"),
        (b" \n", "JSON", "The file is empty"),
        (b"", "CSV", "The file is empty"),
        (b"<html>", "JSON", "Byte 0: the file is not a report in JSON, which begins with [, but begins with '<html>'"),
        (b'{"a": 1}', "JSON", "Byte 0: "),
        (b"<html>\n", "CSV", "Line 1: the file is not a report in CSV: the header has no certificateArn, serial, "),
        (b"awsAccountId,serial\n", "CSV", "the header has no certificateArn, notBefore, notAfter;"),
        (f"{HEADER},serial\n".encode(), "CSV", "the header names a column twice"),
        (b"\0\0\0", "CSV", "Line 1: the file is not a report in CSV: the header contains a NUL byte"),
        (b"\x1f\x8b\x08", "CSV", "the header is not valid UTF-8"),
    ],
)
def test_no_report_at_all(data: bytes, response_format: str, damage: str) -> None:
    outcome = read_in_every_way(data, response_format)
    assert damage in str(outcome.damage)
    assert (outcome.rows, outcome.bad) == ([], [])


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
def test_a_file_that_is_cut_off(response_format: str) -> None:
    """Wherever it is cut off, no row is lost without a word."""
    rows = [usual(number) for number in range(1, 4)]
    whole = as_json(rows) if response_format == "JSON" else as_csv(rows)
    start = 1 if response_format == "JSON" else len(HEADER) + 1
    for size in range(start, len(whole)):
        outcome = read_in_every_way(whole[:size], response_format)
        if whole[:size].endswith(b",,,"):
            continue  # A row whose last column is empty, in a file without a line break at its end, looks like that.
        assert outcome.rows == expected(rows)[: len(outcome.rows)]
        if response_format == "CSV":
            ends_a_row = whole[:size].endswith(b"\n") or whole[size : size + 1] == b"\n"
            assert bool(outcome.bad) != ends_a_row, size
        else:
            [text] = outcome.bad
            assert "the file ends" in text


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
@pytest.mark.parametrize(
    "missing",
    [
        # Reports from before 2020.
        ("requestedByServicePrincipal", "templateArn"),
        # All that is not needed.
        tuple(name for name in API_NAMES if name not in ("certificateArn", "serial", "notBefore", "notAfter")),
    ],
)
def test_reports_that_say_less(response_format: str, missing: tuple[str, ...]) -> None:
    names = [name for name in API_NAMES if name not in missing]
    kept = [{name: row[name] for name in names} for row in (usual(1), usual(2))]
    if response_format == "JSON":
        report = json.dumps(kept).encode()
    else:
        report = "\n".join(
            [",".join(names), *(",".join(f'"{row[name]}"' for name in names) for row in kept), ""]
        ).encode()
    outcome = read_in_every_way(report, response_format)
    assert (outcome.bad, outcome.damage) == ([], None)
    whole = [
        normal_form(row, b"2026-11-23T12:00:00") for row in read_in_every_way(as_json(map(usual, (1, 2))), "JSON").rows
    ]
    for certificate, expected in zip(
        [normal_form(row, b"2026-11-23T12:00:00") for row in outcome.rows], whole, strict=True
    ):
        assert certificate["serial"] == expected["serial"]
        assert (certificate["not_before"], certificate["not_after"]) == (expected["not_before"], expected["not_after"])
        assert certificate["issued_at"] == expected["not_before" if "issuedAt" in missing else "issued_at"]
        assert certificate["template_arn"] is None
        assert certificate["status"] == "valid"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("place", range(5))
def test_blank_lines_are_no_damage(line_end: str, place: int) -> None:
    """Anywhere, and any number of them. The places of bad rows count them."""
    lines = as_csv([usual(1), usual(2, awsAccountId="x"), usual(3)], line_end).decode().split(line_end)
    assert lines[-1] == ""
    lines[place + 1 : place + 1] = [""] * 3
    outcome = read_in_every_way(line_end.join(lines).encode(), "CSV")
    assert [row[3][-1:] for row in outcome.rows if row[3]] == [b"1", b"3"]
    assert [text.split(":")[0] for text in outcome.bad] == ["Line 6" if place < 2 else "Line 3"]


def test_what_follows_the_end() -> None:
    outcome = read_in_every_way(as_json([usual()]) + b" [", "JSON")
    assert (len(outcome.rows), len(outcome.bad)) == (1, 1)
    assert "something follows the end of the report" in outcome.bad[0]
    [missing] = read_in_every_way(as_json([usual(1), usual(2)]).replace(b"},{", b"} {"), "JSON").bad
    assert "After record 1 (byte " in missing
    assert "expected a comma or ]" in missing


@thorough
@given(st.lists(ROWS, min_size=1, max_size=8), st.sampled_from(["JSON", "CSV"]), st.data())
def test_damage_is_the_same_in_the_fast_and_the_strict_way(
    rows: list[Values], response_format: str, data: st.DataObject
) -> None:
    report = bytearray(as_json(rows) if response_format == "JSON" else as_csv(rows))
    for _change in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(report) - 1, 0)))
        size = data.draw(st.sampled_from([0, 0, 1, 1, 5, 200]))
        report[place : place + size] = data.draw(
            st.sampled_from([b"", b'"', b"\\", b"\n", b"\r", b",", b"}", b"{", b"]", b"\0", b"\xff", b" ", b'"},{"'])
            | st.binary(max_size=4)
        )
    outcome = read_in_every_way(bytes(report), response_format, data.draw(st.sampled_from([1 << 20, 300, 11])))
    assert len(outcome.rows) <= 8 + 8


@thorough
@given(st.binary(max_size=60), st.sampled_from(["JSON", "CSV"]))
def test_anything(data: bytes, response_format: str) -> None:
    start = b"[" if response_format == "JSON" else HEADER.encode() + b"\n"
    read_in_every_way(data, response_format)
    read_in_every_way(start + data, response_format)


@pytest.mark.parametrize(
    ("data", "response_format"),
    [
        (b"[" + b'{"awsAccountId":"' * 20_000, "JSON"),
        (b"[" + b"}" * 3_000_000, "JSON"),
        (b"[" + b" " * 3_000_000, "JSON"),
        (b"[" + b'{"a":"' + b'\\"' * 1_500_000, "JSON"),
        (HEADER.encode() + b"\n" + b'"' * 3_000_001, "CSV"),
        (HEADER.encode() + b"\n" + b'123456789012,"\n' * 20_000, "CSV"),
        (HEADER.encode() + b"\n" + b"x\n" * 20_000, "CSV"),
    ],
)
def test_hostile_files_take_little_memory(data: bytes, response_format: str) -> None:
    pieces = [data[place : place + 65536] for place in range(0, len(data), 65536)]
    bad = 0

    def count(_text: str) -> None:
        nonlocal bad
        bad += 1

    tracemalloc.start()
    found = sum(block.size for block in read_blocks(pieces, response_format, SUMMARY_FIELDS, count))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 0
    assert bad > 0
    assert peak < 30 * 2**20
