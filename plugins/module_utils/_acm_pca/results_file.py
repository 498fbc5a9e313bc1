# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The whole result in a file on the host that runs the module, and what is returned in its place.

A fleet's result is larger than what automation controllers keep of a task: AWX drops results over 700,000 bytes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
import typing as t
from pathlib import Path

from .._aws.errors import Problem
from .._aws.outcome import Outcome
from .written_file import check_place, not_writable, put_into_place

# Only in the file, whatever their size.
_LARGE = ("audit_reports", "audit_report", "findings", "diff")
# How many entries are returned of any other list, and of the failures.
_MOST_ENTRIES = 500
_MOST_FAILURES = 20
_FAILURE = ("certificate_authority_arn", "account_id", "region", "s3_key", "error")


class ResultsFile:
    """Writes a result. To be used as a context: what is not put into place is removed."""

    def __init__(self, path: str, mode: int | None) -> None:
        """:param mode: its permissions. None: only its owner can read it.

        :raises InvalidOption: where no file can be written there.
        """
        self.path = check_place("results_file", path)
        self._mode = mode
        try:
            # Nobody else may read it, from the beginning.
            handle, name = tempfile.mkstemp(prefix=".results-", dir=self.path.parent)
        except OSError as e:
            raise not_writable("results_file", self.path.parent, e) from e
        self._file = os.fdopen(handle, "w", encoding="utf-8")
        self._new = Path(name)

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        # What could not be written before cannot be now.
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._new.unlink()

    def write(self, outcome: Outcome) -> Outcome:
        """Write a result to its place.

        :returns: what is left to return; all of it where it could not be written.
        """
        results = outcome.results
        try:
            with self._file as file:
                # json.dump does not use the encoder in C, and takes three times as long.
                file.write(json.dumps({name: value for name, value in results.items() if name != "changed"}))
            put_into_place(self._new, self.path, self._mode)
        except OSError as e:
            problem = Problem(type(e).__name__, f"results_file: {self.path} could not be written: {e.strerror}.")
            return dataclasses.replace(outcome, failure=problem.after(outcome.failure))
        return dataclasses.replace(outcome, results=_without_details(outcome))


def _without_details(outcome: Outcome) -> dict[str, t.Any]:
    results = outcome.results
    left = {
        name: value[:_MOST_ENTRIES] if isinstance(value, list) else value
        for name, value in results.items()
        if name not in _LARGE
    }
    failed = [entry for entry in results["audit_reports"] if _error(entry)]
    left["failures"] = [_failure(entry) for entry in failed[:_MOST_FAILURES]]
    left["failures_omitted"] = max(len(failed) - _MOST_FAILURES, 0)
    if outcome.failure and not failed:
        # It is about none of them alone.
        whole = {"error": outcome.failure.to_dict(), "sentence": outcome.failure.message}
        left["failures"] = [{**dict.fromkeys(_FAILURE), **whole}]
    return left


def _error(entry: t.Mapping[str, t.Any]) -> dict[str, str] | None:
    """Why the entry failed, or what was to be written of it; None if nothing did."""
    error: dict[str, str] | None = entry.get("error") or entry.get("dataset", {}).get("error")
    return error


def _failure(entry: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What failed, in one line beside its parts."""
    failure: dict[str, t.Any] = {**{name: entry.get(name) for name in _FAILURE}, "error": _error(entry)}
    account = " ".join(str(failure[name]) for name in ("account_id", "region") if failure[name])
    place = failure["certificate_authority_arn"] or account or failure["s3_key"] or "The account of the credentials"
    failure["sentence"] = f"{place}: {failure['error']['message']}"
    return failure
