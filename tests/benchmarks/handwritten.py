# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is compared, as people would write it by hand: boto3 and a pool of threads. A program of its own.

    python tests/benchmarks/handwritten.py shared|per-account THREADS FILE BUCKET

FILE is JSON: {"targets": [[CA ARN, role ARN], ...]}. For each CA it makes the same requests as the module does in a
first run, and no more, and does nothing beside: no plan, no retries but botocore's own, no result.

per-account: one client of Private CA for each account, with its credentials.
shared: one client for all accounts; who signs a request is what differs from thread to thread.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

REGION = "us-east-1"
POLL_SECONDS = 3.0


class ThreadCredentials(Credentials):
    """The credentials that the thread at hand works with."""

    def __init__(self) -> None:
        super().__init__("unused", "unused")
        self._of_thread = threading.local()

    def use(self, frozen: ReadOnlyCredentials) -> None:
        """From now on, in this thread."""
        self._of_thread.frozen = frozen

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What botocore signs with."""
        frozen: ReadOnlyCredentials = self._of_thread.frozen
        return frozen

    def load_credentials(self) -> ThreadCredentials:
        """For a session, whose provider of credentials this is as well."""
        return self


def per_account_clients(config: Config) -> Callable[[dict[str, Any]], Any]:
    """Gives the client of Private CA for the credentials of an account: a new one."""
    session = boto3.session.Session(region_name=REGION)
    making = threading.Lock()  # using clients is safe in threads, making them is not

    def client(credentials: dict[str, Any]) -> Any:
        with making:
            return session.client(
                "acm-pca",
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
                config=config,
            )

    return client


def shared_client(config: Config) -> Callable[[dict[str, Any]], Any]:
    """Gives the client of Private CA for the credentials of an account: always the same one."""
    session = botocore.session.Session()
    switched = ThreadCredentials()
    session.register_component("credential_provider", switched)
    the_client = session.create_client("acm-pca", region_name=REGION, config=config)

    def client(credentials: dict[str, Any]) -> Any:
        frozen = ReadOnlyCredentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
        )
        switched.use(frozen)
        return the_client

    return client


class Auditor:
    """Does for one CA what the module does."""

    def __init__(self, variant: str, threads: int, bucket: str) -> None:
        config = Config(max_pool_connections=threads)
        session = boto3.session.Session(region_name=REGION)
        self._bucket = bucket
        self._s3 = session.client("s3", config=config)
        self._sts = session.client("sts", config=config)
        # Of a client per account, only one request is under way at a time.
        self._private_ca = shared_client(config) if variant == "shared" else per_account_clients(Config())

    def audit(self, target: tuple[str, str]) -> None:
        """Have a report made, and remember it."""
        arn, role = target
        ca_id = arn.rpartition("/")[2]
        record_key = f"audit-report-tracking/{ca_id}.json"
        condition = {"IfNoneMatch": "*"}
        try:
            stored = self._s3.get_object(Bucket=self._bucket, Key=record_key)
            stored["Body"].read()
            condition = {"IfMatch": stored["ETag"]}
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
        self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"audit-report/{ca_id}/")
        assumed = self._sts.assume_role(RoleArn=role, RoleSessionName="audit")
        private_ca = self._private_ca(assumed["Credentials"])
        report = private_ca.create_certificate_authority_audit_report(
            CertificateAuthorityArn=arn, S3BucketName=self._bucket, AuditReportResponseFormat="JSON"
        )
        record = {"arn": arn, "id": report["AuditReportId"], "key": report["S3Key"], "status": "CREATING"}
        self._s3.put_object(
            Bucket=self._bucket, Key=record_key, Body=json.dumps(record, indent=2).encode(), **condition
        )
        while True:
            found = private_ca.describe_certificate_authority_audit_report(
                CertificateAuthorityArn=arn, AuditReportId=report["AuditReportId"]
            )
            if found["AuditReportStatus"] != "CREATING":
                break
            time.sleep(POLL_SECONDS)


def main(arguments: list[str]) -> int:
    """Audit all CAs of the file."""
    variant, threads, file, bucket = arguments
    targets: list[tuple[str, str]] = list(map(tuple, json.loads(Path(file).read_text(encoding="utf-8"))["targets"]))
    auditor = Auditor(variant, int(threads), bucket)
    with ThreadPoolExecutor(int(threads)) as executor:
        done = sum(1 for _none in executor.map(auditor.audit, targets))
    print(f"{done} reports, process {os.getpid()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
