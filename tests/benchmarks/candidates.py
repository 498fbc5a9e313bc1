# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to read a report in Python. A program of its own: python candidates.py WAY FILE NOW.

All of them read blocks of the file, keep none, count the certificates by status, template and month of issuing, and
print that as JSON. None but `blocks`, which is this collection's, checks anything beside what its parser does.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

BLOCK = 256 * 1024
PACKAGE = "ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents"
MODULES = ("fast_parser", "reader", "counts")

START = b'{"awsAccountId":'

Row = dict[str, Any]


def slices(file: BinaryIO) -> Iterator[bytes]:
    """Parts of the array that are arrays themselves, cut where a record begins."""
    file.read(1)
    rest = b""
    while block := file.read(BLOCK):
        rest += block
        cut = rest.rfind(START)
        if cut > 0:
            yield b"[" + rest[:cut].rstrip(b",") + b"]"
            rest = rest[cut:]
    yield b"[" + rest


def by_json(file: BinaryIO) -> Iterator[Row]:
    """json.loads on slices."""
    for each in slices(file):
        yield from json.loads(each)


def by_raw_decode(file: BinaryIO) -> Iterator[Row]:
    """json.JSONDecoder.raw_decode, record by record."""
    decode = json.JSONDecoder().raw_decode
    for each in slices(file):
        text = each[1:-1].decode()
        place = 0
        while place < len(text):
            row, end = decode(text, place)
            yield row
            place = end + 1


def by_orjson(file: BinaryIO) -> Iterator[Row]:
    """orjson.loads on slices."""
    import orjson  # type: ignore[import-not-found]  # noqa: PLC0415 - its time counts

    for each in slices(file):
        yield from orjson.loads(each)


def by_ijson(file: BinaryIO) -> Iterator[Row]:
    """ijson with yajl2_c."""
    import ijson.backends.yajl2_c as backend  # type: ignore[import-not-found]  # noqa: PLC0415

    yield from backend.items(file, "item", buf_size=BLOCK)


def by_csv(file: BinaryIO) -> Iterator[Row]:
    """csv.DictReader."""
    lines = (line.decode() for line in file)
    yield from csv.DictReader(lines)


def by_plain_csv(file: BinaryIO) -> Iterator[Row]:
    """csv.reader, and the few columns that are needed."""
    lines = (line.decode() for line in file)
    reader = csv.reader(lines)
    for row in itertools.islice(reader, 1, None):
        yield {"notAfter": row[6], "issuedAt": row[7], "revokedAt": row[8], "templateArn": row[10]}


_PICK = re.compile(
    rb'"notAfter":"([^"]*)","issuedAt":"([^"]*)"(?:,"revokedAt":"([^"]*)")?[^}]*?"templateArn":"([^"]*)"'
)


def by_picking(file: BinaryIO) -> Iterator[Row]:
    """A regular expression for the few fields that are needed, blind to all else."""
    for each in slices(file):
        for end, issued, revoked, template in _PICK.findall(each):
            yield {
                "notAfter": end.decode(),
                "issuedAt": issued.decode(),
                "revokedAt": revoked,
                "templateArn": template.decode(),
            }


def count(rows: Iterable[Row], now: str) -> dict[str, Any]:
    """Count rows one by one."""
    statuses = Counter(valid=0, expired=0, revoked=0)
    templates: Counter[str] = Counter()
    months: Counter[str] = Counter()
    for row in rows:
        if row.get("revokedAt"):
            statuses["revoked"] += 1
        else:
            statuses["expired" if row["notAfter"] <= now else "valid"] += 1
        templates[row.get("templateArn") or "none"] += 1
        months[row["issuedAt"][:7]] += 1
    return {"statuses": statuses, "templates": templates, "months": months}


def by_blocks(path: Path, now: str, fast: bool) -> dict[str, Any]:
    """What this collection does: its whole summary."""
    fast_rows, reader, summary = (import_module(f"{PACKAGE}.{name}") for name in MODULES)

    def bad(text: str) -> None:
        raise ValueError(text)

    moment = datetime.strptime(now, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    builder = summary.SummaryBuilder(moment)
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(BLOCK), b"")
        for block in reader.read_blocks(pieces, path.suffix[1:].upper(), fast_rows.SUMMARY_FIELDS, bad, fast=fast):
            builder.add(block)
    made = builder.build(0)
    statuses = {name: made[name] for name in ("valid", "expired", "revoked")}
    return {"statuses": statuses, "templates": made["by_template"], "months": made["issued_by_month"]}


WAYS: dict[str, Callable[[BinaryIO], Iterator[Row]]] = {
    "json": by_json,
    "raw_decode": by_raw_decode,
    "orjson": by_orjson,
    "ijson": by_ijson,
    "csv": by_csv,
    "plain_csv": by_plain_csv,
    "picking": by_picking,
}


def main() -> None:
    """Read a report in one of the ways."""
    way, name, now = sys.argv[1:]
    path = Path(name)
    if way in WAYS:
        with path.open("rb") as file:
            found = count(WAYS[way](file), now)
    else:
        found = by_blocks(path, now, way == "blocks")
    print(json.dumps({kind: dict(counts) for kind, counts in found.items()}, sort_keys=True))


if __name__ == "__main__":
    main()
