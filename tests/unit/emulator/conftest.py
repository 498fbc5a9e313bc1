# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's own tests: its package and the tests' helpers are put on the path."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parents[1] / "emulator"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from emulator_helpers import Server, World, bucket_statement, create_ca, document, running  # noqa: E402

from local_aws.in_process import local_aws  # noqa: E402


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests of a file."""
    with running("--report-seconds", "1", "--report-interval", "1800") as local:
        yield local


@pytest.fixture(autouse=True)
def _no_machine_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients in this process get a region, and nothing from the machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


ClientFactory = Callable[..., Any]


@pytest.fixture(scope="session")
def session() -> boto3.session.Session:
    """One session for all clients: each would load the API models anew."""
    return boto3.session.Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="not-a-secret", region_name="us-east-1"
    )


@pytest.fixture
def client(session: boto3.session.Session) -> ClientFactory:
    """boto3 clients that say at once what went wrong, and leave the checking of parameters to the service."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30, parameter_validation=False)

    def make(service: str, region: str = "us-east-1", **options: Any) -> Any:
        return session.client(service, region, config=config, **options)

    return make


@pytest.fixture
def world(client: Callable[..., Any]) -> Iterator[World]:
    with local_aws(report_seconds=60) as aws:
        s3 = client("s3")
        s3.create_bucket(Bucket="reports")
        s3.put_bucket_policy(Bucket="reports", Policy=document(bucket_statement("reports")))
        pca = client("acm-pca")
        yield World(aws, client, pca, s3, create_ca(pca))
