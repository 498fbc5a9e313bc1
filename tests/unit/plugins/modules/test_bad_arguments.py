# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a task gives to a module, it gets an answer that names the option, and never a traceback."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path
from types import ModuleType

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.cloudpki.aws.plugins.modules import (
    acm_pca_audit_report,
    acm_pca_audit_report_bucket,
    acm_pca_audit_report_info,
    acm_pca_certificate_authority_info,
    securityhub_findings,
)

from ..bad_values import spoiled, tries
from .conftest import Result, Run

ARN = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566"
#: What ansible-core says without the option, of what is no dictionary or list in a list of dictionaries.
OF_ANSIBLE = re.compile(
    "dictionary requested, could not parse JSON or key=value"
    "|Value .* in the sub parameter field '[a-z_]+' must be a .*",
    re.DOTALL,
)
CONDITIONS = {
    "expiring_within": 30,
    "expires_before": "2026-11-01T00:00:00Z",
    "expires_after": "-30",
    "issued_within": 90,
    "issued_before": "2026-11-01",
    "issued_after": "2026-10-01T00:00:00+02:00",
    "revoked_within": 7,
    "revoked": True,
    "revocation_reason": ["KEY_COMPROMISE", "SUPERSEDED"],
    "replaced": False,
    "validity_over": 398,
    "template": ["*EndEntity*", "WebServer"],
    "not_template": ["*CodeSigning*"],
    "requested_by": ["acm.amazonaws.com"],
    "serial": ["00:11:22:aa"],
    "subject": "*O=Example*",
}
CONNECTION = {
    "region": "us-east-1",
    "endpoint_url": "http://127.0.0.1:9",
    "aws_config": {"retries": {"max_attempts": 1}},
    "access_key": "AKIAIOSFODNN7EXAMPLE",
    "secret_key": "anything",
    "session_token": "anything",
    "profile": "audit",
    "validate_certs": True,
    "aws_ca_bundle": "bundle.pem",
    "debug_botocore_endpoint_logs": False,
}
SELECTION = {
    "certificate_authority_arn": [ARN],
    "accounts": [
        {
            "role_arn": "arn:aws:iam::111122223333:role/Audit",
            "account_id": "111122223333",
            "name": "payments",
            "external_id": "audit-4711",
            "role_session_name": "audit",
            "duration_seconds": 900,
            "regions": ["us-east-1", "eu-*", "!sa-east-1"],
        },
        {"account_id": "444455556666"},
        {},
    ],
    "role_name": "audit/PrivateCAAudit",
    "external_id": "audit-4711",
    "regions": ["all", "eu-*", "!sa-east-1"],
    "concurrency": 32,
}
BUCKET = "example-corp-pca-audit-reports"
#: What each module needs at least, and good values of all its options.
MODULES: dict[ModuleType, tuple[Result, Result]] = {
    acm_pca_audit_report: (
        {"s3_bucket_name": BUCKET},
        {
            **SELECTION,
            "s3_bucket_name": BUCKET,
            "audit_report_response_format": "CSV",
            "max_age": 86400,
            "force": True,
            "wait": False,
            "wait_timeout": 60,
            "wait_delay": 5,
            "tracking": "listing",
            "archive_bucket_name": "example-corp-archive",
            "results_file": "results.json",
            "mode": "0640",
        },
    ),
    acm_pca_audit_report_info: (
        {"s3_bucket_name": BUCKET},
        {
            **SELECTION,
            **CONDITIONS,
            "s3_bucket_name": BUCKET,
            "s3_key": ["audit-report/11223344-1234-1122-2233-112233445566/9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36.json"],
            "audit_reports_file": ["reports.json"],
            "audit_report_id": "9c81bf52-9a9b-4a5d-8a3b-3a2a2b5d4b36",
            "audit_report_response_format": "JSON",
            "tracking": "record",
            "contents": "certificates",
            "rules": [
                {
                    "name": "expiring",
                    "severity": "critical",
                    "certificate_authority_arns": [ARN],
                    "account_ids": ["111122223333"],
                    "tags": {"team": "payments"},
                    **CONDITIONS,
                },
                {"name": "revoked", "revoked": True},
            ],
            "limit": 10,
            "changes_since": "previous",
            "certificates_file": "certificates.csv",
            "dataset": True,
            "include_certificate_authority": True,
            "include_tags": True,
            "results_file": "results.json",
            "mode": "0640",
            "on_error": "skip",
        },
    ),
    acm_pca_audit_report_bucket: (
        {"name": BUCKET},
        {
            "name": BUCKET,
            "state": "absent",
            "purpose": "archive",
            "account_ids": ["111122223333"],
            "purge_account_ids": False,
            "regions": ["us-east-1", "eu-*"],
            "certificate_authority_arns": [ARN],
            "organization_id": "o-exampleorg1",
            "reader_arns": ["arn:aws:iam::111122223333:role/Hub", "444455556666"],
            "member_write": True,
            "member_role_name": "PrivateCAAudit",
            "kms_key": "alias/reports",
            "manage_kms_key_policy": False,
            "tags": {"team": "pki"},
            "purge_tags": False,
            "expiration_days": 400,
            "retention_mode": "GOVERNANCE",
            "retention_days": 30,
        },
    ),
    acm_pca_certificate_authority_info: (
        {},
        {
            **SELECTION,
            "status": ["ACTIVE"],
            "type": ["ROOT"],
            "usage_mode": ["GENERAL_PURPOSE"],
            "key_algorithm": ["RSA_2048"],
            "tags": {"team": "pki"},
            "include_tags": True,
        },
    ),
    securityhub_findings: (
        {"generator_id": "example", "findings": []},
        {
            "generator_id": "example",
            "findings": [
                {
                    "id": "one",
                    "title": "A certificate expires",
                    "description": "In a day.",
                    "severity": "HIGH",
                    "types": ["Software and Configuration Checks"],
                    "created_at": "2026-11-01T00:00:00Z",
                    "expires_at": "2026-12-01T00:00:00Z",
                    "resources": [{"id": ARN, "type": "Other", "region": "us-east-1", "details": {"key": "value"}}],
                    "product_fields": {"key": "value"},
                    "remediation": "Renew it.",
                }
            ],
            "purge": True,
            "purge_prefixes": ["example/"],
        },
    ),
}


@pytest.fixture
def asked(no_machine_settings: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Requests to AWS, all of which are denied."""
    requests: list[str] = []

    class Raw:
        @staticmethod
        def stream() -> t.Iterator[bytes]:
            yield b"<Response><Error><Code>AccessDenied</Code><Message>No.</Message></Error></Response>"

    def send(_session: URLLib3Session, request: t.Any) -> AWSResponse:
        requests.append(request.url)
        headers = {"x-amzn-errortype": "AccessDeniedException"}
        return AWSResponse(request.url, 403, headers, Raw())

    monkeypatch.setattr(URLLib3Session, "send", send)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    # Relative paths of files lead here.
    monkeypatch.chdir(tmp_path)
    return requests


def values_of(good: Result) -> st.SearchStrategy[tuple[str, t.Any]]:
    """The name of an option, and a value that is not as it should be."""
    return st.sampled_from(sorted(good)).flatmap(lambda name: st.tuples(st.just(name), spoiled(good[name])))


def check(result: Result, name: str, asked: list[str]) -> None:
    """Where AWS was asked, the value was good after all."""
    assert "Traceback" not in json.dumps(result)
    if result.get("failed") and not asked:
        assert name in result["msg"] or OF_ANSIBLE.fullmatch(result["msg"]), result["msg"]
    asked.clear()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_bad_value_is_refused_by_the_name_of_its_option(
    module: ModuleType, asked: list[str], run_module: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    required, good = MODULES[module]
    # To make clients takes most of the time, and says nothing about these options.
    clients = Clients(region="us-east-1")
    monkeypatch.setattr(Clients, "of_module", lambda _module: clients)

    @tries(1000)
    @given(values_of(good))
    def attempt(bad: tuple[str, t.Any]) -> None:
        name, value = bad
        check(run_module(module, **{**required, name: value}), name, asked)

    attempt()


def test_a_bad_connection_is_refused_by_the_name_of_its_option(asked: list[str], run_module: Run) -> None:
    @tries(100)
    @given(values_of(CONNECTION))
    def attempt(bad: tuple[str, t.Any]) -> None:
        name, value = bad
        check(run_module(acm_pca_certificate_authority_info, **{name: value}), name, asked)

    attempt()
