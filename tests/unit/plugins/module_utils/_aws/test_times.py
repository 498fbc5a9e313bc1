# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import os
import time
import typing as t
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.authorities import describe_authority
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.models import CertificateAuthority
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import OWN_ACCOUNT
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, is_foreign
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.times import parse_aws_time, read_time, to_text

from .._acm_pca.builders import ARN

END_OF_TIME = 253402300799


@pytest.fixture(params=["UTC", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine is there."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (END_OF_TIME, "9999-12-31T23:59:59Z"),
        (2.53402300799e11, "9999-12-31T23:59:59Z"),
        ("2.53402300799E11", "9999-12-31T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (-2208988800, "1900-01-01T00:00:00Z"),
        (1795859145.75, "2026-11-28T09:45:45Z"),
        ("2026-11-28T10:45:45+01:00", "2026-11-28T09:45:45Z"),
        ("2026-11-28T09:45:45.123Z", "2026-11-28T09:45:45Z"),
        ("2026-11-28T09:45:45", "2026-11-28T09:45:45Z"),
        ("Sat, 28 Nov 2026 09:45:45 GMT", "2026-11-28T09:45:45Z"),
    ],
)
def test_times_of_aws_are_the_same_wherever_the_machine_is(given: t.Any, text: str) -> None:
    assert parse_aws_time(given).tzinfo is UTC
    assert to_text(parse_aws_time(given)) == text


@pytest.mark.parametrize("given", ["soon", None, {}, 1e18, -1e12, float("nan"), float("inf")])
def test_what_is_no_time_of_aws(given: t.Any) -> None:
    with pytest.raises(ValueError):
        parse_aws_time(given)


def described(not_after: t.Any, monkeypatch: pytest.MonkeyPatch) -> CertificateAuthority:
    """A CA, as the service describes it with this end."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    clients = Clients(region="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    body = {"CertificateAuthority": {"Arn": ARN, "Status": "ACTIVE", "NotAfter": not_after}}

    def answer(request: AWSRequest, **_more: t.Any) -> AWSResponse:
        class Raw(io.BytesIO):
            def stream(self, **_options: t.Any) -> Iterator[bytes]:
                yield self.read()

        headers = {"Content-Type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, 200, headers, Raw(json.dumps(body).encode()))

    clients.client("acm-pca", "us-east-1").meta.events.register("before-send.acm-pca", answer)
    return describe_authority(clients, OWN_ACCOUNT, parse_certificate_authority_arn(ARN))


@pytest.mark.usefixtures("zone")
def test_a_ca_that_never_ends_is_read_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    description = described(2.53402300799e11, monkeypatch).description
    assert description is not None
    assert description["NotAfter"] == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("not_after", ["soon", 1e18])
def test_an_answer_whose_times_are_none_is_not_one_of_aws(not_after: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AWSError) as failure:
        described(not_after, monkeypatch)
    assert is_foreign(failure.value)


def test_texts() -> None:
    east = timezone(timedelta(hours=9))
    assert to_text(datetime(2026, 11, 23, 9, 30, 0, 999999, tzinfo=east)) == "2026-11-23T00:30:00Z"
    assert read_time("2026-11-23T09:30:00+09:00") == read_time("2026-11-23T00:30:00Z")
    with pytest.raises(ValueError, match="no time zone"):
        read_time("2026-11-23T09:30:00")
    with pytest.raises(ValueError, match="out of range"):
        read_time("0001-01-01T00:00:00+14:00")
