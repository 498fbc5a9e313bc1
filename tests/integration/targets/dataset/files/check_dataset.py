# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the data set in the bucket with what the module counted: check_dataset.py RESULTS QUERIES

RESULTS is the results_file of acm_pca_audit_report_info, QUERIES the folder with the queries for Athena.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pandas
import pyarrow.compute
import pyarrow.parquet
import sqlglot

BUCKET = "dataset-audit-reports"

Row = dict[str, Any]
Query = Callable[..., list[Row]]

# Of the statuses, in the words of docs/dataset.md.
COUNTS = """
select
    count(*) filter (not own_certificate) as issued,
    count(*) filter (own_certificate) as own_certificates,
    count(*) filter (not own_certificate and revoked_at is null and not_after > now()) as valid,
    count(*) filter (not own_certificate and revoked_at is null and not_after <= now()) as expired,
    count(revoked_at) filter (not own_certificate) as revoked
from certificates
"""


def download(folder: Path) -> int:
    """Returns how many files there are."""
    s3 = boto3.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="audit-certificates/")
    keys = [found["Key"] for page in pages for found in page["Contents"]]
    for key in keys:
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        (folder / key.rpartition("/")[2]).write_bytes(body)
    return len(keys)


def check_arrow(folder: Path, summary: Row) -> None:
    """Count with pyarrow and with pandas."""
    table = pyarrow.parquet.read_table(folder)
    others = table.filter(pyarrow.compute.invert(table["own_certificate"]))
    revoked = others.num_rows - others["revoked_at"].null_count
    assert (others.num_rows, table.num_rows - others.num_rows, revoked) == (
        summary["issued"],
        summary["own_certificates"],
        summary["revoked"],
    )
    frame = pandas.read_parquet(folder)
    frame = frame[~frame.own_certificate]
    alive = frame[frame.revoked_at.isna() & (frame.not_after > pandas.Timestamp(datetime.now(UTC)))]
    assert (len(frame), len(alive)) == (summary["issued"], summary["valid"])
    assert frame.template_arn.fillna("none").value_counts().to_dict() == summary["by_template"]


def check_queries(run: Query, results: Row, shared: dict[str, int]) -> None:
    """:param shared: the subjects of several CAs, and how many these are."""
    summary = results["summary"]
    assert len(run("expiring", 30)) == summary["expiring_within"]["30"]
    assert added(run("revoked"), "revocation_reason") == summary["revoked_by_reason"]
    issued = run("issued")
    assert added(issued, "template_arn") == summary["by_template"]
    by_month = [{**row, "month": row["issued_in"].strftime("%Y-%m")} for row in issued]
    assert added(by_month, "month") == summary["issued_by_month"]
    requesters = run("requesters")
    assert added(requesters, "requested_by_service_principal", "issued") == summary["by_requesting_principal"]
    assert [sum(row[name] for row in requesters) for name in ("valid", "revoked")] == [
        summary["valid"],
        summary["revoked"],
    ]
    assert {row["subject"]: row["certificate_authorities"] for row in run("shared_subjects")} == shared

    findings = {
        (finding["rule"], finding["severity"], finding["certificate_authority_arn"]): sorted(
            certificate["serial"] for certificate in finding["certificates"]
        )
        for finding in results["findings"]
        if finding["count"]
    }
    found: dict[tuple[str, ...], list[str]] = {}
    long = [{**row, "rule": "valid too long", "severity": "warning"} for row in run("long_validity", 398)]
    for row in run("default_rules") + long:
        found.setdefault((row["rule"], row["severity"], row["certificate_authority_arn"]), []).append(row["serial"])
    assert {place: sorted(serials) for place, serials in found.items()} == findings
    assert min(Counter(rule for rule, _severity, _arn in findings).values()) > 20
    assert len({rule for rule, _severity, _arn in findings}) == 4


def added(rows: list[Row], name: str, count: str = "certificates") -> dict[str, int]:
    """The counts of rows that have the same value."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row[name] or "none"] += row[count]
    return dict(counts)


def main() -> None:
    """Check everything."""
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    queries = {path.stem: path.read_text(encoding="utf-8") for path in Path(sys.argv[2]).glob("*.sql")}
    summary = results["summary"]
    assert min(summary[name] for name in ("issued", "own_certificates", "valid", "expired", "revoked")) > 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert download(folder) == summary["reports"] == 1002
        check_arrow(folder, summary)
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"create table certificates as from '{folder}/*.parquet'")
        [counts] = connection.sql(COUNTS).to_arrow_table().to_pylist()
        assert counts == {name: summary[name] for name in counts}
        of_several = connection.execute(
            "select subject, list(distinct certificate_authority_arn).len() from certificates "
            "where revoked_at is null and not own_certificate and not_after > now() group by subject"
        ).fetchall()
        shared = {subject: count for subject, count in of_several if subject and count > 1}
        assert len(shared) > 100

        def rows(sql: str, values: tuple[int, ...]) -> list[Row]:
            return list(connection.sql(sql, params=values).to_arrow_table().to_pylist())

        def as_written(query: str, *values: int) -> list[Row]:
            return rows(queries[query], values)

        check_queries(as_written, results, shared)

        # Athena's times have no zone.
        for column, kind, *_rest in connection.execute("describe certificates").fetchall():
            if kind == "TIMESTAMP WITH TIME ZONE":
                connection.execute(f"alter table certificates alter {column} type timestamp")

        def translated(query: str, *values: int) -> list[Row]:
            [sql] = sqlglot.transpile(queries[query], read="trino", write="duckdb")
            return rows(sql, values)

        check_queries(translated, results, shared)


if __name__ == "__main__":
    main()
