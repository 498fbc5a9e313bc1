# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive that S3 copies finished reports to. Does, and decides nothing."""

from __future__ import annotations

import contextlib
import typing as t

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ..._aws.errors import aws_errors
from ..report_bucket import ABSENT, StoredObject

# What S3 copies with one request, and how much at once of what is larger.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
LARGEST_COPY = 5_000_000_000
PART_SIZE = 1_000_000_000


class Archive:
    """Copies of the reports of one bucket in another, under the same keys, through the module's own credentials."""

    def __init__(self, client: t.Any, name: str, source: str) -> None:
        """:param source: the name of the report bucket."""
        self._client = client
        self.name = name
        self._source = source

    @aws_errors("use the archive")
    def check(self) -> None:
        """One cheap request that tells whether the archive is there.

        :raises AWSError: where it is not.
        """
        self._client.list_objects_v2(Bucket=self.name, Prefix="audit-report/", MaxKeys=1, aws_retry=True)

    @aws_errors("look for the audit report in the archive")
    def contains(self, key: str) -> bool:
        """Whether there is a copy of a report. One request, which does not tell a missing archive from an empty one."""
        try:
            self._client.head_object(Bucket=self.name, Key=key, aws_retry=True)
        except ClientError as e:
            if e.response["Error"]["Code"] in ABSENT:
                return False
            raise
        return True

    @aws_errors("copy the audit report to the archive")
    def copy(self, report: StoredObject) -> None:
        """Let S3 copy a report, with its content type. The encryption is what the archive has by default.

        :raises AWSError: also where another object has taken the report's place since.
        """
        target = {"Bucket": self.name, "Key": report.key}
        source = {
            "CopySource": {"Bucket": self._source, "Key": report.key},
            "CopySourceIfMatch": report.etag,
        }
        if report.size > LARGEST_COPY:
            self._copy_in_parts(report, target, source)
        else:
            self._client.copy_object(**target, **source, aws_retry=True)

    def _copy_in_parts(
        self, report: StoredObject, target: t.Mapping[str, t.Any], source: t.Mapping[str, t.Any]
    ) -> None:
        head = self._client.head_object(Bucket=self._source, Key=report.key, IfMatch=report.etag, aws_retry=True)
        begun = self._client.create_multipart_upload(**target, ContentType=head["ContentType"], aws_retry=True)
        upload = {**target, "UploadId": begun["UploadId"]}
        parts: list[dict[str, t.Any]] = []
        try:
            for number, first in enumerate(range(0, report.size, PART_SIZE), 1):
                last = min(first + PART_SIZE, report.size) - 1
                copied = self._client.upload_part_copy(
                    **upload, **source, PartNumber=number, CopySourceRange=f"bytes={first}-{last}", aws_retry=True
                )["CopyPartResult"]
                parts.append({"PartNumber": number, "ETag": copied["ETag"]})
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, aws_retry=True)
        except BaseException:
            # Parts that nobody completes are invisible, and paid for.
            with contextlib.suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(**upload, aws_retry=True)
            raise
