# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The options of acm_pca_audit_report_info: their specification, and reading them into an ``InfoRequest``. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from datetime import datetime

from ..._aws.errors import InvalidOption
from ..._aws.options import Partitions, check_bucket_name, check_path, check_range
from ..._aws.text import quoted
from ..models import EXTENSIONS, Selection
from ..selection import SELECTION_SPEC, read_selection
from ..written_file import read_mode
from .condition_options import CONDITION_SPEC, is_time, read_conditions, read_time
from .conditions import Conditions
from .rules import Rule, read_rules

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **SELECTION_SPEC,
    "s3_bucket_name": {"type": "str", "required": True},
    "s3_key": {"type": "list", "elements": "str", "no_log": False},
    "audit_reports_file": {"type": "list", "elements": "path"},
    "audit_report_id": {"type": "str"},
    "audit_report_response_format": {"type": "str", "choices": ["JSON", "CSV"]},
    "tracking": {"type": "str", "choices": ["record", "listing"], "default": "record"},
    "contents": {"type": "str", "choices": ["none", "summary", "certificates"], "default": "summary"},
    **CONDITION_SPEC,
    "rules": {"type": "list", "elements": "dict"},
    "limit": {"type": "int", "default": 1000},
    "changes_since": {"type": "str"},
    "certificates_file": {"type": "path"},
    "dataset": {"type": "bool", "default": False},
    "include_certificate_authority": {"type": "bool", "default": False},
    "include_tags": {"type": "bool", "default": False},
    "results_file": {"type": "path"},
    "mode": {"type": "raw"},
    "on_error": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
}
MUTUALLY_EXCLUSIVE = [
    *(("s3_key", name) for name in ("certificate_authority_arn", "accounts", "regions", "audit_reports_file")),
    ("audit_reports_file", "audit_report_id"),
]

PREVIOUS = "previous"

_REPORT_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_MOST_CERTIFICATES = 100_000


@dataclasses.dataclass(frozen=True)
class Key:
    """A report that is named by its key."""

    text: str
    response_format: str
    audit_report_id: str | None


@dataclasses.dataclass(frozen=True)
class InfoRequest:
    """What the task asks for, checked. ``keys`` are None where CAs are selected.

    ``changes_since``: ``previous``, a time, or the id of a report.
    """

    selection: Selection
    s3_bucket_name: str
    keys: tuple[Key, ...] | None
    audit_reports_files: tuple[str, ...] | None
    audit_report_id: str | None
    response_format: str | None
    use_record: bool
    contents: str
    wanted: Conditions
    rules: tuple[Rule, ...]
    limit: int
    changes_since: datetime | str | None
    certificates_file: str | None
    dataset: bool
    describe: bool
    include_tags: bool
    results_file: str | None
    mode: int | None
    skip_errors: bool
    check_mode: bool

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of reports that count."""
        return (self.response_format,) if self.response_format else tuple(EXTENSIONS)

    @property
    def reads(self) -> bool:
        """Whether reports are read, and not only found."""
        return self.reads_anyway or self.dataset

    @property
    def reads_anyway(self) -> bool:
        """Whether reports are read also if their data set is there already."""
        return (
            self.contents != "none"
            or self.certificates_file is not None
            or self.changes_since is not None
            or bool(self.rules)
        )


def read_info_options(
    params: t.Mapping[str, t.Any], *, region: str | None, partitions: Partitions, check_mode: bool
) -> InfoRequest:
    """Check the module's parameters and turn them into a request.

    :param region: the module's own region, if any.
    :raises InvalidOption: for the first option that cannot be used.
    """
    check_bucket_name(params["s3_bucket_name"])
    check_range("limit", params["limit"], 0, _MOST_CERTIFICATES)
    _check_report_id(params)
    keys = _read_keys(params)
    return InfoRequest(
        selection=_read_selection(params, region, partitions, keys is not None),
        s3_bucket_name=params["s3_bucket_name"],
        keys=keys,
        audit_reports_files=_read_files(params["audit_reports_file"]),
        audit_report_id=params["audit_report_id"],
        response_format=params["audit_report_response_format"],
        use_record=params["tracking"] == "record",
        contents=params["contents"],
        wanted=read_conditions(params),
        rules=read_rules(params["rules"], with_scope=keys is None),
        limit=params["limit"],
        changes_since=_read_changes_since(params),
        certificates_file=check_path("certificates_file", params["certificates_file"]),
        dataset=_read_dataset(params),
        describe=params["include_certificate_authority"] or params["include_tags"],
        include_tags=params["include_tags"],
        results_file=check_path("results_file", params["results_file"]),
        mode=read_mode(params["mode"]),
        skip_errors=params["on_error"] == "skip",
        check_mode=check_mode,
    )


def _read_selection(
    params: t.Mapping[str, t.Any], region: str | None, partitions: Partitions, by_key: bool
) -> Selection:
    if not by_key:
        return read_selection(params, region=region, partitions=partitions)
    # Nothing is discovered; the region is only where S3 is asked first.
    home = dict(params, regions=[region or "us-east-1"])
    return read_selection(home, region=region or "us-east-1", partitions=partitions)


def _read_files(given: list[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not given:
        raise InvalidOption("audit_reports_file: the list is empty; name at least one file, or leave the option out.")
    return tuple(t.cast(str, check_path("audit_reports_file", each)) for each in given)


def _check_report_id(params: t.Mapping[str, t.Any]) -> None:
    given = params["audit_report_id"]
    if given is None:
        return
    if not _REPORT_ID.fullmatch(given):
        raise InvalidOption(f"audit_report_id: {quoted(given)} is not a report ID; give a UUID.")
    arns = params["certificate_authority_arn"]
    if params["s3_key"] is None and (arns is None or len(set(arns)) != 1):
        raise InvalidOption(
            "audit_report_id: a report belongs to one certificate authority; give exactly one ARN in "
            "certificate_authority_arn, or list the keys of reports in s3_key."
        )


def _read_keys(params: t.Mapping[str, t.Any]) -> tuple[Key, ...] | None:
    given, wanted = params["s3_key"], params["audit_report_id"]
    if given is None:
        return None
    if not given:
        raise InvalidOption("s3_key: the list is empty; name at least one report, or leave the option out.")
    keys = tuple(_read_key(text, params["audit_report_response_format"]) for text in dict.fromkeys(given))
    if wanted is None:
        return keys
    found = tuple(key for key in keys if key.audit_report_id == wanted)
    if not found:
        raise InvalidOption(f"audit_report_id: none of the keys in s3_key is that of the report '{wanted}'.")
    return found


def _read_key(text: str, response_format: str | None) -> Key:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    if not 1 <= len(text.encode("utf-8", "replace")) <= 1024 or not text.isprintable():
        raise InvalidOption(f"s3_key: {quoted(text)} is not an object key; accepted: 1 to 1024 printable characters.")
    name, _dot, extension = text.rpartition("/")[2].rpartition(".")
    by_extension = {value: key for key, value in EXTENSIONS.items()}
    found = response_format or by_extension.get(extension.lower())
    if found is None:
        raise InvalidOption(
            f"s3_key: {quoted(text)} ends neither in .json nor in .csv; say with audit_report_response_format which "
            "it is."
        )
    known = text.startswith("audit-report/") and extension in by_extension and _REPORT_ID.fullmatch(name)
    return Key(text, found, name if known else None)


def _read_dataset(params: t.Mapping[str, t.Any]) -> bool:
    for name in ("s3_key", "audit_report_id"):
        if params["dataset"] and params[name] is not None:
            raise InvalidOption(
                f"dataset: the data set is always of the last report of a certificate authority; leave {name} out."
            )
    return bool(params["dataset"])


def _read_changes_since(params: t.Mapping[str, t.Any]) -> datetime | str | None:
    given: str | None = params["changes_since"]
    if given is None:
        return None
    if params["s3_key"] is not None:
        raise InvalidOption(
            "changes_since: earlier reports are those of a certificate authority; select it with "
            "certificate_authority_arn instead of s3_key."
        )
    if is_time(given):
        return read_time("changes_since", given)
    # A report's id is a UUID, and a word that is none is a mistake.
    if given != PREVIOUS and not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", given):
        raise InvalidOption(
            f"changes_since: {quoted(given)} is not understood; accepted: {PREVIOUS}, the id of a report, or a time "
            "such as 2026-11-01T00:00:00Z."
        )
    return given
