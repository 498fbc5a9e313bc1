# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of acm_pca_audit_report: their specification, and reading them into an ``AuditRequest``. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import timedelta

from ..._aws.errors import InvalidOption
from ..._aws.options import Partitions, check_bucket_name, check_path, check_range
from ..._aws.text import quoted
from ..models import Selection
from ..selection import SELECTION_SPEC, read_selection
from ..written_file import read_mode

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **SELECTION_SPEC,
    "s3_bucket_name": {"type": "str", "required": True},
    "audit_report_response_format": {"type": "str", "choices": ["JSON", "CSV"], "default": "JSON"},
    "max_age": {"type": "int", "default": 1800},
    "force": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "wait_delay": {"type": "int", "default": 3},
    "tracking": {"type": "str", "choices": ["record", "listing"], "default": "record"},
    "archive_bucket_name": {"type": "str"},
    "results_file": {"type": "path"},
    "mode": {"type": "raw"},
}

# The least and the most that makes sense: ten years, a day, an hour.
_LIMITS = {"max_age": (0, 315_360_000), "wait_timeout": (1, 86_400), "wait_delay": (1, 3_600)}


@dataclasses.dataclass(frozen=True)
class AuditRequest:
    """What the task asks for, checked. Times are in seconds."""

    selection: Selection
    s3_bucket_name: str
    response_format: str
    max_age: timedelta
    force: bool
    wait: bool
    wait_timeout: int
    wait_delay: int
    use_record: bool
    archive_bucket_name: str | None
    results_file: str | None
    mode: int | None
    check_mode: bool


def read_options(
    params: t.Mapping[str, t.Any], *, region: str | None, partitions: Partitions, check_mode: bool
) -> AuditRequest:
    """Check the module's parameters and turn them into a request.

    :param region: the module's own region, if any.
    :raises InvalidOption: for the first option that cannot be used.
    """
    for name, (lowest, highest) in _LIMITS.items():
        check_range(name, params[name], lowest, highest)
    check_bucket_name(params["s3_bucket_name"])
    archive = params["archive_bucket_name"]
    if archive is not None:
        check_bucket_name(archive, "archive_bucket_name")
    if archive == params["s3_bucket_name"]:
        raise InvalidOption(
            f"archive_bucket_name: {quoted(archive)} is the bucket that AWS Private CA writes the reports to "
            "(s3_bucket_name); give the name of another bucket."
        )
    return AuditRequest(
        selection=read_selection(params, region=region, partitions=partitions),
        s3_bucket_name=params["s3_bucket_name"],
        response_format=params["audit_report_response_format"],
        max_age=timedelta(seconds=params["max_age"]),
        force=params["force"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_delay=params["wait_delay"],
        use_record=params["tracking"] == "record",
        archive_bucket_name=archive,
        results_file=check_path("results_file", params["results_file"]),
        mode=read_mode(params["mode"]),
        check_mode=check_mode,
    )
