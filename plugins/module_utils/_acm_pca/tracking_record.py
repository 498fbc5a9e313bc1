# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tracking record: one small JSON object per CA that remembers its last report of each format. Pure.

Stored in the report bucket as ``audit-report-tracking/<CA_ID>.json``::

    {
      "version": 1,
      "certificate_authority_arn": "arn:aws:acm-pca:...",
      "audit_reports": {
        "JSON": {
          "audit_report_id": "...", "audit_report_status": "SUCCESS", "s3_key": "audit-report/<CA_ID>/<id>.json",
          "created_at": "2026-11-23T09:30:00Z", "certificate_authority_arn": "arn:aws:acm-pca:...",
          "archive_bucket_name": "..."
        }
      }
    }

``archive_bucket_name`` is there once the report was copied to that archive. A report is finished as soon as its file is
there: the record then still says CREATING, unless it had to be written for another reason.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from datetime import datetime, timedelta

from .._aws.times import read_time, to_text, to_utc
from .arns import CertificateAuthorityArn
from .models import CREATING, EXTENSIONS, FAILED, SUCCESS, AuditReport

VERSION = 1

# How far the clocks of two machines that run the module may be apart.
_CLOCK_TOLERANCE = timedelta(hours=1)

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")

Reports = t.Mapping[str, AuditReport]


def record_key(arn: CertificateAuthorityArn) -> str:
    """Where the record of a CA is kept in the bucket."""
    return f"audit-report-tracking/{arn.ca_id}.json"


def report_prefix(arn: CertificateAuthorityArn) -> str:
    """Where the service puts the reports of a CA in the bucket."""
    return f"audit-report/{arn.ca_id}/"


def report_from_key(arn: CertificateAuthorityArn, bucket: str, key: str, last_modified: datetime) -> AuditReport | None:
    """The finished report that an object in the bucket is, or None for an object that is none."""
    for response_format, extension in EXTENSIONS.items():
        audit_report_id = key[len(report_prefix(arn)) : -len(extension) - 1]
        if key == f"{report_prefix(arn)}{audit_report_id}.{extension}" and _ID.fullmatch(audit_report_id):
            return AuditReport(
                certificate_authority_arn=arn.text,
                audit_report_id=audit_report_id,
                response_format=response_format,
                status=SUCCESS,
                s3_bucket_name=bucket,
                s3_key=key,
                created_at=to_utc(last_modified),
            )
    return None


def write_record(arn: CertificateAuthorityArn, reports: Reports) -> bytes:
    """The record as it is stored."""
    document = {
        "version": VERSION,
        "certificate_authority_arn": arn.text,
        "audit_reports": {
            response_format: {
                "audit_report_id": report.audit_report_id,
                "audit_report_status": report.status,
                "certificate_authority_arn": report.certificate_authority_arn,
                "created_at": to_text(report.created_at),
                "s3_key": report.s3_key,
                **({"archive_bucket_name": report.archive_bucket_name} if report.archive_bucket_name else {}),
            }
            for response_format, report in sorted(reports.items())
        },
    }
    return (json.dumps(document, indent=2) + "\n").encode("utf-8")


def read_record(arn: CertificateAuthorityArn, bucket: str, body: bytes, now: datetime) -> dict[str, AuditReport]:
    """Read a stored record. Whoever may write to the bucket may have changed it, so nothing in it is believed unseen.

    :param now: a report from the future is not believed: it would count as fresh for as long as it pleases.
    :returns: the last report of each format.
    :raises ValueError: a clause that says what is wrong with the record.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise ValueError("is not JSON") from e
    if not isinstance(document, dict) or document.get("version") != VERSION or document["version"] is True:
        raise ValueError(f"is not a tracking record of version {VERSION}")
    if document.get("certificate_authority_arn") != arn.text:
        raise ValueError("belongs to another certificate authority")
    entries = document.get("audit_reports")
    if not isinstance(entries, dict):
        raise ValueError("holds no reports")
    return {
        response_format: _read_entry(arn, bucket, response_format, entries[response_format], now)
        for response_format in EXTENSIONS
        if response_format in entries
    }


def _read_entry(
    arn: CertificateAuthorityArn, bucket: str, response_format: str, entry: t.Any, now: datetime
) -> AuditReport:
    wrong = ValueError(f"holds a {response_format} report that cannot be understood")
    if not isinstance(entry, dict):
        raise wrong
    audit_report_id, key, status = (entry.get(name) for name in ("audit_report_id", "s3_key", "audit_report_status"))
    if not isinstance(audit_report_id, str) or not _ID.fullmatch(audit_report_id):
        raise wrong
    if key != f"{report_prefix(arn)}{audit_report_id}.{EXTENSIONS[response_format]}":
        raise wrong
    if status not in (CREATING, SUCCESS, FAILED) or entry.get("certificate_authority_arn") != arn.text:
        raise wrong
    try:
        created_at = to_utc(read_time(str(entry.get("created_at"))))
    except ValueError as e:
        raise wrong from e
    archive = entry.get("archive_bucket_name")
    if created_at > now + _CLOCK_TOLERANCE or not isinstance(archive, (str, type(None))):
        raise wrong
    return AuditReport(
        certificate_authority_arn=arn.text,
        audit_report_id=audit_report_id,
        response_format=response_format,
        status=status,
        s3_bucket_name=bucket,
        s3_key=key,
        created_at=created_at,
        archive_bucket_name=archive,
    )


def merge_report(known: Reports, report: AuditReport) -> dict[str, AuditReport]:
    """What the record holds once a report is added: the newer one of each format stays, and what it became last."""
    other = known.get(report.response_format)
    if other is None:
        kept = report
    elif other.audit_report_id == report.audit_report_id:
        kept = other if other.status != CREATING and report.status == CREATING else report
        archive = report.archive_bucket_name or other.archive_bucket_name
        kept = dataclasses.replace(kept, archive_bucket_name=archive)
    else:
        kept = other if other.created_at > report.created_at else report
    return {**known, report.response_format: kept}
