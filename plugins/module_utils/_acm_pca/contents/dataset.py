# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data set: one Parquet file for each CA in the report bucket, always of its latest report.

It is written as a stream while the report is read, and takes the place of the one before only once it is complete.
"""

from __future__ import annotations

import dataclasses
import io
import typing as t
from datetime import datetime

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ..._aws.errors import AWSError, aws_errors
from ..._aws.times import read_time, to_text
from ..report_bucket import ABSENT, StoredObject
from .certificate_columns import SCHEMA_VERSION, Arrow, CertificateColumns, Origin
from .parquet_file import open_parquet

if t.TYPE_CHECKING:
    from ..arns import CertificateAuthorityArn
    from .reader import Block

WRITTEN, UNCHANGED, FAILED = "written", "unchanged", "failed"

# The least that S3 takes as a part of an upload but for its last. It takes 10,000 parts, so a file may have 48 GiB.
_PART = 5 * 1024 * 1024

_CONFLICT = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict", *ABSENT})

# By which files know the report that they are of.
_VERSION, _KEY, _ETAG, _CREATED_AT = (
    "schema-version",
    "audit-report-key",
    "audit-report-etag",
    "audit-report-created-at",
)


def dataset_key(arn: CertificateAuthorityArn) -> str:
    """Where the certificates of a CA are."""
    return f"audit-certificates/{arn.ca_id}.parquet"


def metadata_of(stored: StoredObject, created_at: datetime) -> dict[str, str]:
    """What a file of this report says of itself.

    :param stored: the file of the report.
    """
    return {
        _VERSION: str(SCHEMA_VERSION),
        _KEY: stored.key,
        _ETAG: stored.etag.strip('"'),
        _CREATED_AT: to_text(created_at),
    }


def is_current(found: t.Mapping[str, str], wanted: t.Mapping[str, str]) -> bool:
    """Whether a file is of the same report, or of a later one, and so may stay.

    :param found: what the file says of itself.
    :param wanted: what another one would say.
    """
    if all(found.get(name) == value for name, value in wanted.items()):
        return True
    try:
        return read_time(found.get(_CREATED_AT, "")) > read_time(wanted[_CREATED_AT])
    except ValueError:
        return False


@dataclasses.dataclass(frozen=True)
class StoredDataset:
    """A file of the data set as it lies in the bucket: the version that a write replaces, and what it says."""

    etag: str
    metadata: t.Mapping[str, str]


class Conflict(Exception):
    """Somebody else wrote the same file since it was looked at."""


class DatasetBucket:
    """Where the data set is, through the module's own credentials."""

    def __init__(self, client: t.Any, name: str) -> None:
        self._client = client
        self._name = name

    @aws_errors("look for the data set in the report bucket")
    def look_up(self, key: str) -> StoredDataset | None:
        """A file of the data set, or None where there is none. One request."""
        try:
            response = self._client.head_object(Bucket=self._name, Key=key, aws_retry=True)
        except ClientError as e:
            if str(e.response["Error"]["Code"]) in ABSENT:
                return None
            raise
        return StoredDataset(response["ETag"], response.get("Metadata", {}))

    def upload(self, key: str, metadata: t.Mapping[str, str], replaces: StoredDataset | None) -> Upload:
        """Write a file of the data set, in place of the one that was looked up."""
        condition = {"IfMatch": replaces.etag} if replaces else {"IfNoneMatch": "*"}
        return Upload(self._client, {"Bucket": self._name, "Key": key}, metadata, condition)


class Upload(io.RawIOBase):
    """Takes the bytes of an object, and sends them as they come. Nothing is to be seen of it before ``complete``.

    s3transfer's way to do that reads from a file, in threads of its own, and knows no conditions.
    """

    def __init__(
        self, client: t.Any, place: dict[str, str], metadata: t.Mapping[str, str], condition: dict[str, str]
    ) -> None:
        self._client = client
        self._place = place
        self._properties = {"Metadata": dict(metadata), "ContentType": "application/vnd.apache.parquet"}
        self._condition = condition
        self._waiting: list[bytes] = []
        self._size = 0
        self._ended = False
        self._id: str | None = None
        self._parts: list[dict[str, t.Any]] = []

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, data: t.Any) -> int:
        """Take some bytes. :raises AWSError: where they cannot be sent."""
        # pyarrow cannot close a file without writing its end, also where that is of no use any more.
        if not self._ended:
            self._waiting.append(bytes(data))
            self._size += len(data)
            if self._size >= _PART:
                self._send()
        return len(data)

    @aws_errors("write the data set to the report bucket")
    def complete(self) -> None:
        """Put the object into its place. :raises Conflict: where it is not the one any more that was to be replaced."""
        try:
            if self._id is None:
                self._client.put_object(
                    **self._place, **self._properties, **self._condition, Body=self._taken(), aws_retry=True
                )
                return
            if self._size:
                self._send()
            self._client.complete_multipart_upload(
                **self._place,
                **self._condition,
                UploadId=self._id,
                MultipartUpload={"Parts": self._parts},
                aws_retry=True,
            )
            self._id = None
        except ClientError as e:
            if str(e.response["Error"]["Code"]) in _CONFLICT:
                raise Conflict from e
            raise

    def abort(self) -> None:
        """Have S3 forget what was sent of an object that is not complete."""
        self._ended = True
        self._taken()
        if self._id is not None:
            identifier, self._id = self._id, None
            # What led here matters more.
            try:
                self._abort(identifier)
            except AWSError:
                pass

    @aws_errors("abort the upload of the data set")
    def _abort(self, identifier: str) -> None:
        self._client.abort_multipart_upload(**self._place, UploadId=identifier, aws_retry=True)

    @aws_errors("write the data set to the report bucket")
    def _send(self) -> None:
        if self._id is None:
            created = self._client.create_multipart_upload(**self._place, **self._properties, aws_retry=True)
            self._id = created["UploadId"]
        number = len(self._parts) + 1
        sent = self._client.upload_part(
            **self._place, UploadId=self._id, PartNumber=number, Body=self._taken(), aws_retry=True
        )
        # botocore has S3 check each part, and S3 then asks for the checksums again in the end.
        checksums = {name: value for name, value in sent.items() if name.startswith("Checksum")}
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"], **checksums})

    def _taken(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        return data


class Dataset:
    """The data set of one CA while its report is read. To be used as a context: what is not finished is withdrawn.

    Nothing raises here because of AWS: ``error`` is what went wrong, and the report can still be read.
    """

    def __init__(
        self,
        arrow: Arrow | None,
        bucket: DatasetBucket,
        arn: CertificateAuthorityArn,
        created_at: datetime,
        stored: StoredObject,
    ) -> None:
        """:param arrow: None where nothing is to be written (check mode)."""
        self.key = dataset_key(arn)
        self.action = FAILED
        self.error: AWSError | Conflict | None = None
        self._bucket = bucket
        self._wanted = metadata_of(stored, created_at)
        self._upload: Upload | None = None
        self._file: t.Any = None
        try:
            found = bucket.look_up(self.key)
        except AWSError as e:
            self.error = e
            return
        if found and is_current(found.metadata, self._wanted):
            self.action = UNCHANGED
        elif arrow is None:
            self.action = WRITTEN
        else:
            self._upload = bucket.upload(self.key, self._wanted, found)
            self._file = open_parquet(arrow, self._upload)
            self._columns = CertificateColumns(arrow, Origin(arn, created_at), self._file.write_batch)

    @property
    def writing(self) -> bool:
        """Whether the certificates are needed."""
        return self._file is not None

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._withdraw()

    def add(self, block: Block) -> None:
        """Write certificates. The block has all fields."""
        if self._file is not None:
            try:
                self._columns.add(block)
            except AWSError as e:
                self._fail(e)

    def finish(self) -> None:
        """At the end of the report, put the file into its place."""
        if self._file is None or self._upload is None:
            return
        try:
            self._columns.finish()
            self._file.close()
            self._upload.complete()
            self.action = WRITTEN
        except AWSError as e:
            self._fail(e)
        except Conflict as e:
            self._settle(e)
        self._withdraw()

    def _settle(self, conflict: Conflict) -> None:
        """Somebody else wrote the file. If it was of the same report, or of a later one, that is all right."""
        try:
            found = self._bucket.look_up(self.key)
        except AWSError as e:
            self.error = e
            return
        if found and is_current(found.metadata, self._wanted):
            self.action = UNCHANGED
        else:
            self.error = conflict

    def _fail(self, error: AWSError) -> None:
        self.error = error
        self._withdraw()

    def _withdraw(self) -> None:
        upload, self._upload, file, self._file = self._upload, None, self._file, None
        if upload is not None:
            upload.abort()
        if file is not None:
            file.close()
