# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a large report: this collection, jq and DuckDB, and methods to read it in Python."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet
from fleet import BUCKET
from measuring import HERE, Run
from outcome import Section, Target, mib, number
from peers import Peers
from reports import make_reports

from project import ToolError, clean_environment

# Only this part needs them, so they are no part of the environment.
PACKAGES = ("duckdb==2.0.0", "orjson==3.13.0", "ijson==3.6.0")

COLUMNS = ("", "seconds", "CPU s", "MiB", "relative to the first", "")
_REPETITIONS = 3
_DATASET_REPETITIONS = 5
# How many reports are read in one task. The last is the default concurrency.
_TOGETHER = (1, 4, 32)
# What most people want to know first.
RULES = (
    {"name": "expiring", "expiring_within": 30, "replaced": False, "severity": "warning"},
    {
        "name": "key compromise",
        "revocation_reason": ["KEY_COMPROMISE", "CERTIFICATE_AUTHORITY_COMPROMISE", "A_A_COMPROMISE", "CA_COMPROMISE"],
        "severity": "critical",
    },
)
_COUNTS = (
    "issued",
    "valid",
    "expired",
    "revoked",
    "revoked_by_reason",
    "expiring_within",
    "by_template",
    "by_requesting_principal",
    "issued_by_month",
    "expiring_by_month",
    "first_issued_at",
    "last_issued_at",
)


class ContentsBench:
    """Makes the reports, and measures. Everybody has to come to the same counts."""

    def __init__(self, peers: Peers, certificates: int, say: Callable[[str], None]) -> None:
        """:param certificates: how many the reports have."""
        self._peers = peers
        self._certificates = certificates
        self._say = say
        self._now = datetime.now(UTC).replace(microsecond=0)
        started = time.monotonic()
        self._reports = make_reports(peers.scratch, certificates, self._now)
        self._say(f"    made the reports in {time.monotonic() - started:.1f} s")
        self._packages = peers.scratch / "packages"

    def serve(self) -> None:
        """Have the stub serve the reports."""
        files = {f"{BUCKET}/{path.name}": str(path) for path in self._reports}
        self._peers.stub.reset(files=files, latency=0.0)

    def contents(self) -> Section:
        """Whole processes that begin with a report in S3 and end with its summary."""
        section = Section(
            f"Reading a report of {self._certificates:,} certificates",
            COLUMNS,
            f"The same certificates in JSON ({_size(self._reports.json)}) and CSV ({_size(self._reports.csv)}), served "
            "by the stub without latency. `ansible-playbook` runs one task. Its memory is that of the module, which is "
            "also measured separately. jq reads the report from curl through a pipe, DuckDB from a file that curl "
            "downloads first. All return the same counts (`tests/benchmarks/counts.jq`, `duckdb_counts.py`). Medians "
            f"of {_REPETITIONS} alternating runs, jq once. {self._day()}",
        )
        self._install()
        for report in self._reports:
            self._compare(section, report)
        return section

    def candidates(self) -> Section:
        """Ways to read a report from the disk."""
        section = Section(
            f"Methods to read {self._certificates:,} certificates",
            COLUMNS,
            "Counting the certificates in a file by status, template and month of issue, each in a separate process "
            "(`tests/benchmarks/candidates.py`). Only this collection validates the rows and creates the entire "
            f"summary. Measured once. {self._day()}",
        )
        self._install()
        for report, ways in (
            (self._reports.json, ("blocks", "picking", "json", "raw_decode", "orjson", "ijson", "strict")),
            (self._reports.csv, ("blocks", "plain_csv", "csv", "strict")),
        ):
            self._compare_ways(section, report, ways)
        section.notes.append(
            "The module parses blocks with a regular expression that exactly matches the output of AWS. Rows that it "
            "does not match are parsed with json or csv, and validated. The last row of each format shows how long "
            "that takes for all rows."
        )
        return section

    def together(self) -> Section:
        """The module's process, with several reports in one task."""
        certificates = self._certificates * 3 // 10
        folder = self._peers.scratch / "together"
        folder.mkdir(exist_ok=True)
        section = Section(
            f"Several reports of {certificates:,} certificates in one task",
            COLUMNS,
            "The process of the module, with the default `concurrency` of 32, configured with `GLIBC_TUNABLES` to "
            f"allocate memory as on a machine with 64 cores. Measured once, on {self._now:%Y-%m-%d}, with "
            "`make bench ARGS='--only together'`.",
        )
        for report in make_reports(folder, certificates, self._now):
            kind = report.suffix[1:].upper()
            first: Run | None = None
            for count in _TOGETHER:
                keys = [f"{number}{report.suffix}" for number in range(count)]
                self._peers.stub.reset(files={f"{BUCKET}/{key}": str(report) for key in keys}, latency=0.0)
                run, summary = self._peers.report_module(*keys, GLIBC_TUNABLES="glibc.malloc.arena_max=512")
                name = f"{kind}: {count} {'report' if count == 1 else 'reports'}"
                self._shown(name, run)
                first = first or run
                section.rows.append(_row(name, run, run.started_mib, first, ""))
                short = None if summary.get("issued") == count * certificates else "not all certificates were counted"
                section.targets.append(
                    Target(f"{name} in one task: memory", run.started_mib, 150, " MiB", problem=run.problem or short)
                )
        return section

    def dataset(self) -> Section:
        """The module's process, which keeps the certificates as a data set beside counting them."""
        section = Section(
            f"The data set of {self._certificates:,} certificates",
            COLUMNS,
            "The process of the module, with and without `dataset`, for the same certificates in JSON "
            f"({_size(self._reports.json)}) and CSV ({_size(self._reports.csv)}). Medians of {_DATASET_REPETITIONS} "
            f"alternating runs. Measured on {self._now:%Y-%m-%d} with pyarrow {version('pyarrow')}.",
        )
        for report in self._reports:
            kind = report.suffix[1:].upper()
            runs: dict[bool, list[Run]] = {False: [], True: []}
            problem = None
            size = 0
            for _again in range(_DATASET_REPETITIONS):
                counts = []
                for dataset, found in runs.items():
                    run, result = self._peers.dataset_module(report, dataset=dataset)
                    name = f"{kind}, {'with' if dataset else 'without'} the data set"
                    found.append(self._shown(name, run))
                    problem = problem or run.problem
                    counts.append({name: result.get("summary", {}).get(name) for name in _COUNTS})
                    if dataset and not run.problem:
                        size, rows = self._stored_dataset(result["audit_reports"][0]["dataset"]["s3_key"])
                        problem = problem or (None if rows == self._certificates else f"the file has {rows} rows")
                problem = problem or (None if counts[0] == counts[1] else "the counts differ")
            first = sorted(runs[False], key=lambda run: run.seconds)[_DATASET_REPETITIONS // 2]
            for dataset, found in runs.items():
                run = sorted(found, key=lambda run: run.seconds)[_DATASET_REPETITIONS // 2]
                name = f"{kind}: process of this module{', with the data set' if dataset else ''}"
                section.rows.append(_row(name, run, run.started_mib, first, _spread(found)))
            section.targets += [
                Target(
                    f"{kind}: CPU time with the data set relative to without, lowest of {_DATASET_REPETITIONS}",
                    min(run.busy_seconds for run in runs[True]) / min(run.busy_seconds for run in runs[False]),
                    2.5,
                    problem=problem,
                ),
                Target(
                    f"{kind}: memory of the module, with the data set",
                    max(run.started_mib or 0 for run in runs[True]),
                    200,
                    " MiB",
                    problem=problem,
                ),
                Target(
                    f"{kind}: size of the data set relative to the CSV report",
                    size / self._reports.csv.stat().st_size,
                    0.33,
                    problem=problem,
                ),
            ]
        return section

    def _stored_dataset(self, key: str) -> tuple[int, int]:
        """Its size and its rows."""
        with urllib.request.urlopen(f"{self._peers.stub.endpoint}/{BUCKET}/{key}", timeout=60) as response:
            body = response.read()
        return len(body), pyarrow.parquet.read_metadata(io.BytesIO(body)).num_rows

    def _compare(self, section: Section, report: Path) -> None:
        kind = report.suffix[1:].upper()
        found: dict[str, Mapping[str, Any]] = {}
        runs: dict[str, list[Run]] = {"module": [], "alone": [], "rules": [], "duckdb": []}
        for _again in range(_REPETITIONS):
            run, found["module"] = self._peers.read_report(report.name)
            runs["module"].append(self._shown(f"{kind}, this module", run))
            run, found["alone"] = self._peers.report_module(report.name)
            runs["alone"].append(self._shown(f"{kind}, the module alone", run))
            run, found["rules"] = self._peers.report_module(report.name, rules=RULES)
            runs["rules"].append(self._shown(f"{kind}, the module alone with rules", run))
            run = self._duckdb(report)
            found["duckdb"] = _read(run)
            runs["duckdb"].append(self._shown(f"{kind}, DuckDB", run))
        if kind == "JSON":
            run = self._jq(report)
            found["jq"] = _read(run)
            runs["jq"] = [self._shown(f"{kind}, jq", run)]
        problem = _difference(found)
        medians = {name: sorted(each, key=lambda run: run.seconds)[len(each) // 2] for name, each in runs.items()}
        first = medians["module"]
        labels = {
            "module": "ansible-playbook with this module",
            "alone": "process of this module",
            "rules": "process of this module with two rules",
            "duckdb": "curl and DuckDB",
            "jq": "curl and jq",
        }
        for name, label in labels.items():
            if name in medians:
                run = medians[name]
                memory = run.module_mib if name == "module" else run.largest_mib
                section.rows.append(_row(f"{kind}: {label}", run, memory, first, _spread(runs[name])))
        file = self._peers.scratch / "certificates.csv"
        written, _summary = self._peers.read_report(report.name, "none", file)
        section.rows.append(
            _row(f"{kind}: ansible-playbook with certificates_file", written, written.module_mib, first, "once")
        )
        section.targets += [
            Target(
                f"{kind}: process of the module, time relative to DuckDB",
                medians["alone"].seconds / medians["duckdb"].seconds,
                2,
                problem=problem,
            ),
            Target(
                f"{kind}: ansible-playbook, time relative to DuckDB",
                first.seconds / medians["duckdb"].seconds,
                2,
                problem=problem,
            ),
            Target(
                f"{kind}: CPU time with two rules relative to none, lowest of {_REPETITIONS}",
                min(run.busy_seconds for run in runs["rules"]) / min(run.busy_seconds for run in runs["alone"]),
                1.25,
                problem=problem,
            ),
            Target(
                f"{kind}: memory of the module, two rules", medians["rules"].started_mib, 150, " MiB", problem=problem
            ),
            Target(f"{kind}: memory of the module", first.module_mib, 150, " MiB", problem=problem),
            Target(
                f"{kind}: memory of the module, certificates_file",
                written.module_mib,
                150,
                " MiB",
                problem=written.problem,
            ),
        ]
        if "jq" in medians:
            faster = medians["jq"].seconds / first.seconds
            section.targets.append(Target(f"{kind}: times as fast as jq", faster, 5, at_least=True, problem=problem))

    def _compare_ways(self, section: Section, report: Path, ways: Sequence[str]) -> None:
        first: Run | None = None
        output = ""
        for way in ways:
            command: list[str | Path] = [sys.executable, HERE / "candidates.py", way, report, self._moments()[0]]
            run = self._shown(f"{report.suffix[1:].upper()}, {way}", self._peers.program(command, **self._paths()))
            first, output = first or run, output or run.output
            remark = "" if run.output == output else "returns different counts"
            section.rows.append(_row(_label(report, way), run, run.started_mib, first, remark))

    def _duckdb(self, report: Path) -> Run:
        copy = self._peers.scratch / f"copy{report.suffix}"
        script = 'curl --silent --fail --output "$1" "$2" && exec "${@:3}"'
        command: list[str | Path] = [sys.executable, HERE / "duckdb_counts.py", copy, *self._moments()]
        return self._peers.program(["bash", "-c", script, "bash", copy, self._url(report), *command], **self._paths())

    def _jq(self, report: Path) -> Run:
        jq = shutil.which("jq")
        if jq is None:
            raise ToolError("jq is not installed. Install it, or omit this part with --only.")
        given = [word for name, value in zip(_MOMENTS, self._moments(), strict=True) for word in ("--arg", name, value)]
        command: list[str | Path] = [jq, "--compact-output", *given, "--from-file", HERE / "counts.jq"]
        script = 'set -o pipefail; curl --silent --fail "$1" | "${@:2}"'
        return self._peers.program(["bash", "-c", script, "bash", self._url(report), *command])

    def _url(self, report: Path) -> str:
        return f"{self._peers.stub.endpoint}/{BUCKET}/{report.name}"

    def _moments(self) -> list[str]:
        return [(self._now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+0000") for days in (0, 30, 60, 90)]

    def _paths(self) -> dict[str, str]:
        return {"PYTHONPATH": f"{self._packages}:{Path(boto3.__file__).parents[1]}"}

    def _install(self) -> None:
        if self._packages.exists():
            return
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(self._packages), *PACKAGES]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env=clean_environment()
        )
        if done.returncode:
            raise ToolError(f"{', '.join(PACKAGES)} could not be installed: {done.stderr.strip()[-500:]}")

    def _shown(self, name: str, run: Run) -> Run:
        what = f"{run.seconds:7.2f} s, {run.busy_seconds:7.2f} s of CPU time, {run.largest_mib or 0:5.0f} MiB"
        self._say(f"    {name:<44}{'; '.join(filter(None, (what, run.problem)))}")
        if run.problem:
            self._say(run.output[-1000:])
        return run

    def _day(self) -> str:
        return f"Measured on {self._now:%Y-%m-%d}, with {', '.join(each.replace('==', ' ') for each in PACKAGES)}."


_MOMENTS = ("now", "in30", "in60", "in90")

_LABELS = {
    "blocks": "this collection, the whole summary",
    "picking": "regular expression for four fields, without validation",
    "json": "json.loads on slices",
    "raw_decode": "json.JSONDecoder.raw_decode",
    "orjson": "orjson.loads on slices",
    "ijson": "ijson, yajl2_c",
    "strict": "this collection, all rows with json or csv",
    "plain_csv": "csv.reader",
    "csv": "csv.DictReader",
}


def _label(report: Path, way: str) -> str:
    return f"{report.suffix[1:].upper()}: {_LABELS[way]}"


def _row(name: str, run: Run, memory: float | None, first: Run, remark: str) -> list[str]:
    return [
        name,
        number(round(run.seconds, 2)),
        number(round(run.busy_seconds, 2)),
        mib(memory),
        number(round(run.seconds / first.seconds, 2)),
        "; ".join(filter(None, (run.problem, remark))),
    ]


def _spread(runs: Sequence[Run]) -> str:
    times = sorted(run.seconds for run in runs)
    return "once" if len(times) == 1 else f"{times[0]:.1f} to {times[-1]:.1f} s"


def _read(run: Run) -> dict[str, Any]:
    if run.problem:
        return {}
    found: dict[str, Any] = json.loads(run.output)
    return found


def _difference(found: Mapping[str, Mapping[str, Any]]) -> str | None:
    """What not everybody has counted alike."""
    for name in _COUNTS:
        values = {who: each.get(name) for who, each in found.items()}
        alike = {json.dumps(value, sort_keys=True).replace("+0000", "Z") for value in values.values()}
        if len(alike) != 1 or None in values.values():
            return f"the counts differ in {name}: {values}"
    return None


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.0f} MB"
