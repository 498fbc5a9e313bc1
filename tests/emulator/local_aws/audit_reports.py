# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of an audit report: asked for, CREATING, then SUCCESS with the file in the bucket, or FAILED.

Reports are kept on moto's own certificate authorities, so they go when moto is reset. No thread makes them: whoever
makes a request finds every report finished whose time has come.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from moto.acmpca.models import CertificateAuthority, acmpca_backends
from moto.core.exceptions import JsonRESTError
from moto.s3.models import FakeBucket, FakeKey, s3_backends
from moto.utilities.utils import get_partition

from local_aws import bucket_access, clock, events
from local_aws.bucket_access import Caller
from local_aws.ledger import LedgerEntry, ledger_of
from local_aws.report_file import render
from local_aws.settings import REFUSALS, Settings

log = logging.getLogger(__name__)

PREFIX = "audit-report/"

AUDITABLE = ("ACTIVE", "DISABLED")

#: A CA that has issued more than this many certificates gets no reports.
MOST_CERTIFICATES = 100_000_000

CONTENT_TYPES = {"JSON": "application/json", "CSV": "text/csv"}


@dataclass(eq=False)
class AuditReport:
    """One report, asked for and not forgotten again."""

    id: str
    ca: CertificateAuthority
    bucket_name: str
    response_format: str
    #: What the CA had issued when the report was asked for.
    entries: tuple[LedgerEntry, ...]
    created_at: datetime
    ready_at: datetime
    caller: Caller
    settings: Settings
    status: str = "CREATING"

    @property
    def key(self) -> str:
        """Where in the bucket it is, or will be."""
        return key_of(self.ca, self.id, self.response_format)


def key_of(ca: CertificateAuthority, report_id: str, response_format: str) -> str:
    """``audit-report/<CA id>/<report id>.json`` or ``.csv``."""
    return f"{PREFIX}{ca.arn.rpartition('/')[2]}/{report_id}.{response_format.lower()}"


def reports_of(ca: CertificateAuthority) -> dict[str, AuditReport]:
    """Every report of a CA by its id, the oldest first."""
    reports: dict[str, AuditReport] = vars(ca).setdefault("audit_reports", {})
    return reports


class AuditReports:
    """All reports of all accounts. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._in_progress: list[AuditReport] = []

    def request(
        self, ca: CertificateAuthority, bucket_name: str, response_format: str, caller: Caller, settings: Settings
    ) -> AuditReport:
        """Ask for a report. Raises what the service answers when there is none to be had."""
        with self._lock:
            self.finish_due()
            if ca.status not in AUDITABLE:
                raise JsonRESTError(
                    "InvalidStateException",
                    "The certificate authority is not in a valid state for creating an audit report.",
                )
            entries = ledger_of(ca)
            if len(entries) > MOST_CERTIFICATES:
                raise JsonRESTError(
                    "InvalidStateException", "The certificate authority has issued too many certificates to audit."
                )
            self._refuse_inside_interval(ca, settings)
            report_id = str(uuid4())
            trouble = bucket_access.find_trouble(
                ca, bucket_name, key_of(ca, report_id, response_format), caller, settings
            )
            if trouble is not None and settings.bucket_refusal == "now" and not trouble.unnoticed:
                log.info("Audit report of %s refused: %s.", ca.arn, trouble.reason)
                raise _bucket_refusal(bucket_name, trouble, settings)
            now = clock.now()
            ready_at = now + timedelta(seconds=settings.report_seconds)
            report = AuditReport(report_id, ca, bucket_name, response_format, entries, now, ready_at, caller, settings)
            reports_of(ca)[report_id] = report
            self._in_progress.append(report)
            return report

    def find(self, ca: CertificateAuthority, report_id: str) -> AuditReport:
        """A report as it stands now. Raises ResourceNotFoundException."""
        self.finish_due()
        report = reports_of(ca).get(report_id)
        if report is None:
            raise JsonRESTError(
                "ResourceNotFoundException",
                f"Could not find audit report {report_id} of certificate authority {ca.arn}.",
            )
        return report

    def finish_due(self) -> None:
        """Write every report whose time has come. Called before anything else is done with a request."""
        if not self._in_progress:
            return  # the common case costs no lock
        with self._lock:
            now = clock.now()
            for report in [report for report in self._in_progress if report.ready_at <= now]:
                # One by one, so that a report that cannot be written takes no other with it.
                self._in_progress.remove(report)
                _finish(report)

    def advance(self, seconds: float) -> int:
        """Let every report grow older, and every object under audit-report/ with it. Returns how many reports."""
        step = timedelta(seconds=seconds)
        with self._lock:
            self.finish_due()
            for key in _report_objects():
                key.last_modified -= step
            count = 0
            for ca in _certificate_authorities():
                for report in reports_of(ca).values():
                    report.created_at -= step
                    report.ready_at -= step
                    count += 1
            self.finish_due()
            return count

    def forget(self) -> None:
        """Drop what is in progress; finished reports live and die with moto's certificate authorities."""
        with self._lock:
            self._in_progress = []

    @staticmethod
    def _refuse_inside_interval(ca: CertificateAuthority, settings: Settings) -> None:
        counted = ("CREATING", "SUCCESS", "FAILED") if settings.failed_reports_count else ("CREATING", "SUCCESS")
        last = max((report.created_at for report in reports_of(ca).values() if report.status in counted), default=None)
        if last is not None and clock.now() - last < timedelta(seconds=settings.report_interval):
            raise JsonRESTError(settings.refusal_code, REFUSALS[settings.refusal_code])


def _bucket_refusal(bucket_name: str, trouble: bucket_access.Trouble, settings: Settings) -> JsonRESTError:
    if trouble.missing_bucket and settings.missing_bucket_code == "ResourceNotFoundException":
        return JsonRESTError("ResourceNotFoundException", f"Could not find S3 bucket '{bucket_name}'.")
    return JsonRESTError(
        "ValidationException",
        f"Permission error with your S3 bucket '{bucket_name}'. Check that your bucket policy, encryption settings, "
        "S3 Block Public Access settings, and global account permissions are configured correctly.",
    )


def _finish(report: AuditReport) -> None:
    ca = report.ca
    if ca.arn not in acmpca_backends[ca.account_id][ca.region_name].certificate_authorities:
        return  # moto was reset in the meantime
    trouble = bucket_access.find_trouble(ca, report.bucket_name, report.key, report.caller, report.settings)
    bucket = bucket_access.find_bucket(report.bucket_name, get_partition(ca.region_name))
    if trouble is None and bucket is not None:
        _write(report, bucket)
        report.status = "SUCCESS"
    else:
        report.status = "FAILED"
        log.info("Audit report %s of %s failed: %s.", report.id, ca.arn, trouble and trouble.reason)
    report.entries = ()  # no longer needed, and a fleet's reports are many
    events.announce(ca, report.id, report.status == "SUCCESS")


def _write(report: AuditReport, bucket: FakeBucket) -> None:
    for test_key in bucket_access.TEST_KEYS:
        _put(bucket, test_key, b"", "binary/octet-stream", report.ready_at)
    content = render(report.entries, report.response_format)
    _put(bucket, report.key, content, CONTENT_TYPES[report.response_format], report.ready_at)


def _put(bucket: FakeBucket, key: str, content: bytes, content_type: str, modified: datetime) -> None:
    backend = s3_backends[bucket.account_id][bucket.partition]
    written: FakeKey = backend.put_object(bucket.name, key, content)
    written.set_metadata({"Content-Type": content_type})
    written.last_modified = modified.astimezone(UTC).replace(tzinfo=None)  # moto's times are naive UTC


def _certificate_authorities() -> Iterator[CertificateAuthority]:
    # Lists, because other threads add accounts and regions meanwhile.
    for regions in list(acmpca_backends.values()):
        for backend in list(regions.values()):
            yield from list(backend.certificate_authorities.values())


def _report_objects() -> Iterator[FakeKey]:
    for partitions in list(s3_backends.values()):
        for backend in list(partitions.values()):
            for bucket in list(backend.buckets.values()):
                for name in [name for name in list(bucket.keys) if name.startswith(PREFIX)]:
                    yield from bucket.keys.getlist(name)
