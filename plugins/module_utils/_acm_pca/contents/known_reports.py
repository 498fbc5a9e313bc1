# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What acm_pca_audit_report found out a moment ago, from the files that it wrote its results to."""

from __future__ import annotations

import dataclasses
import json
import stat
import typing as t
from pathlib import Path

from ..._aws.errors import InvalidOption
from ..._aws.text import quoted
from ..._aws.times import read_time
from ..arns import CertificateAuthorityArn, parse_certificate_authority_arn
from ..models import SUCCESS, AuditReport
from ..tracking_record import report_from_key


@dataclasses.dataclass(frozen=True)
class KnownAuthority:
    """A CA, its properties as results have them, and its last report. None where they were not found out."""

    arn: CertificateAuthorityArn
    properties: t.Mapping[str, t.Any] | None
    report: AuditReport | None


def read_known_reports(paths: t.Iterable[str], bucket: str) -> dict[str, KnownAuthority]:
    """The CAs that the files name, by ARN.

    :raises InvalidOption: for a file that cannot be read, is none of these, or is about another bucket.
    """
    known: dict[str, KnownAuthority] = {}
    for path in paths:
        for entry in _entries(path):
            # Without an ARN, it is about an account that could not be looked at, as that task has said.
            if entry.get("certificate_authority_arn") is None:
                continue
            if entry.get("s3_bucket_name") != bucket:
                raise InvalidOption(
                    f"audit_reports_file: {path} is about the bucket {quoted(str(entry.get('s3_bucket_name')))}, and "
                    f"s3_bucket_name is '{bucket}'; give the same bucket to both tasks."
                )
            authority = _authority(entry, bucket, path)
            known[authority.arn.text] = authority
    return known


def _entries(path: str) -> list[dict[str, t.Any]]:
    try:
        # Reading a device or a pipe might never end.
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise _wrong(path)
        with Path(path).open(encoding="utf-8") as file:
            entries = json.load(file)["audit_reports"]
    except OSError as e:
        raise InvalidOption(f"audit_reports_file: {path} could not be read: {e.strerror}.") from e
    except (ValueError, TypeError, KeyError, RecursionError) as e:
        raise _wrong(path) from e
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(path)
    return entries


def _authority(entry: t.Mapping[str, t.Any], bucket: str, path: str) -> KnownAuthority:
    try:
        arn = parse_certificate_authority_arn(entry["certificate_authority_arn"])
        report = None
        # What is still being made, failed, or would be made in check mode has no file yet.
        if entry["audit_report_status"] == SUCCESS:
            report = report_from_key(arn, bucket, entry["s3_key"], read_time(entry["created_at"]))
        properties = entry.get("certificate_authority")
    except (ValueError, TypeError, KeyError, AttributeError) as e:
        raise _wrong(path) from e
    if properties is not None and not isinstance(properties, dict):
        raise _wrong(path)
    return KnownAuthority(arn, properties, report)


def _wrong(path: str) -> InvalidOption:
    return InvalidOption(
        f"audit_reports_file: {path} is not what acm_pca_audit_report writes to its results_file; give that file."
    )
