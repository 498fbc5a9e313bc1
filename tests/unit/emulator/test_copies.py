# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World


def test_a_copy_of_the_object_that_was_seen_and_of_no_other(world: World) -> None:
    seen = world.s3.put_object(Bucket="reports", Key="a b+c", Body=b"first")["ETag"]
    source: dict[str, Any] = {"CopySource": {"Bucket": "reports", "Key": "a b+c"}, "CopySourceIfMatch": seen}
    upload = {"Bucket": "reports", "Key": "parts"}
    upload["UploadId"] = world.s3.create_multipart_upload(**upload)["UploadId"]
    world.s3.copy_object(Bucket="reports", Key="copy", **source)
    world.s3.upload_part_copy(**upload, PartNumber=1, CopySourceRange="bytes=0-4", **source)
    world.s3.put_object(Bucket="reports", Key="a b+c", Body=b"second")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        world.s3.copy_object(Bucket="reports", Key="copy", **source)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        world.s3.upload_part_copy(**upload, PartNumber=1, CopySourceRange="bytes=0-4", **source)
    assert world.s3.get_object(Bucket="reports", Key="copy")["Body"].read() == b"first"
