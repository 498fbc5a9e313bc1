# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from emulator_helpers import EMULATOR, running
from pki_helpers import active_root, authority, chain_of, colons, issue, ledger, utc, verify_chain

from local_aws import clock
from local_aws.emulator import Emulator
from local_aws.in_process import local_aws
from local_aws.ledger import LedgerEntry
from local_aws.seed import SeedError, load
from local_aws.seed_model import STATUSES

NOW = utc(2026, 3, 2, 12, 0, 0)
DAY = timedelta(days=1)
DEMO = EMULATOR.parent / "demo" / "organization.yml"
ORGANIZATIONS = EMULATOR / "organizations"

Client = Callable[..., Any]


@pytest.fixture
def seeded(tmp_path: Path, client: Client) -> Iterator[Callable[[str], Mapping[str, Any]]]:
    """Seeds a text, and returns what came of it."""
    with local_aws(report_seconds=0) as aws, clock.use(lambda: NOW):

        def seed(text: str) -> Mapping[str, Any]:
            path = tmp_path / "organization.yml"
            path.write_text(text, encoding="utf-8")
            aws.seeded = load(path)
            return aws.seeded

        yield seed


@pytest.fixture
def demo() -> Iterator[Mapping[str, Any]]:
    with clock.use(lambda: NOW), local_aws(DEMO, report_seconds=0) as aws:
        yield aws.seeded


def one_account(*authorities: str) -> str:
    lines = "".join(f"\n      - {each}" for each in authorities)
    account = f"  - name: a\n    id: '123456789012'\n    certificate_authorities:{lines}"
    return f"accounts:\n{account}\nbuckets: [{{name: reports}}]"


def authorities(seeded: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {ca["name"]: ca for account in seeded["accounts"] for ca in account["certificate_authorities"]}


def as_account(client: Client, role_arn: str, **parameters: str) -> dict[str, str]:
    """Credentials by the role that seeding made."""
    given = client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test", **parameters)["Credentials"]
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    return {key: given[name] for key, name in {**names, "aws_session_token": "SessionToken"}.items()}


def report_of(client: Client, arn: str, bucket: str = "reports", response_format: str = "JSON") -> bytes:
    """The file of a report that is made now."""
    _arn, _partition, _service, region, account, _rest = arn.split(":", 5)
    credentials = as_account(client, f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole")
    pca = client("acm-pca", region, **credentials)
    made = pca.create_certificate_authority_audit_report(
        CertificateAuthorityArn=arn, S3BucketName=bucket, AuditReportResponseFormat=response_format
    )
    status = pca.describe_certificate_authority_audit_report(
        CertificateAuthorityArn=arn, AuditReportId=made["AuditReportId"]
    )
    assert status["AuditReportStatus"] == "SUCCESS"
    content = client("s3").get_object(Bucket=bucket, Key=made["S3Key"])["Body"].read()
    assert isinstance(content, bytes)
    return content


def refused_report(client: Client, arn: str, bucket: str) -> str:
    with pytest.raises(client("acm-pca").exceptions.ClientError) as refused:
        report_of(client, arn, bucket)
    return str(refused.value.response["Error"]["Code"])


def kind_of(entry: LedgerEntry, within: int = 30) -> str:
    if entry.not_after <= NOW:
        return "expired"
    return "expiring" if entry.not_after <= NOW + within * DAY else "valid"


# What the demo and the documentation promise


def test_the_demo_is_what_the_demo_needs(demo: Mapping[str, Any]) -> None:
    found = authorities(demo).values()
    assert len(demo["accounts"]) >= 6
    assert len(found) >= 7
    assert {"us-east-1", "eu-central-1"} <= {ca["region"] for ca in found}
    assert len({ca["key_algorithm"] for ca in found}) >= 3
    assert {"ACTIVE", "DISABLED", "EXPIRED", "PENDING_CERTIFICATE", "DELETED"} <= {ca["status"] for ca in found}
    assert sum(ca["issued"] for ca in found) >= 320
    entries = [entry for ca in found for entry in ledger(ca["arn"])]
    assert {kind_of(entry) for entry in entries} == {"valid", "expiring", "expired"}
    assert len({entry.revocation_reason for entry in entries if entry.revoked_at}) >= 4
    assert {entry.requested_by_service_principal for entry in entries} == {None, "acm.amazonaws.com"}
    assert [bucket["name"] for bucket in demo["buckets"]] == ["example-corp-pca-audit-reports"]


def test_every_certificate_of_the_demo_verifies_up_to_a_root(demo: Mapping[str, Any], client: Client) -> None:
    verified = 0
    for account in demo["accounts"]:
        credentials = as_account(client, account["role_arn"])
        for ca in account["certificate_authorities"]:
            pca = client("acm-pca", ca["region"], **credentials)
            revoked = {entry.certificate_arn for entry in ledger(ca["arn"]) if entry.revoked_at}
            for entry in ledger(ca["arn"]):
                if entry.certificate_arn in revoked:
                    continue  # moto does not give these away
                chain = chain_of(pca, ca["arn"], entry.certificate_arn)
                verify_chain(chain)
                assert colons(chain[0].serial_number) == entry.serial
                assert (chain[0].not_valid_before_utc, chain[0].not_valid_after_utc) == (
                    entry.not_before,
                    entry.not_after,
                )
                for lower, upper in pairwise(chain):
                    assert upper.not_valid_before_utc <= lower.not_valid_before_utc
                    assert lower.not_valid_after_utc <= upper.not_valid_after_utc
                verified += 1
    assert verified == sum(ca["issued"] - ca["revoked"] for ca in authorities(demo).values())


def test_every_auditable_ca_of_the_demo_gives_a_report_of_all_that_it_issued(
    demo: Mapping[str, Any], client: Client
) -> None:
    reports = 0
    for ca in authorities(demo).values():
        if ca["status"] in ("ACTIVE", "DISABLED"):
            rows = json.loads(report_of(client, ca["arn"], "example-corp-pca-audit-reports"))
            assert [row["certificateArn"] for row in rows] == [each.certificate_arn for each in ledger(ca["arn"])]
            assert {row["awsAccountId"] for row in rows} <= {ca["arn"].split(":")[4]}
            assert (len(rows), sum("revokedAt" in row for row in rows)) == (ca["issued"], ca["revoked"])
            reports += 1
    assert reports >= 8


def test_the_minimal_example(client: Client) -> None:
    with local_aws(ORGANIZATIONS / "minimal.yml", report_seconds=0) as aws:
        [ca] = authorities(aws.seeded).values()
        rows = json.loads(report_of(client, ca["arn"], "example-pca-audit-reports"))
    assert Counter(row.get("revocationReason") for row in rows) == {None: 5, "KEY_COMPROMISE": 1}


def test_every_status(client: Client) -> None:
    with local_aws(ORGANIZATIONS / "every-status.yml", report_seconds=0) as aws:
        listed = client("acm-pca").list_certificate_authorities()["CertificateAuthorities"]
        found = authorities(aws.seeded)
        assert {ca["Arn"]: ca["Status"] for ca in listed} == {ca["arn"]: ca["status"] for ca in found.values()}
        assert sorted(ca["Status"] for ca in listed) == sorted(
            ["CREATING", "PENDING_CERTIFICATE", "ACTIVE", "DISABLED", "EXPIRED", "FAILED", "DELETED"]
        )
        dates = {ca["Status"]: ca.get("NotAfter") for ca in listed}
        assert {status for status, end in dates.items() if end is None} == {"CREATING", "PENDING_CERTIFICATE", "FAILED"}
        assert dates["EXPIRED"] < clock.now() < dates["ACTIVE"]
        for status in ("Active CA", "Disabled CA"):
            assert json.loads(report_of(client, found[status]["arn"], "example-reports"))
        for status in ("Creating CA", "Pending CA", "Expired CA", "Failed CA", "Deleted CA"):
            assert refused_report(client, found[status]["arn"], "example-reports") == "InvalidStateException"


@pytest.mark.parametrize(
    ("bucket", "admitted", "has_key"),
    [
        ("example-reports", True, False),
        ("example-reports-closed", False, False),
        ("example-reports-kms", True, True),
        ("example-reports-kms-closed", False, True),
        ("example-reports-kms-aws", False, False),
    ],
)
def test_every_encryption(client: Client, bucket: str, admitted: bool, has_key: bool) -> None:
    with local_aws(ORGANIZATIONS / "every-status.yml", report_seconds=0) as aws:
        arn = authorities(aws.seeded)["Active CA"]["arn"]
        [made] = [each for each in aws.seeded["buckets"] if each["name"] == bucket]
        assert (made["kms_key_arn"] is not None) is has_key
        if admitted:
            assert len(json.loads(report_of(client, arn, bucket))) == 7
        else:
            assert refused_report(client, arn, bucket) == "ValidationException"


# Certificates


def test_a_report_lists_exactly_what_was_issued_and_revoked(seeded: Callable[..., Any], client: Client) -> None:
    text = one_account(
        "{name: A, issued: {valid: 9, expiring: 4, expired: 5, revoked: {KEY_COMPROMISE: 2, SUPERSEDED: 3}, "
        "name: 'w{n}', templates: [EndEntityServerAuthCertificate, CodeSigningCertificate], "
        "principals: [acm.amazonaws.com, null]}}"
    )
    arn = authorities(seeded(text))["A"]["arn"]
    rows = json.loads(report_of(client, arn))
    seeded_rows = [row for row in rows if not row["templateArn"].endswith("RootCACertificate/V1")]
    assert len(rows) == len(seeded_rows) + 1
    assert {row["subject"] for row in seeded_rows} == {f"CN=w{n},O=Example Corp,C=US" for n in range(1, 19)}
    assert Counter(row.get("revocationReason") for row in seeded_rows) == {
        None: 13,
        "KEY_COMPROMISE": 2,
        "SUPERSEDED": 3,
    }
    assert Counter(row["templateArn"].split("/")[1] for row in seeded_rows) == {
        "EndEntityServerAuthCertificate": 9,
        "CodeSigningCertificate": 9,
    }
    assert Counter(row.get("requestedByServicePrincipal") for row in seeded_rows) == {None: 9, "acm.amazonaws.com": 9}
    assert [row["issuedAt"] for row in rows] == sorted((row["issuedAt"] for row in rows), reverse=True)
    stored = {
        colons(x509.load_pem_x509_certificate(pem).serial_number) for pem in authority(arn).issued_certificates.values()
    }
    assert {row["serial"] for row in rows} == stored
    assert len(stored) == 19


def test_csv_and_json_say_the_same(seeded: Callable[..., Any], client: Client) -> None:
    hostile = '=cmd|/C " , é {n}'
    ca = json.dumps({"name": "A", "issued": {"valid": 5, "name": hostile, "revoked": {"UNSPECIFIED": 1}}})
    arn = authorities(seeded(one_account(ca)))["A"]["arn"]
    rows = json.loads(report_of(client, arn, response_format="JSON"))
    # The service makes one report in 30 minutes, so the other one is read an hour later.
    with clock.use(lambda: NOW + timedelta(hours=1)):
        lines = report_of(client, arn, response_format="CSV").decode()
    parsed = list(csv.DictReader(io.StringIO(lines, newline=""), strict=True))
    assert [{key: value for key, value in row.items() if value} for row in parsed] == rows
    assert sum('=cmd|/C \\" \\, é' in row["subject"] for row in rows) == 5


@pytest.mark.parametrize("within", [1, 30, 400])
def test_lifetimes(seeded: Callable[..., Any], within: int) -> None:
    wanted = {"valid": 40, "expiring": 30, "expired": 20}
    numbers = ", ".join(f"{kind}: {count}" for kind, count in wanted.items())
    text = one_account(
        f"{{name: A, issued: {{{numbers}, expiring_within_days: {within}, revoked: {{SUPERSEDED: 60}}}}}}"
    )
    entries = [each for each in ledger(authorities(seeded(text))["A"]["arn"]) if "EndEntity" in each.template_arn]
    assert Counter(kind_of(entry, within) for entry in entries) == wanted
    assert all(entry.not_before < entry.issued_at < min(entry.not_after, NOW) for entry in entries)
    revoked = [entry for entry in entries if entry.revoked_at]
    assert len(revoked) == 60
    for entry in revoked:
        assert entry.revoked_at is not None
        assert entry.issued_at <= entry.revoked_at <= min(entry.not_after, NOW)


def test_short_lived_certificates(seeded: Callable[..., Any]) -> None:
    text = one_account("{name: A, usage_mode: SHORT_LIVED_CERTIFICATE, issued: {valid: 20, expiring: 5, expired: 10}}")
    entries = [each for each in ledger(authorities(seeded(text))["A"]["arn"]) if "EndEntity" in each.template_arn]
    assert {entry.not_after - entry.issued_at for entry in entries} == {7 * DAY}
    assert sum(entry.not_after <= NOW for entry in entries) == 10
    assert all(entry.issued_at < NOW for entry in entries)


def test_an_expired_ca_outlives_what_it_issued(seeded: Callable[..., Any]) -> None:
    arn = authorities(seeded(one_account("{name: A, status: EXPIRED, issued: {expired: 50}}")))["A"]["arn"]
    end = authority(arn).certificate.not_valid_after_utc
    assert end < NOW
    assert all(entry.not_after <= end for entry in ledger(arn))


def test_the_same_file_makes_the_same_certificates(seeded: Callable[..., Any]) -> None:
    text = one_account("{name: A, issued: {valid: 10, expired: 3, revoked: {SUPERSEDED: 4}}}")
    made = []
    for name in ("a", "b"):
        arn = authorities(seeded(text.replace("name: a", f"name: {name}").replace("reports", f"reports-{name}")))["A"][
            "arn"
        ]
        made.append(
            [(each.subject, each.not_before, each.not_after, each.issued_at, each.revoked_at) for each in ledger(arn)]
        )
    assert made[0] == made[1]


def test_a_deep_chain_with_several_algorithms(seeded: Callable[..., Any], client: Client) -> None:
    text = one_account(
        "{name: Top, key_algorithm: RSA_2048}",
        "{name: Upper, type: SUBORDINATE, parent: Top, key_algorithm: EC_secp384r1}",
        "{name: Lower, type: SUBORDINATE, parent: Upper, region: eu-central-1}",
        "{name: Lowest, type: SUBORDINATE, parent: Lower, region: eu-central-1, issued: {valid: 1}}",
    )
    found = authorities(seeded(text))
    arn = found["Lowest"]["arn"]
    chain = chain_of(client("acm-pca", "eu-central-1"), arn, ledger(arn)[0].certificate_arn)
    names = [each.subject.rfc4514_string().split(",")[0] for each in chain]
    assert names == ["CN=host-1.example.com", "CN=Lowest", "CN=Lower", "CN=Upper", "CN=Top"]
    verify_chain(chain)
    lengths = [each.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length for each in chain]
    assert lengths == [None, 0, 1, 2, None]
    # A parent has issued its children's certificates, and says so.
    assert [found[name]["issued"] for name in ("Top", "Upper", "Lower", "Lowest")] == [2, 1, 1, 1]


def test_a_subordinate_of_a_ca_outside_aws(seeded: Callable[..., Any], client: Client) -> None:
    arn = authorities(seeded(one_account("{name: A, type: SUBORDINATE, issued: {valid: 1}}")))["A"]["arn"]
    chain = chain_of(client("acm-pca"), arn, ledger(arn)[0].certificate_arn)
    assert len(chain) == 3
    verify_chain(chain)
    answer = client("acm-pca").get_certificate_authority_certificate(CertificateAuthorityArn=arn)
    pem = (answer["Certificate"] + "\n" + answer["CertificateChain"]).encode()
    assert x509.load_pem_x509_certificates(pem) == chain[1:]
    assert len(ledger(arn)) == 1


def test_a_ca_goes_on_issuing_where_seeding_stopped(seeded: Callable[..., Any], client: Client) -> None:
    arn = authorities(seeded(one_account("{name: A, issued: {valid: 2}}")))["A"]["arn"]
    pca = client("acm-pca")
    issued = issue(pca, arn)
    verify_chain(chain_of(pca, arn, issued))
    serial = ledger(arn)[0].serial
    pca.revoke_certificate(CertificateAuthorityArn=arn, CertificateSerial=serial, RevocationReason="SUPERSEDED")
    [row] = [row for row in json.loads(report_of(client, arn)) if row["certificateArn"] == issued]
    assert (row["serial"], row["revocationReason"]) == (serial, "SUPERSEDED")


# The organization


ORGANIZATION = """
management_account: "999999999999"
accounts:
  - name: hub
    id: "999999999999"
    email: hub@example.org
  - name: audit
    id: "888888888888"
    organizational_unit: Security
  - name: payments
    id: "111111111111"
    organizational_unit: Production
    role: Auditor
    certificate_authorities:
      - {name: Pay, key_algorithm: EC_secp384r1, usage_mode: SHORT_LIVED_CERTIFICATE, tags: {tier: one, team: pay}}
      - {name: Pay EU, region: eu-central-1, type: SUBORDINATE, status: DISABLED}
  - name: factory
    organizational_unit: Production
buckets:
  - {name: reports, account: audit, region: eu-central-1}
"""


def test_accounts_units_and_roles(seeded: Callable[..., Any], client: Client) -> None:
    found = seeded(ORGANIZATION)
    hub = as_account(client, "arn:aws:iam::999999999999:role/OrganizationAccountAccessRole")
    organizations = client("organizations", **hub)
    assert organizations.describe_organization()["Organization"]["Id"] == found["organization_id"]
    listed = {each["Name"]: each for each in organizations.list_accounts()["Accounts"]}
    assert {name: each["Id"] for name, each in listed.items()} == {
        each["name"]: each["id"] for each in found["accounts"]
    }
    assert [listed[name]["Email"] for name in ("hub", "payments")] == ["hub@example.org", "payments@example.com"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    members = {
        unit["Name"]: {each["Name"] for each in organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"]}
        for unit in units
    }
    assert members == {"Security": {"audit"}, "Production": {"payments", "factory"}}
    for account in found["accounts"]:
        iam = client("iam", **as_account(client, account["role_arn"]))
        role = iam.get_role(RoleName=account["role_arn"].rpartition("/")[2])["Role"]
        assert role["Arn"] == account["role_arn"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        # That of unknown access keys, that of whoever holds the reports, and the management account's.
        trusted = [f"arn:aws:iam::{each}:root" for each in ("123456789012", "888888888888", "999999999999")]
        assert (statement["Action"], statement["Principal"]["AWS"]) == ("sts:AssumeRole", trusted)


def test_authorities_as_the_api_shows_them(seeded: Callable[..., Any], client: Client) -> None:
    found = seeded(ORGANIZATION)
    assert json.loads(json.dumps(found)) == found
    [payments] = [account for account in found["accounts"] if account["name"] == "payments"]
    assert payments["role_arn"] == "arn:aws:iam::111111111111:role/Auditor"
    credentials = as_account(client, payments["role_arn"])
    shown = []
    for region in ("us-east-1", "eu-central-1"):
        pca = client("acm-pca", region, **credentials)
        for ca in pca.list_certificate_authorities()["CertificateAuthorities"]:
            tags = pca.list_tags(CertificateAuthorityArn=ca["Arn"])["Tags"]
            configuration = ca["CertificateAuthorityConfiguration"]
            shown.append(
                (ca["Arn"], ca["Type"], ca["Status"], ca["UsageMode"], configuration["KeyAlgorithm"], len(tags))
            )
    pay, pay_eu = payments["certificate_authorities"]
    assert shown == [
        (pay["arn"], "ROOT", "ACTIVE", "SHORT_LIVED_CERTIFICATE", "EC_secp384r1", 2),
        (pay_eu["arn"], "SUBORDINATE", "DISABLED", "GENERAL_PURPOSE", "EC_prime256v1", 0),
    ]
    assert client("acm-pca").list_certificate_authorities()["CertificateAuthorities"] == []


def test_the_bucket_is_where_the_file_says(seeded: Callable[..., Any], client: Client) -> None:
    found = seeded(ORGANIZATION)
    audit = as_account(client, "arn:aws:iam::888888888888:role/OrganizationAccountAccessRole")
    s3 = client("s3", **audit)
    assert s3.get_bucket_location(Bucket="reports")["LocationConstraint"] == "eu-central-1"
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["reports"]
    assert found["buckets"] == [
        {"name": "reports", "account": "888888888888", "region": "eu-central-1", "kms_key_arn": None}
    ]


@pytest.mark.parametrize(
    ("bucket", "admitted", "stranger"),
    [
        ("{name: reports}", True, True),
        ("{name: reports, accounts: [first]}", True, False),
        ("{name: reports, accounts: ['222222222222']}", False, True),
        ("{name: reports, policy: audit-reports-of-organization}", True, True),
        ("{name: reports, policy: none}", False, False),
        ("{name: reports, policy: {Version: '2012-10-17', Statement: []}}", False, False),
    ],
)
def test_whom_a_bucket_admits(
    seeded: Callable[..., Any], client: Client, bucket: str, admitted: bool, stranger: bool
) -> None:
    text = f"""
    accounts:
      - {{name: first, id: "111111111111", certificate_authorities: [{{name: First}}]}}
      - {{name: second, id: "222222222222", certificate_authorities: [{{name: Second}}]}}
    buckets: [{bucket}]
    """
    found = authorities(seeded(text))
    for name, expected in (("First", admitted), ("Second", stranger)):
        if expected:
            assert len(json.loads(report_of(client, found[name]["arn"]))) == 1
        else:
            assert refused_report(client, found[name]["arn"], "reports") == "ValidationException"


def test_a_bucket_for_the_organization_is_closed_to_others(seeded: Callable[..., Any], client: Client) -> None:
    seeded("buckets: [{name: reports, policy: audit-reports-of-organization}]")
    foreign = as_account(client, "arn:aws:iam::777777777777:role/OrganizationAccountAccessRole")
    arn = active_root(client("acm-pca", **foreign))
    assert refused_report(client, arn, "reports") == "ValidationException"


# Mistakes, size, and the server


def test_a_policy_that_s3_would_refuse(seeded: Callable[..., Any]) -> None:
    text = "accounts: [{name: a, copies: 1400}]\nbuckets: [{name: reports}]"
    with pytest.raises(SeedError, match=r"the policy of the bucket reports would have 2\d{4} bytes.*organization\.$"):
        seeded(text)


def test_a_bucket_that_is_there_already(seeded: Callable[..., Any], client: Client) -> None:
    client("s3").create_bucket(Bucket="reports")
    with pytest.raises(SeedError, match=r"the bucket reports is already there; accepted: another name\.$"):
        seeded("buckets: [{name: reports}]")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: No such file or directory."), (b"\xff\xfe\xfa", "cannot be read: it is not UTF-8.")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "organization.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SeedError) as refused:
        load(path)
    assert str(refused.value) == f"{path} {sentence}"


def test_a_mistake_names_the_file(seeded: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(SeedError) as refused:
        seeded("accounts: 5")
    assert (
        str(refused.value)
        == f"{tmp_path / 'organization.yml'}: accounts: 5 is not a list; accepted: a list of mappings."
    )


def test_hundreds_of_accounts(seeded: Callable[..., Any], client: Client) -> None:
    text = """
    accounts:
      - name: member
        id: "200000000001"
        copies: 300
        certificate_authorities: [{name: CA, issued: {valid: 1}}]
    buckets: [{name: reports}]
    """
    found = seeded(text)
    assert [account["id"] for account in found["accounts"]] == [str(200000000001 + number) for number in range(300)]
    # A key of its own for each CA: else one account's certificates would verify in another.
    certificates = [authority(ca["arn"]).certificate for ca in authorities(found).values()]
    keys = {certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier) for certificate in certificates}
    assert len(keys) == 300
    assert len(json.loads(report_of(client, authorities(found)["CA-0300"]["arn"]))) == 2


def test_the_server_serves_what_was_seeded() -> None:
    with running("--report-seconds", "0", "--seed", str(DEMO)) as local:
        _status, found = local.request("GET", "seed")
        session = boto3.session.Session(
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="not-a-secret", region_name="us-east-1"
        )

        def client(service: str, region: str = "us-east-1", **options: Any) -> Any:
            return session.client(service, region, endpoint_url=local.url, **options)

        for account in found["accounts"]:
            for region in ("us-east-1", "eu-central-1"):
                pca = client("acm-pca", region, **as_account(client, account["role_arn"]))
                listed = pca.list_certificate_authorities()["CertificateAuthorities"]
                expected = [ca for ca in account["certificate_authorities"] if ca["region"] == region]
                assert {ca["Arn"] for ca in listed} == {ca["arn"] for ca in expected}
        [payments] = [ca for name, ca in authorities(found).items() if name == "Payments Issuing CA"]
        rows = json.loads(report_of(client, payments["arn"], "example-corp-pca-audit-reports"))
        assert (len(rows), sum("revokedAt" in row for row in rows)) == (90, 3)


# A fleet, and what tests of many accounts find in it

FLEET = ORGANIZATIONS / "fleet.yml"


@pytest.fixture
def fleet() -> Iterator[Emulator]:
    with local_aws(FLEET, report_seconds=0) as aws:
        yield aws


def test_the_fleet_is_what_its_tests_need(fleet: Emulator) -> None:
    accounts = fleet.seeded["accounts"]
    found = authorities(fleet.seeded).values()
    assert (len(accounts), len(found)) == (14, 43)
    assert {each["organizational_unit"] for each in accounts} == {
        None,
        "Security",
        "Production",
        "Development",
        "Sandbox",
    }
    assert {ca["region"] for ca in found} == {"us-east-1", "eu-central-1", "ap-southeast-2"}
    assert {ca["status"] for ca in found} == set(STATUSES)
    assert [each["name"] for each in accounts if not each["certificate_authorities"]] == ["logging"]
    assert fleet.settings.disabled_regions == {"100000000004": ("af-south-1",)}
    assert [each["name"] for each in accounts if each["external_id"]] == ["payments"]
    assert [ca["shared_with"] for ca in found if ca["shared_with"]] == [["100000000006"]]
    assert fleet.seeded["buckets"] == [
        {"name": "fleet-audit-reports", "account": "123456789012", "region": "eu-central-1", "kms_key_arn": None}
    ]
    assert fleet.calls() == {}


def test_every_ca_of_the_fleet_that_can_be_audited_is(fleet: Emulator, client: Client) -> None:
    audited = 0
    for account in fleet.seeded["accounts"]:
        external_id = {"ExternalId": account["external_id"]} if account["external_id"] else {}
        credentials = as_account(client, account["role_arn"], **external_id)
        for ca in account["certificate_authorities"]:
            create = client("acm-pca", ca["region"], **credentials).create_certificate_authority_audit_report
            wanted = {"S3BucketName": "fleet-audit-reports", "AuditReportResponseFormat": "CSV"}
            if ca["status"] in ("ACTIVE", "DISABLED"):
                create(CertificateAuthorityArn=ca["arn"], **wanted)
                audited += 1
            else:
                with pytest.raises(ClientError, match="InvalidStateException"):
                    create(CertificateAuthorityArn=ca["arn"], **wanted)
    assert audited == 31
    calls = fleet.calls(by="account")
    assert calls["123456789012"] == {
        "acm-pca:CreateCertificateAuthorityAuditReport": 1,
        "sts:AssumeRole": len(fleet.seeded["accounts"]),
    }
    assert calls["100000000003"] == {"acm-pca:CreateCertificateAuthorityAuditReport": 4}


def test_role_of_the_fleet_that_wants_an_external_id(fleet: Emulator, client: Client) -> None:
    [payments] = [each for each in fleet.seeded["accounts"] if each["name"] == "payments"]
    for given in ({}, {"ExternalId": "wrong"}):
        with pytest.raises(ClientError, match="AccessDenied"):
            as_account(client, payments["role_arn"], **given)
    assert as_account(client, payments["role_arn"], ExternalId=payments["external_id"])


def test_region_that_an_account_of_the_file_has_not_enabled(tmp_path: Path, client: Client) -> None:
    path = tmp_path / "organization.yml"
    path.write_text("accounts: [{name: a, id: '111111111111', disabled_regions: [af-south-1]}]", encoding="utf-8")
    with local_aws(path, disabled_regions={"222222222222": ["me-south-1"]}) as aws:
        assert aws.settings.disabled_regions == {"111111111111": ("af-south-1",), "222222222222": ("me-south-1",)}
        credentials = as_account(client, "arn:aws:iam::111111111111:role/OrganizationAccountAccessRole")
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            client("acm-pca", "af-south-1", **credentials).list_certificate_authorities()
    with running("--seed", str(path)) as server:
        assert server.request("GET", "settings")[1]["disabled_regions"] == {"111111111111": ["af-south-1"]}
