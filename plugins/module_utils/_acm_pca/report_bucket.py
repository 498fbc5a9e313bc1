# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report bucket in S3: finding reports in it and keeping the tracking records. Does, and decides nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import threading
import typing as t
from datetime import datetime

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from .._aws.errors import AWSError, aws_errors, is_interrupted
from .._aws.times import to_utc
from .arns import CertificateAuthorityArn
from .models import SUCCESS, AuditReport
from .tracking_record import record_key, report_from_key, report_prefix

# A record is well under 2 KB; whatever is larger is none, and is not read to its end.
_LARGEST_RECORD = 64 * 1024
_READ_TRIES = 3

ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
# The answers of a conditional PutObject that mean: look again, somebody else wrote.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_CONFLICT = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict", *ABSENT})


@dataclasses.dataclass(frozen=True)
class StoredRecord:
    """A tracking record as it lies in the bucket: what it says, and the version that a write replaces."""

    body: bytes
    etag: str


@dataclasses.dataclass(frozen=True)
class StoredObject:
    """An object of the bucket: how many bytes it has, since when, and which version it is."""

    key: str
    size: int
    modified: datetime
    etag: str


class ReportBucket:
    """One S3 bucket, through the module's own credentials."""

    def __init__(self, client: t.Any, name: str) -> None:
        self._client = client
        self.name = name
        self._region: str | None = None
        self._region_asked = False
        self._lock = threading.Lock()

    def region(self) -> str | None:
        """The region of the bucket, or None where S3 does not tell. One request at most, and none after a list."""
        with self._lock:
            if self._region is None and not self._region_asked:
                self._region_asked = True
                # Nothing fails for it: where the bucket cannot be used at all, other requests say so better.
                with contextlib.suppress(AWSError):
                    self._ask_for_region()
        return self._region

    @aws_errors("look for the region of the report bucket")
    def _ask_for_region(self) -> None:
        try:
            self._note_region(self._client.head_bucket(Bucket=self.name, aws_retry=True))
        except ClientError as e:
            # S3 names the region to those as well who may not use the bucket.
            self._note_region(e.response)

    def _note_region(self, response: t.Mapping[str, t.Any]) -> None:
        """S3 sends the region with the list of a bucket, too, although only HeadBucket is documented to.

        https://github.com/versity/versitygw/pull/2002
        """
        named = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region", "")
        if re.fullmatch(r"[a-z0-9-]{1,50}", named):
            self._region = named

    @aws_errors("use the report bucket")
    def check(self) -> None:
        """One cheap request that tells whether the bucket is there and may be read.

        :raises AWSError: for a bucket that cannot be used, and for whatever would fail for every CA alike
            (credentials, endpoint).
        """
        self._note_region(
            self._client.list_objects_v2(Bucket=self.name, Prefix="audit-report/", MaxKeys=1, aws_retry=True)
        )

    def read_record(self, arn: CertificateAuthorityArn) -> StoredRecord | None:
        """The stored record of a CA, or None where there is none. One request, unless its body is lost on the way."""
        for _try in range(_READ_TRIES - 1):
            try:
                return self._read_record(arn)
            except AWSError as e:
                # botocore repeats what is lost before the body only.
                if not is_interrupted(e):
                    raise
        return self._read_record(arn)

    @aws_errors("read the tracking record from the report bucket")
    def _read_record(self, arn: CertificateAuthorityArn) -> StoredRecord | None:
        try:
            response = self._client.get_object(Bucket=self.name, Key=record_key(arn), aws_retry=True)
        except ClientError as e:
            if _code(e) in ABSENT:
                return None
            raise
        with response["Body"] as body:
            return StoredRecord(body=body.read(_LARGEST_RECORD), etag=response["ETag"])

    @aws_errors("write the tracking record to the report bucket")
    def write_record(
        self, arn: CertificateAuthorityArn, body: bytes, replaces: StoredRecord | None
    ) -> StoredRecord | None:
        """Store the record of a CA, only if what it replaces is still what is there.

        :param replaces: the record that was read before; None where there was none.
        :returns: what is stored now, or None if somebody else wrote in between: read and merge again.
        """
        condition = {"IfMatch": replaces.etag} if replaces else {"IfNoneMatch": "*"}
        try:
            response = self._client.put_object(
                Bucket=self.name,
                Key=record_key(arn),
                Body=body,
                ContentType="application/json",
                aws_retry=True,
                **condition,
            )
        except ClientError as e:
            if _code(e) in _CONFLICT:
                return None
            raise
        return StoredRecord(body=body, etag=response["ETag"])

    @aws_errors("look for the audit report in the report bucket")
    def confirm(self, report: AuditReport) -> AuditReport | None:
        """The report, finished, if its file is in the bucket, else None.

        Where the file is older than the report claims to be, the file's time counts.
        """
        try:
            response = self._client.head_object(Bucket=self.name, Key=report.s3_key, aws_retry=True)
        except ClientError as e:
            if _code(e) in ABSENT:
                return None
            raise
        created_at = min(report.created_at, to_utc(response["LastModified"]))
        return dataclasses.replace(report, status=SUCCESS, created_at=created_at)

    @aws_errors("look for the audit report in the report bucket")
    def look_up(self, key: str) -> StoredObject | None:
        """An object of the bucket, or None where there is none. One request."""
        try:
            response = self._client.head_object(Bucket=self.name, Key=key, aws_retry=True)
        except ClientError as e:
            if _code(e) in ABSENT:
                return None
            raise
        return _stored(key, response)

    @aws_errors("read the audit report from the report bucket")
    def fetch(self, key: str) -> tuple[StoredObject, t.Any] | None:
        """An object of the bucket, and its body, which is to be closed; or None where there is none. One request."""
        try:
            response = self._client.get_object(Bucket=self.name, Key=key, aws_retry=True)
        except ClientError as e:
            if _code(e) in ABSENT:
                return None
            raise
        return _stored(key, response), response["Body"]

    @aws_errors("read the audit report from the report bucket")
    def open(self, stored: StoredObject, offset: int = 0) -> t.Any:
        """The body of an object, from a byte on. To be closed.

        :raises AWSError: also where another object has taken its place since.
        """
        part = {"Range": f"bytes={offset}-"} if offset else {}
        response = self._client.get_object(
            Bucket=self.name, Key=stored.key, IfMatch=stored.etag, aws_retry=True, **part
        )
        return response["Body"]

    @aws_errors("read the audit report from the report bucket")
    def read(self, body: t.Any, size: int) -> bytes:
        """Some of a body; nothing at its end."""
        return t.cast(bytes, body.read(size))

    @aws_errors("list the audit reports in the report bucket")
    def list_reports(self, arn: CertificateAuthorityArn) -> list[tuple[AuditReport, StoredObject]]:
        """The finished reports that lie in the bucket, whoever asked for them, the newest first."""
        return sorted(self._listed(arn), key=lambda each: each[0].created_at, reverse=True)

    @aws_errors("list the audit reports in the report bucket")
    def newest_reports(self, arn: CertificateAuthorityArn) -> dict[str, AuditReport]:
        """The newest finished report of each format that lies in the bucket, whoever asked for it."""
        found: dict[str, AuditReport] = {}
        for report, _stored in self._listed(arn):
            other = found.get(report.response_format)
            if other is None or report.created_at > other.created_at:
                found[report.response_format] = report
        return found

    def _listed(self, arn: CertificateAuthorityArn) -> t.Iterator[tuple[AuditReport, StoredObject]]:
        """A page at a time, so that a long history needs no memory."""
        request: dict[str, str] = {"Bucket": self.name, "Prefix": report_prefix(arn)}
        while True:
            page = self._client.list_objects_v2(**request, aws_retry=True)
            self._note_region(page)
            for listed in page.get("Contents", []):
                report = report_from_key(arn, self.name, listed["Key"], listed["LastModified"])
                if report:
                    yield report, StoredObject(listed["Key"], listed["Size"], report.created_at, listed["ETag"])
            if not page.get("NextContinuationToken"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]


def _stored(key: str, response: t.Mapping[str, t.Any]) -> StoredObject:
    return StoredObject(key, response["ContentLength"], to_utc(response["LastModified"]), response["ETag"])


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
