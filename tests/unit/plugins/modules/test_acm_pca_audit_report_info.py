# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from collections import Counter
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from botocore.exceptions import ReadTimeoutError
from moto.s3.models import s3_backends

from ansible_collections.cloudpki.aws.plugins.filter.audit_summary import audit_summary
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_findings import audit_summary_findings
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_html import audit_summary_html
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_text import audit_summary_text
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import replacements
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import run as run_of_contents
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.report_bucket import ReportBucket
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

from .conftest import AWS, BUCKET, REGION, Run, record_key

pytestmark = pytest.mark.filterwarnings("ignore")

NOW = datetime.now(UTC).replace(microsecond=0)
HEADER = (
    "awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,notBefore,notAfter,issuedAt,revokedAt,"
    "revocationReason,templateArn"
)
TEMPLATE = "arn:aws:acm-pca:::template/EndEntityCertificate/V1"

Certificate = dict[str, str]


def at(**ago: float) -> str:
    return (NOW - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def shown(text: str) -> str:
    return text.replace("+0000", "Z")


def certificate(arn: str, number: int, **fields: str) -> Certificate:
    serial = f"{number:032x}"
    made = {
        "awsAccountId": arn.split(":")[4],
        "certificateArn": f"{arn}/certificate/{serial}",
        "serial": ":".join(serial[place : place + 2] for place in range(0, 32, 2)),
        "subject": f"CN=www{number}.example.com,O=Example Corp",
        "notBefore": at(days=100),
        "notAfter": at(days=-20 - number),
        "issuedAt": at(days=100, seconds=number),
        "templateArn": TEMPLATE,
        **fields,
    }
    return {name: value for name, value in made.items() if value}


def as_json(rows: list[Certificate]) -> bytes:
    return json.dumps(rows).encode()


def as_csv(rows: list[Certificate]) -> bytes:
    names = HEADER.split(",")
    quoted = [[f'"{row["subject"]}"' if name == "subject" else row.get(name, "") for name in names] for row in rows]
    return "".join(f"{line}\n" for line in [HEADER, *map(",".join, quoted)]).encode()


class Reports:
    """Puts reports into the bucket of the local AWS."""

    def __init__(self, aws: AWS) -> None:
        self.aws = aws
        self.arn = aws.create_ca()

    def put(self, body: bytes, name: str = "11111111-0000-4000-8000-000000000001.json", age: int = 0) -> str:
        key = f"audit-report/{self.arn.rpartition('/')[2]}/{name}"
        self.aws.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        if age:
            # Nobody can put an old object into a bucket but moto itself.
            stored = s3_backends[self.arn.split(":")[4]]["aws"].get_object(BUCKET, key)
            stored.last_modified -= timedelta(seconds=age)
        return key


@pytest.fixture
def reports(aws: AWS) -> Reports:
    return Reports(aws)


def some_certificates(arn: str) -> list[Certificate]:
    return [
        certificate(arn, 1, requestedByServicePrincipal="acm.amazonaws.com"),
        certificate(arn, 2, notAfter=at(days=1)),
        certificate(arn, 3, revokedAt=at(days=2), revocationReason="KEY_COMPROMISE"),
        certificate(arn, 4, revokedAt=at(days=3), templateArn=""),
        certificate(arn, 50, subject=""),
        certificate(arn, 400, issuedAt=at(seconds=5), notBefore=at(days=-1)),
    ]


# --- what is inside


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
def test_summary(reports: Reports, info: Run, response_format: str) -> None:
    rows = some_certificates(reports.arn)
    rows = [{**row, "subject": row.get("subject", "")} for row in rows]
    body, name = (as_json(rows), "r.json") if response_format == "JSON" else (as_csv(rows), "r.csv")
    key = reports.put(body, name)
    result = info(certificate_authority_arn=[reports.arn])
    [entry] = result["audit_reports"]
    assert "failed" not in result
    assert result["changed"] is False
    assert (entry["s3_key"], entry["audit_report_id"]) == (key, "r")
    assert (entry["audit_report_response_format"], entry["size"]) == (response_format, len(body))
    assert (entry["account_id"], entry["region"]) == (reports.arn.split(":")[4], REGION)
    assert "certificates" not in entry
    summary = entry["summary"]
    assert {name: summary[name] for name in ("issued", "valid", "expired", "revoked", "unreadable")} == {
        "issued": 6,
        "valid": 3,
        "expired": 1,
        "revoked": 2,
        "unreadable": 0,
    }
    assert summary["revoked_by_reason"] == {"KEY_COMPROMISE": 1, "UNSPECIFIED": 1}
    assert summary["expiring_within"] == {"30": 1, "60": 1, "90": 2}
    assert summary["by_template"] == {TEMPLATE: 5, "none": 1}
    assert summary["by_requesting_principal"] == {"acm.amazonaws.com": 1, "none": 5}
    assert summary["first_issued_at"] == shown(at(days=100, seconds=50))
    assert summary["last_issued_at"] == shown(at(seconds=5))
    assert sum(summary["issued_by_month"].values()) == 6
    assert summary["expiring_by_month"] == {
        shown(row["notAfter"])[:7]: sum(shown(each["notAfter"])[:7] == shown(row["notAfter"])[:7] for each in alive)
        for alive in [[rows[0], rows[4], rows[5]]]
        for row in alive
    }
    assert [each["serial"][-2:] for each in summary["next_to_expire"]] == ["01", "32", "90"]
    [compromise] = summary["key_compromises"]
    assert compromise["revoked_at"] == shown(at(days=2))
    overall = result["summary"]
    assert {name: overall[name] for name in summary} == summary
    assert (overall["reports"], overall["without_report"], overall["failed"]) == (1, 0, 0)


def test_both_formats_give_the_same_certificates(reports: Reports, info: Run) -> None:
    rows = [{**row, "subject": row.get("subject", "")} for row in some_certificates(reports.arn)]
    keys = [reports.put(as_json(rows), "a.json"), reports.put(as_csv(rows), "b.csv")]
    result = info(s3_key=keys, contents="certificates")
    by_json, by_csv = result["audit_reports"]
    assert by_json["certificates"] == by_csv["certificates"]
    assert by_json["summary"] == by_csv["summary"]
    assert by_json["certificates"][0] == {
        "aws_account_id": reports.arn.split(":")[4],
        "requested_by_service_principal": "acm.amazonaws.com",
        "certificate_arn": rows[0]["certificateArn"],
        "serial": rows[0]["serial"],
        "subject": "CN=www1.example.com,O=Example Corp",
        "subject_attributes": [{"type": "CN", "value": "www1.example.com"}, {"type": "O", "value": "Example Corp"}],
        "not_before": shown(rows[0]["notBefore"]),
        "not_after": shown(rows[0]["notAfter"]),
        "issued_at": shown(rows[0]["issuedAt"]),
        "revoked_at": None,
        "revocation_reason": None,
        "template_arn": TEMPLATE,
        "status": "valid",
    }
    assert [each["status"] for each in by_json["certificates"]] == [
        "valid",
        "expired",
        "revoked",
        "revoked",
        "valid",
        "valid",
    ]
    assert (by_json["certificates"][4]["subject"], by_json["certificates"][4]["subject_attributes"]) == (None, [])
    assert (by_json["certificate_authority_arn"], by_json["account_id"], by_json["region"]) == (None, None, None)
    # Each of them counts.
    assert result["summary"]["issued"] == 12


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, [1, 2, 3, 4, 50, 400]),
        ({"expiring_within": 30}, [1]),
        ({"expiring_within": 21}, [1]),
        ({"expiring_within": 20}, []),
        ({"revoked": True}, [3, 4]),
        ({"revoked": False}, [1, 2, 50, 400]),
        ({"issued_after": (NOW - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}, [400]),
        ({"revocation_reason": ["KEY_COMPROMISE"]}, [3]),
        ({"revocation_reason": ["UNSPECIFIED"]}, [4]),
        ({"revocation_reason": ["SUPERSEDED", "KEY_COMPROMISE"], "revoked": True}, [3]),
        ({"issued_after": "2000-01-01", "revoked": False, "expires_after": "0"}, [1, 50, 400]),
        ({"expiring_within": 160}, [50]),
        ({"expires_before": "400", "validity_over": 110, "subject": "*,O=Example Corp"}, [1, 3, 4]),
        ({"serial": ["32", "00:00:03"], "requested_by": ["none"], "not_template": ["Sub*"]}, [3, 50]),
    ],
)
def test_filters(reports: Reports, info: Run, options: dict[str, t.Any], found: list[int]) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    result = info(certificate_authority_arn=[reports.arn], contents="certificates", **options)
    [entry] = result["audit_reports"]
    assert [int(each["serial"].replace(":", ""), 16) for each in entry["certificates"]] == found
    assert (entry["matched"], entry["truncated"]) == (len(found), False)
    # The first one is valid for 120 days.
    short_lived = int(options.get("expiring_within") == 160)
    assert entry.get("short_lived") == (short_lived if "expiring_within" in options else None)
    assert entry["summary"]["issued"] == 6


def renewed_certificates(arn: str) -> list[Certificate]:
    same = {"subject": "CN=renewed.example.com", "notAfter": at(days=-10)}
    return [
        certificate(arn, 1, **same),
        certificate(arn, 2, notAfter=at(days=-10)),
        certificate(arn, 3, subject=same["subject"], notAfter=at(days=-300), issuedAt=at(days=1)),
        certificate(arn, 4, subject="CN=www2.example.com,O=Example Corp", notAfter=at(days=-29), issuedAt=at(days=1)),
    ]


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"expiring_within": 30, "replaced": False}, [2, 4]),
        ({"expiring_within": 30, "replaced": True}, [1]),
        ({"expiring_within": 20, "replaced": True}, [1, 2]),
        ({"replaced": False}, [3, 4]),
        ({"replaced": True, "revoked": True}, []),
    ],
)
def test_replaced(
    reports: Reports, info: Run, tmp_path: Path, response_format: str, options: dict[str, t.Any], found: list[int]
) -> None:
    rows = renewed_certificates(reports.arn)
    if response_format == "JSON":
        reports.put(as_json(rows), "r.json")
    else:
        reports.put(as_csv(rows), "r.csv")
    file = tmp_path / "certificates.csv"
    result = info(
        certificate_authority_arn=[reports.arn], contents="certificates", certificates_file=str(file), **options
    )
    [entry] = result["audit_reports"]
    assert [int(each["serial"].replace(":", ""), 16) for each in entry["certificates"]] == found
    assert entry["matched"] == len(found)
    with file.open(newline="") as lines:
        assert len(list(csv.DictReader(lines))) == len(found)


def test_filters_ask_for_nothing_where_nobody_sees_it(reports: Reports, info: Run) -> None:
    reports.put(as_json(renewed_certificates(reports.arn)))
    info(certificate_authority_arn=[reports.arn], contents="summary", replaced=False, tracking="listing")
    assert reports.aws.calls("s3:GetObject") == 1


def test_a_report_is_fetched_once_whatever_is_asked(reports: Reports, info: Run, tmp_path: Path) -> None:
    reports.put(as_json(renewed_certificates(reports.arn)))
    result = info(
        certificate_authority_arn=[reports.arn],
        tracking="listing",
        contents="certificates",
        certificates_file=str(tmp_path / "certificates.csv"),
        replaced=True,
        rules=[{"name": "a", "expiring_within": 30, "replaced": False}, {"name": "b", "replaced": True}],
    )
    assert [finding["count"] for finding in result["findings"]] == [2, 2]
    assert result["audit_reports"][0]["matched"] == 2
    assert reports.aws.calls("s3:GetObject") == 1


def test_replaced_of_too_many(reports: Reports, info: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacements, "MOST_ALIKE", 1)
    reports.put(as_json([*renewed_certificates(reports.arn), certificate(reports.arn, 2, notAfter=at(days=-9))]))
    result = info(certificate_authority_arn=[reports.arn], contents="certificates", expiring_within=30, replaced=False)
    [entry] = result["audit_reports"]
    assert result["failed"] is True
    assert entry["error"]["code"] == "TooManyCertificates"
    assert "a lower expiring_within" in entry["error"]["message"]


def test_replaced_in_a_damaged_report(reports: Reports, info: Run) -> None:
    """Bad rows are counted once, however often the report is read."""
    rows = renewed_certificates(reports.arn)
    reports.put(as_json([*rows, {**rows[0], "notAfter": "soon"}]))
    options = {"certificate_authority_arn": [reports.arn], "contents": "certificates", "replaced": True}
    [entry] = info(on_error="skip", **options)["audit_reports"]
    assert (entry["summary"]["unreadable"], len(entry["unreadable_rows"])) == (1, 1)
    [failed] = info(**options)["audit_reports"]
    assert failed["error"]["code"] == "AuditReportDamaged"


def test_limit(reports: Reports, info: Run) -> None:
    reports.put(as_json([certificate(reports.arn, number) for number in range(1, 2500)]))
    [usual] = info(certificate_authority_arn=[reports.arn], contents="certificates")["audit_reports"]
    assert (len(usual["certificates"]), usual["matched"], usual["truncated"]) == (1000, 2499, True)
    [none] = info(certificate_authority_arn=[reports.arn], contents="certificates", limit=0)["audit_reports"]
    assert (none["certificates"], none["matched"], none["truncated"]) == ([], 2499, True)


# --- rules


RULES: list[dict[str, t.Any]] = [
    {"name": "expiring", "expiring_within": 30, "replaced": False},
    {"name": "noted", "severity": "notice", "revoked": True},
    {"name": "key compromise", "severity": "critical", "revocation_reason": ["KEY_COMPROMISE"]},
    {"name": "nothing", "severity": "critical", "subject": "CN=nobody"},
]


def test_rules(reports: Reports, info: Run) -> None:
    """Over two CAs, of which one has no report."""
    reports.put(as_json(some_certificates(reports.arn)))
    empty = reports.aws.create_ca()
    result = info(rules=RULES, contents="none", limit=1)
    assert "failed" not in result
    findings = [(each["rule"], each["severity"], each["count"]) for each in result["findings"]]
    assert findings == [("key compromise", "critical", 1), ("expiring", "warning", 1), ("noted", "notice", 2)]
    for finding in result["findings"]:
        assert finding["certificate_authority_arn"] == reports.arn != empty
        assert (finding["account_id"], finding["region"]) == (reports.arn.split(":")[4], REGION)
        assert (len(finding["certificates"]), finding["short_lived"]) == (1, 0)
    # The one that was revoked last, in the form that filters return.
    assert result["findings"][2]["certificates"][0]["revoked_at"] == shown(at(days=2))
    [entry] = [each for each in result["audit_reports"] if each["certificate_authority_arn"] == reports.arn]
    listed = info(s3_key=[entry["s3_key"]], contents="certificates", revoked=True)["audit_reports"][0]["certificates"]
    assert result["findings"][2]["certificates"] == listed[:1]
    assert result["findings_summary"] == [
        {"rule": name, "severity": severity, "findings": found, "certificates": count, "short_lived": 0}
        for name, severity, found, count in (
            ("key compromise", "critical", 1, 1),
            ("nothing", "critical", 0, 0),
            ("expiring", "warning", 1, 1),
            ("noted", "notice", 1, 2),
        )
    ]
    assert "summary" not in entry


def test_the_scope_of_rules(reports: Reports, info: Run) -> None:
    tagged = reports.aws.create_ca()
    for number, arn in enumerate([reports.arn, tagged]):
        key = f"audit-report/{arn.rpartition('/')[2]}/{number}.json"
        reports.aws.s3.put_object(Bucket=BUCKET, Key=key, Body=as_json(some_certificates(arn)))
    tags = [{"Key": "team", "Value": "payments"}]
    reports.aws.clients("acm-pca").tag_certificate_authority(CertificateAuthorityArn=tagged, Tags=tags)
    one = {"revocation_reason": ["KEY_COMPROMISE"]}
    rules = [
        {"name": "of the team", **one, "tags": {"team": "payments"}},
        {"name": "of one", **one, "certificate_authority_arns": [reports.arn], "tags": {"team": "payments"}},
        {"name": "of nobody", **one, "account_ids": ["000000000000"]},
        {"name": "of all", **one},
    ]
    reports.aws.emulator.reset()
    for options in ({}, {"certificate_authority_arns": [reports.arn, tagged]}):
        found = info(rules=rules, **options)["findings"]
        assert [(each["rule"], each["certificate_authority_arn"]) for each in found] == [
            ("of the team", tagged),
            *(("of all", arn) for arn in sorted([reports.arn, tagged])),
        ]
    assert reports.aws.calls("acm-pca:ListTags") == 4
    # Who does not ask for tags needs none.
    info(rules=rules[2:])
    assert reports.aws.calls("acm-pca:ListTags") == 4


def test_a_scope_that_cannot_be_decided_loses_nothing_else(reports: Reports, info: Run) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    reports.aws.emulator.fault(operation="acm-pca:ListTags", count=9, error="AccessDeniedException")
    rules = [{"name": "tagged", "revoked": True, "tags": {"a": None}}, {"name": "all", "revoked": True}]
    result = info(certificate_authority_arn=[reports.arn], rules=rules)
    assert result["failed"] is True
    assert "ListTags" in result["msg"] or "list the tags" in result["msg"]
    assert [each["rule"] for each in result["findings"]] == ["all"]
    assert result["summary"]["issued"] == 6


def test_certificates_that_always_expire_soon_are_no_findings(reports: Reports, info: Run) -> None:
    """A mesh: thousands a day, without a subject, valid for an hour to a week."""
    rows = [
        certificate(
            reports.arn,
            number,
            subject="",
            issuedAt=at(hours=number % 24),
            notBefore=at(hours=number % 24 + 1),
            notAfter=at(hours=-(number % 168) - 1),
        )
        for number in range(10_000)
    ]
    reports.put(as_json(rows))
    told = ""
    for _run in range(3):
        result = info(certificate_authority_arn=[reports.arn], rules=RULES, contents="certificates", expiring_within=30)
        assert result["findings"] == []
        [expiring] = [each for each in result["findings_summary"] if each["rule"] == "expiring"]
        assert (expiring["certificates"], expiring["short_lived"]) == (0, 10_000)
        [entry] = result["audit_reports"]
        assert (entry["matched"], entry["short_lived"]) == (0, 10_000)
        summary = audit_summary(result)
        assert summary["totals"]["issued"] == 10_000
        assert [each for each in summary["attention"] if each["kind"] == "rule"] == []
        assert audit_summary_findings(summary)["findings"] == []
        message = audit_summary_text(summary, told)
        assert (message["due"], message["counts"]) == (False, {"critical": 0, "warning": 0, "notice": 0})
        told = message["record"]


# --- the CA


def test_a_ca_is_described(reports: Reports, info: Run) -> None:
    tags = [{"Key": "team", "Value": "payments"}]
    reports.aws.clients("acm-pca").tag_certificate_authority(CertificateAuthorityArn=reports.arn, Tags=tags)
    described = {
        "name": "example.com",
        "type": "ROOT",
        "usage_mode": "GENERAL_PURPOSE",
        "status": "ACTIVE",
        "key_algorithm": "EC_prime256v1",
    }

    def calls() -> list[int]:
        names = ("ListCertificateAuthorities", "DescribeCertificateAuthority", "ListTags")
        return [reports.aws.calls(f"acm-pca:{name}") for name in names]

    reports.aws.emulator.reset()
    named = {"certificate_authority_arn": [reports.arn], "contents": "none"}
    assert info(**named)["audit_reports"][0]["certificate_authority"] is None
    assert calls() == [0, 0, 0]
    [entry] = info(contents="none")["audit_reports"]
    assert {**entry["certificate_authority"], "not_after": None} == {**described, "not_after": None}
    # It has no report.
    assert entry["s3_key"] is None
    assert calls() == [1, 0, 0]
    [entry] = info(**named, include_certificate_authority=True)["audit_reports"]
    assert {**entry["certificate_authority"], "not_after": None} == {**described, "not_after": None}
    assert calls() == [1, 1, 0]
    [entry] = info(**named, include_tags=True)["audit_reports"]
    assert entry["certificate_authority"]["tags"] == {"team": "payments"}
    assert calls() == [1, 2, 1]
    [entry] = info(contents="none", include_tags=True)["audit_reports"]
    assert entry["certificate_authority"]["tags"] == {"team": "payments"}
    assert calls() == [2, 2, 2]


def test_a_ca_that_is_gone_may_have_left_a_report(reports: Reports, info: Run) -> None:
    gone = f"{reports.arn[:-4]}0000"
    reports.aws.s3.put_object(Bucket=BUCKET, Key=f"audit-report/{gone.rpartition('/')[2]}/r.json", Body=b"[]")
    result = info(certificate_authority_arn=[gone], include_tags=True)
    assert "failed" not in result
    [entry] = result["audit_reports"]
    assert (entry["certificate_authority"], entry["summary"]["issued"]) == (None, 0)


def test_a_report_is_read_though_its_ca_cannot_be_described(reports: Reports, info: Run) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    reports.aws.emulator.fault(operation="acm-pca:DescribeCertificateAuthority", count=9, error="AccessDeniedException")
    result = info(certificate_authority_arn=[reports.arn], include_certificate_authority=True)
    assert result["failed"] is True
    [entry] = result["audit_reports"]
    assert (entry["error"]["code"], entry["summary"]["issued"]) == ("AccessDeniedException", 6)


# --- the file of results


def test_results_file(reports: Reports, info: Run, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("old")
    path.chmod(0o644)
    good, bad = reports.put(as_json(some_certificates(reports.arn)), "a.json"), reports.put(b"[{}]", "b.json")
    options = {"s3_key": [good, bad], "rules": RULES, "contents": "certificates"}
    whole = info(**options)
    result = info(**options, results_file=str(path), check=True)
    assert result["failed"] is True
    assert result["changed"] is False
    assert f"See audit_reports in {path} for all of them" in result["msg"]
    assert not {"audit_reports", "findings"} & set(result)
    written = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    for name in ("findings", "findings_summary", "summary"):
        assert written[name] == whole[name]
    assert [each["s3_key"] for each in written["audit_reports"]] == [good, bad]
    assert [result[name] for name in ("findings_summary", "summary")] == [whole["findings_summary"], whole["summary"]]
    [failure] = result["failures"]
    assert (failure["s3_key"], failure["error"]) == (bad, written["audit_reports"][1]["error"])
    assert "failed" not in info(s3_key=[good], results_file=str(path))


def made(reports: Reports, key: str, **changes: t.Any) -> dict[str, t.Any]:
    """What acm_pca_audit_report writes about a CA to its results file."""
    entry = {
        "certificate_authority_arn": reports.arn,
        "audit_report_status": "SUCCESS",
        "s3_bucket_name": BUCKET,
        "s3_key": key,
        "created_at": "2026-01-01T00:00:00Z",
        "certificate_authority": {"name": "Known CA", "status": "ACTIVE"},
    }
    return {"audit_reports": [{**entry, **changes}, {"certificate_authority_arn": None, "error": {}}]}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "11111111-0000-4000-8000-000000000001.json"),
        # The file does not say where the report is, or is wrong about it: then the bucket does.
        ({"audit_report_status": "CREATING", "s3_key": None}, "11111111-0000-4000-8000-000000000002.json"),
        ({"s3_key": "audit-report/other/1.json"}, "11111111-0000-4000-8000-000000000002.json"),
    ],
)
def test_reports_that_another_task_made(
    reports: Reports, info: Run, tmp_path: Path, changes: dict[str, t.Any], name: str
) -> None:
    old = reports.put(as_json(some_certificates(reports.arn)[:2]), age=3600)
    reports.put(as_json(some_certificates(reports.arn)), "11111111-0000-4000-8000-000000000002.json")
    file = tmp_path / "reports.json"
    file.write_text(json.dumps(made(reports, old, **changes)))
    result = info(audit_reports_file=[str(file)])
    [entry] = result["audit_reports"]
    assert entry["s3_key"].endswith(name)
    assert entry["certificate_authority"]["name"] == "Known CA"
    assert result["summary"]["issued"] == (2 if not changes else 6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "is not what acm_pca_audit_report writes to its results_file; give that file."),
        ("[" * 100_000, "is not what acm_pca_audit_report writes"),
        (f'{{"audit_reports": [{{"certificate_authority_arn": "x", "s3_bucket_name": "{BUCKET}"}}]}}', "is not what"),
        ('{"audit_reports": [{"certificate_authority_arn": "x", "s3_bucket_name": "b"}]}', "is about the bucket 'b'"),
        (None, "could not be read: No such file or directory."),
    ],
)
def test_files_of_other_tasks_that_cannot_be_used(info: Run, tmp_path: Path, content: str | None, words: str) -> None:
    file = tmp_path / "reports.json"
    if content is not None:
        file.write_text(content)
    result = info(audit_reports_file=[str(file)])
    assert result["msg"].startswith(f"audit_reports_file: {file} ")
    assert words in result["msg"]
    assert "the list is empty" in info(audit_reports_file=[])["msg"]


def test_results_file_that_cannot_be_written(
    reports: Reports, info: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = reports.put(b"[]")
    missing = tmp_path / "missing"
    assert f"results_file: {missing} cannot be written to" in info(s3_key=[key], results_file=f"{missing}/f")["msg"]
    assert "is a directory" in info(s3_key=[key], results_file=str(tmp_path))["msg"]
    assert "results_file: give the path" in info(s3_key=[key], results_file="")["msg"]

    def fill_up(*_arguments: object) -> None:
        raise OSError(28, "No space left")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fill_up)
        result = info(s3_key=[key], results_file=str(tmp_path / "f"))
    # Nothing is lost.
    assert result["failed"] is True
    assert "could not be written: No space left" in result["msg"]
    assert result["audit_reports"][0]["summary"]["issued"] == 0
    assert list(tmp_path.iterdir()) == []


# --- which report


def test_no_report(reports: Reports, info: Run) -> None:
    result = info(certificate_authority_arn=[reports.arn], contents="certificates")
    assert "failed" not in result
    [entry] = result["audit_reports"]
    assert (entry["audit_report_id"], entry["s3_key"], entry["created_at"], entry["size"]) == (None,) * 4
    assert "summary" not in entry
    assert (result["summary"]["without_report"], result["summary"]["issued"]) == (1, 0)


def test_contents_none_reads_nothing(reports: Reports, info: Run) -> None:
    reports.put(b"damaged")
    reports.aws.emulator.reset()
    result = info(certificate_authority_arn=[reports.arn], contents="none", tracking="listing")
    [entry] = result["audit_reports"]
    assert entry["size"] == 7
    assert "summary" not in entry
    counts = {"certificate_authorities": 1, "reports": 1, "without_report": 0, "failed": 0, "regions_skipped": 0}
    assert result["summary"] == counts
    assert reports.aws.calls("s3:GetObject") == 0


@pytest.mark.parametrize("tracking", ["record", "listing"])
def test_the_last_report_of_either_format(reports: Reports, run: Run, info: Run, tracking: str) -> None:
    run(certificate_authority_arn=[reports.arn])
    reports.aws.emulator.advance(3600)
    last = run(certificate_authority_arn=[reports.arn], audit_report_response_format="CSV")["audit_report"]
    options = {"certificate_authority_arn": [reports.arn], "tracking": tracking}
    [entry] = info(**options)["audit_reports"]
    assert (entry["audit_report_id"], entry["audit_report_response_format"]) == (last["audit_report_id"], "CSV")
    assert entry["created_at"] == last["created_at"]
    [entry] = info(**options, audit_report_response_format="JSON")["audit_reports"]
    assert entry["audit_report_response_format"] == "JSON"
    assert entry["age_seconds"] >= 3600
    # By its id it is found in whatever format.
    [entry] = info(**options, audit_report_id=last["audit_report_id"])["audit_reports"]
    assert entry["s3_key"] == last["s3_key"]


@pytest.mark.parametrize("finished", [True, False])
def test_a_report_that_the_record_calls_unfinished(reports: Reports, run: Run, info: Run, finished: bool) -> None:
    """It is the last report as soon as its file is there, and until then the one before is."""
    arn, emulator = reports.arn, reports.aws.emulator
    run(certificate_authority_arn=[arn], audit_report_response_format="CSV")
    emulator.advance(86_400)
    before = run(certificate_authority_arn=[arn])["audit_report"]
    emulator.advance(3600)
    emulator.configure(report_seconds=0 if finished else 3600)
    last = run(certificate_authority_arn=[arn], wait=False)["audit_report"]
    emulator.reset()
    [entry] = info(certificate_authority_arn=[arn], contents="none")["audit_reports"]
    assert entry["audit_report_id"] == (last if finished else before)["audit_report_id"]
    # The bucket is listed once to see whether it may be read at all.
    assert emulator.calls() == {"s3:GetObject": 1, "s3:HeadObject": 1, "s3:ListObjectsV2": 1 if finished else 2}


def test_the_record_is_no_evidence(reports: Reports, run: Run, info: Run) -> None:
    made = run(certificate_authority_arn=[reports.arn])["audit_report"]
    reports.aws.s3.delete_object(Bucket=BUCKET, Key=made["s3_key"])
    [entry] = info(certificate_authority_arn=[reports.arn])["audit_reports"]
    assert entry["audit_report_id"] is None
    reports.put(b"[]", "other.json")
    reports.aws.s3.put_object(Bucket=BUCKET, Key=record_key(reports.arn), Body=b"not a record")
    [entry] = info(certificate_authority_arn=[reports.arn])["audit_reports"]
    assert entry["audit_report_id"] == "other"


def test_reports_by_id_and_key(reports: Reports, info: Run) -> None:
    keys = [reports.put(b"[]", "one.json"), reports.put(as_csv([]), "two.csv")]
    [entry] = info(s3_key=keys, audit_report_id="two")["audit_reports"]
    assert (entry["s3_key"], entry["summary"]["issued"]) == (keys[1], 0)
    result = info(certificate_authority_arn=[reports.arn], audit_report_id="three")
    assert result["failed"] is True
    assert result["audit_reports"][0]["error"]["code"] == "AuditReportNotFound"
    assert "check audit_report_id" in result["msg"]
    result = info(s3_key=[*keys, "audit-report/none/x.json"])
    assert result["failed"] is True
    assert [entry.get("error", {}).get("code") for entry in result["audit_reports"]].count("AuditReportNotFound") == 1
    assert result["summary"]["reports"] == 2
    reports.aws.s3.put_object(Bucket=BUCKET, Key="copy", Body=b"[]")
    assert "failed" not in info(s3_key=["copy"], audit_report_response_format="JSON")


def test_discovery(reports: Reports, info: Run) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    other = reports.aws.create_ca()
    result = info()
    assert [entry["certificate_authority_arn"] for entry in result["audit_reports"]] == sorted([reports.arn, other])
    assert (result["summary"]["certificate_authorities"], result["summary"]["without_report"]) == (2, 1)


# --- what changed


def test_changes(reports: Reports, info: Run) -> None:
    arn = reports.arn
    before = [certificate(arn, number, issuedAt=at(days=number)) for number in range(1, 30)]
    before[5]["revokedAt"] = at(days=3)
    reports.put(as_csv(before), "11111111-0000-4000-8000-000000000001.csv", age=7200)
    after = [
        certificate(arn, 100, issuedAt=at(seconds=20)),
        # Issued in the last second of the earlier report, and not in it.
        certificate(arn, 101, issuedAt=at(days=1)),
        *before[:10],
        {**before[10], "revokedAt": at(seconds=10)},
        {**before[11], "notAfter": at(hours=1)},
        {**before[12], "notAfter": at(hours=3)},
        *before[13:],
    ]
    reports.put(as_json(after), "22222222-0000-4000-8000-000000000002.json")
    options = {"certificate_authority_arn": [arn], "contents": "certificates", "limit": 1}
    ways = ("previous", "11111111-0000-4000-8000-000000000001", (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%MZ"))
    for since in ways:
        result = info(**options, changes_since=since)
        assert "failed" not in result, result["msg"]
        [entry] = result["audit_reports"]
        changes = entry["changes"]
        assert changes["from"]["audit_report_id"] == "11111111-0000-4000-8000-000000000001"
        assert [changes[f"newly_{kind}"] for kind in ("issued", "revoked", "expired")] == [2, 1, 1]
        [issued] = changes["newly_issued_certificates"]
        assert issued["serial"].endswith(":64")
        assert changes["newly_revoked_certificates"][0]["serial"].endswith(":0b")
        assert changes["newly_expired_certificates"][0]["serial"].endswith(":0c")
        assert changes["truncated"] is True
    [entry] = info(certificate_authority_arn=[arn], changes_since="previous")["audit_reports"]
    assert "newly_issued_certificates" not in entry["changes"]
    [entry] = info(certificate_authority_arn=[arn], changes_since="2001-01-01")["audit_reports"]
    assert entry["changes"] is None
    missing = info(certificate_authority_arn=[arn], changes_since="33333333-0000-4000-8000-000000000003")
    assert missing["audit_reports"][0]["error"]["code"] == "AuditReportNotFound"


def test_a_damaged_earlier_report(reports: Reports, info: Run) -> None:
    reports.put(b"[{}]", "11111111-0000-4000-8000-000000000001.json", age=7200)
    reports.put(as_json([certificate(reports.arn, 1)]), "22222222-0000-4000-8000-000000000002.json")
    options = {"certificate_authority_arn": [reports.arn], "changes_since": "previous"}
    result = info(**options)
    assert "The earlier report 11111111-0000-4000-8000-000000000001: Record 1 (byte 1)" in result["msg"]
    [entry] = info(**options, on_error="skip")["audit_reports"]
    assert entry["summary"]["unreadable"] == 0
    assert entry["unreadable_rows"][0].startswith("The earlier report")


# --- damage


def test_damage_fails_its_own_report(reports: Reports, info: Run) -> None:
    good = reports.put(as_json(some_certificates(reports.arn)), "good.json")
    bad = reports.put(as_json([certificate(reports.arn, 1), certificate(reports.arn, 2, notAfter="soon")]), "bad.json")
    result = info(s3_key=[good, bad])
    assert result["failed"] is True
    failed, fine = result["audit_reports"]
    assert failed["error"]["code"] == "AuditReportDamaged"
    assert "Record 2 (byte " in failed["error"]["message"]
    assert "notAfter is 'soon'" in failed["error"]["message"]
    assert "summary" not in failed
    assert fine["summary"]["issued"] == 6
    skipping = info(s3_key=[good, bad], on_error="skip")
    assert "failed" not in skipping
    assert [entry["summary"]["unreadable"] for entry in skipping["audit_reports"]] == [1, 0]
    assert skipping["summary"]["unreadable"] == 1
    assert skipping["summary"]["issued"] == 7
    assert any("A row that cannot be read was skipped. Record 2" in str(warning) for warning in skipping["warnings"])


# --- the connection


@pytest.fixture
def while_reading(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[t.Callable[[], object]], None]:
    """Have something happen in the middle of the first report, and the connection be lost then."""

    def arrange(happens: t.Callable[[], object]) -> None:
        read = ReportBucket.read
        pieces = iter([500, 0])

        def interrupted(bucket: ReportBucket, body: t.Any, size: int) -> bytes:
            first = next(pieces, None)
            if first == 0:
                happens()
                raise AWSError("Failed to read", exception=ReadTimeoutError(endpoint_url="", error=""))
            return read(bucket, body, first or size)

        monkeypatch.setattr(ReportBucket, "read", interrupted)

    return arrange


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
def test_a_lost_connection_is_not_noticed(
    reports: Reports, info: Run, while_reading: t.Callable[..., None], response_format: str
) -> None:
    rows = some_certificates(reports.arn)[:4]
    body = as_json(rows) if response_format == "JSON" else as_csv(rows)
    key = reports.put(body, f"a.{response_format.lower()}")
    undisturbed = info(s3_key=[key], contents="certificates")
    asked = reports.aws.calls("s3:GetObject")
    lost: list[bool] = []
    while_reading(lambda: lost.append(True))
    result = info(s3_key=[key], contents="certificates")
    assert lost
    assert reports.aws.calls("s3:GetObject") == asked + 2
    assert len(result["audit_reports"][0]["certificates"]) == len(rows)
    assert [each["certificates"] for each in result["audit_reports"]] == [
        each["certificates"] for each in undisturbed["audit_reports"]
    ]


def test_a_report_that_is_replaced_while_it_is_read(
    reports: Reports, info: Run, while_reading: t.Callable[..., None]
) -> None:
    rows = some_certificates(reports.arn)
    key = reports.put(as_json(rows), "a.json")
    while_reading(lambda: reports.put(as_json(rows[::-1]), "a.json"))
    result = info(s3_key=[key])
    assert result["failed"] is True
    [failed] = result["audit_reports"]
    assert failed["error"]["code"] == "PreconditionFailed"
    assert "was replaced by another one while it was read" in failed["error"]["message"]
    assert "summary" not in failed


# --- the file


def test_certificates_file(reports: Reports, info: Run, tmp_path: Path) -> None:
    rows = some_certificates(reports.arn)
    rows[0]["subject"] = '=HYPERLINK("x"),\u202ecod\x07\u0000'
    keys = [reports.put(as_json(rows), "a.json"), reports.put(as_csv(rows[1:4]), "b.csv")]
    path = tmp_path / "certificates.csv"
    options = {"s3_key": keys, "contents": "none", "certificates_file": str(path)}
    assert info(check=True, **options)["changed"] is False
    assert list(tmp_path.iterdir()) == []
    assert info(**options)["changed"] is True
    with path.open(encoding="utf-8", newline="") as file:
        header, *written = csv.reader(file)
    assert header[:3] == ["aws_account_id", "requested_by_service_principal", "certificate_arn"]
    assert header[-1] == "status"
    assert "subject_attributes" not in header
    assert len(written) == 9
    assert written[0][4] == '\'=HYPERLINK("x"),\\u202Ecod\\u0007\\u0000'
    assert info(**options)["changed"] is False
    assert info(**options, revoked=True)["changed"] is True
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + 4
    damaged = reports.put(b"[{}]", "c.json")
    broken = info(**{**options, "s3_key": [damaged]})
    assert broken["failed"] is True
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + 4
    # The certificates of the others are not lost.
    broken = info(**{**options, "s3_key": [damaged, *keys]})
    assert (broken["failed"], broken["changed"]) == (True, True)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + 9
    assert list(tmp_path.iterdir()) == [path]


def test_certificates_file_that_cannot_be_written(reports: Reports, info: Run, tmp_path: Path) -> None:
    key = reports.put(b"[]")
    result = info(s3_key=[key], certificates_file=str(tmp_path / "missing" / "file.csv"))
    assert f"certificates_file: {tmp_path / 'missing'} cannot be written to" in result["msg"]
    assert "is a directory" in info(s3_key=[key], certificates_file=str(tmp_path))["msg"]


@pytest.mark.parametrize("name", ["certificates.csv", "certificates.parquet"])
def test_files_are_whole_or_not_there_and_have_the_mode(
    reports: Reports, info: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    files = [tmp_path / name, tmp_path / "results.json"]
    options = {"s3_key": [reports.put(b"[]")], "certificates_file": str(files[0]), "results_file": str(files[1])}

    def modes() -> list[str]:
        return [f"{path.stat().st_mode & 0o777:o}" for path in files]

    assert info(**options, mode="0640")["changed"] is True
    assert modes() == ["640", "640"]
    # The file of results is for later tasks, and new each time.
    assert info(**options)["changed"] is False
    assert modes() == ["640", "600"]
    assert info(**options, mode="0604")["changed"] is True
    assert modes() == ["604", "604"]

    before = [path.read_bytes() for path in files]

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    for step in ("run_jobs", "outcome_of"):
        with monkeypatch.context() as patched:
            patched.setattr(run_of_contents, step, interrupt)
            assert info(**options)["msg"] == "Interrupted."
    assert [path.read_bytes() for path in files] == before
    assert sorted(tmp_path.iterdir()) == sorted(files)


# --- hostile certificates, all the way

# Templates, HTML, formulas of spreadsheets, commands of terminals, and text that reads from right to left.
HOSTILE = (
    "{{ 7 * 191 }}{% for x in y %}",
    "</script><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\x1b[31mred\x07",
    "moc.elpmaxe\u202egro\u2066",
    "line\nbreak\rtwice",
)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Page(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[(tag, *(name for name, _value in attrs))] += 1


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
def test_a_hostile_certificate_does_nothing_to_whoever_looks(
    reports: Reports, info: Run, tmp_path: Path, response_format: str
) -> None:
    def results(texts: t.Sequence[str]) -> dict[str, t.Any]:
        fields = {"revokedAt": at(days=1), "revocationReason": "KEY_COMPROMISE"}
        rows = [
            certificate(reports.arn, number, **fields, subject=text, templateArn=text, requestedByServicePrincipal=text)
            for number, text in enumerate(texts, start=1)
        ]
        quoted = io.StringIO()
        csv.DictWriter(quoted, HEADER.split(","), quoting=csv.QUOTE_ALL).writerows(rows)
        body = as_json(rows) if response_format == "JSON" else f"{HEADER}\n{quoted.getvalue()}".encode()
        reports.put(body, f"r.{response_format.lower()}")
        result = info(
            certificate_authority_arn=[reports.arn],
            contents="certificates",
            include_certificate_authority=True,
            rules=[{"name": text, "revoked": True, "severity": "critical"} for text in texts if text.isprintable()],
            certificates_file=str(tmp_path / "certificates.csv"),
        )
        assert "failed" not in result, result["msg"]
        assert [each["subject"] for each in result["audit_reports"][0]["certificates"]] == list(texts)
        return result

    harmless = Page(audit_summary_html(audit_summary(results([f"plain{number}" for number in range(len(HOSTILE))]))))
    document = audit_summary(results(HOSTILE))
    page = audit_summary_html(document)
    # The same elements with the same attributes, but for the rows of a table that are more.
    assert set(Page(page).found) == set(harmless.found)
    assert not UNSEEN.search(page)
    assert "1337" not in page

    told = audit_summary_text(document)
    assert "revoked" in told["text"] or HOSTILE[0] in told["text"]
    assert not UNSEEN.search(told["text"] + told["subject"])
    findings = audit_summary_findings(document)["findings"]
    assert findings
    for finding in findings:
        assert not UNSEEN.search(finding["title"] + finding["description"])

    with (tmp_path / "certificates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + len(HOSTILE)
    for cell in [cell for row in rows for cell in row]:
        assert not cell.startswith(("=", "+", "-", "@"))
        assert not UNSEEN.search(cell)


# --- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"s3_key": ["a.txt"]}, "s3_key: 'a.txt' ends neither in .json nor in .csv"),
        ({"s3_key": []}, "s3_key: the list is empty"),
        ({"s3_key": ["a\n.json"]}, "s3_key: 'a\\n.json' is not an object key"),
        ({"s3_key": ["a.json"], "regions": ["us-east-1"]}, "mutually exclusive"),
        ({"s3_key": ["a.json"], "audit_report_id": "b"}, "audit_report_id: none of the keys"),
        ({"s3_key": ["a.json"], "changes_since": "previous"}, "changes_since: earlier reports are those of"),
        ({"audit_report_id": "b"}, "give exactly one ARN"),
        ({"audit_report_id": "../b"}, "audit_report_id: '../b' is not a report ID"),
        ({"changes_since": "yesterday"}, "changes_since: 'yesterday' is not understood"),
        ({"changes_since": "2026-13-01"}, "changes_since: '2026-13-01' is not a time"),
        ({"issued_after": "2026-11-01T00"}, "issued_after: '2026-11-01T00' is not a time"),
        ({"issued_after": "0001-01-01T00:00:00+2300"}, "is not a time"),
        ({"limit": -1}, "limit: -1 is too small"),
        ({"rules": [{"name": "a", "expires": 3}]}, "rules: 'a': there is no condition 'expires'"),
        ({"rules": ["a"]}, "rules"),
        (
            {"rules": [{"name": "a", "revoked": True, "tags": {"a": "b"}}], "s3_key": ["a.json"]},
            "leave certificate_auth",
        ),
        ({"expiring_within": 40000}, "expiring_within: 40000 is too large"),
        ({"revocation_reason": []}, "revocation_reason: the list is empty"),
        ({"revocation_reason": ["key compromise"]}, "revocation_reason: 'key compromise' is not a revocation reason"),
        ({"certificates_file": ""}, "certificates_file: give the path"),
        ({"s3_bucket_name": "x"}, "s3_bucket_name: 'x' has 1 characters"),
        ({"s3_bucket_name": "no-such-bucket-here"}, "Create the bucket first"),
    ],
)
def test_what_cannot_be_used(aws: AWS, info: Run, options: dict[str, t.Any], message: str) -> None:
    result = info(**options)
    assert result["failed"] is True
    assert message in result["msg"]
