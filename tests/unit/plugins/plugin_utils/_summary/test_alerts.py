# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody is told, from a summary: by message, and as findings in Security Hub."""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.filter.audit_summary import audit_summary
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_findings import audit_summary_findings
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_text import audit_summary_text
from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub.options import (
    ARGUMENT_SPEC,
    read_finding_options,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.alerts import alerts_of
from sample_fleet import NOW, arn_of, iso, sample_fleet

ACCOUNT = "111122223333"
WEB, DEVICES = (arn_of(ACCOUNT, "us-east-1", number) for number in (1, 2))
Fields = dict[str, t.Any]


def time(**duration: float) -> str:
    return iso(NOW + timedelta(**duration))


def content(arn: str, **changes: t.Any) -> Fields:
    return {
        "certificate_authority_arn": arn,
        "account_id": ACCOUNT,
        "account_name": "web",
        "region": "us-east-1",
        "audit_report_id": "r",
        "s3_bucket_name": "bucket",
        "s3_key": f"audit-report/{arn[-36:]}/r.json",
        "created_at": time(hours=-1),
        "certificate_authority": {"name": "Web CA" if arn == WEB else "Device CA", "status": "ACTIVE"},
        "summary": {"issued": 5, "valid": 5, "unreadable": 0},
        **changes,
    }


def certificate(number: int = 1, arn: str = WEB, **changes: t.Any) -> Fields:
    return {
        "certificate_arn": f"{arn}/certificate/{number:032x}",
        "serial": f"{number:02x}:00",
        "subject": f"CN=host-{number}.example.com",
        "issued_at": time(days=-300),
        "not_after": time(days=20 + number),
        "revoked_at": None,
        "revocation_reason": None,
        "template_arn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1",
        "requested_by_service_principal": None,
        **changes,
    }


def finding(*certificates: Fields, **changes: t.Any) -> Fields:
    return {
        "rule": "expiring",
        "severity": "warning",
        "certificate_authority_arn": WEB,
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "count": len(certificates),
        "short_lived": 0,
        "certificates": list(certificates),
        **changes,
    }


def summary_of(*findings: Fields, contents: t.Sequence[Fields] | None = None, days: float = 0) -> Fields:
    entries = [content(WEB), content(DEVICES)] if contents is None else contents
    result = {"audit_reports": list(entries), "findings": list(findings)}
    return t.cast("Fields", audit_summary(result, now=time(days=days), stale_after=10**9))


def expiring(*numbers: int, days: float = 0, **changes: t.Any) -> Fields:
    found = [certificate(number, not_after=time(days=21 - number)) for number in numbers]
    return summary_of(*([finding(*found, **changes)] if found else []), days=days)


# --- the message


def test_what_a_message_says() -> None:
    message = audit_summary_text(expiring(1, 2), page="s3://bucket/index.html")
    assert message["subject"] == "Private CAs: 2 warnings"
    assert message["text"].split("\n") == [
        "2 warnings in 2 private CAs of 1 account, 2026-11-23T08:30:00Z.",
        "All of it: s3://bucket/index.html",
        "",
        "Warnings",
        '- CN=host-2.example.com, issued by Web CA, matches the rule "expiring": it is valid until 2026-12-12. '
        "(web, 111122223333, us-east-1)",
        '- CN=host-1.example.com, issued by Web CA, matches the rule "expiring": it is valid until 2026-12-13. '
        "(web, 111122223333, us-east-1)",
    ]
    assert (message["due"], message["new"]) == (True, 2)
    assert message["counts"] == {"critical": 0, "warning": 2, "notice": 0}
    assert message["sentences"]["warning"][0].startswith("CN=host-2.example.com, issued by Web CA, matches")


def test_nobody_is_told_twice() -> None:
    first = audit_summary_text(expiring(1, 2))
    again = audit_summary_text(expiring(1, 2), last=first["record"])
    assert (again["due"], again["new"]) == (False, 0)
    assert again["record"] == first["record"]
    more = audit_summary_text(expiring(1, 2, 3), last=again["record"])
    assert (more["due"], more["new"]) == (True, 1)
    assert "- NEW: CN=host-3.example.com" in more["text"]
    assert more["text"].count("NEW") == 1
    # What is mended needs no message, and is news if it comes back.
    fewer = audit_summary_text(expiring(1), last=more["record"])
    assert (fewer["due"], fewer["new"]) == (False, 0)
    assert audit_summary_text(expiring(1, 2), last=fewer["record"])["new"] == 1


def test_a_certificate_is_told_once_and_what_becomes_graver_is_news() -> None:
    first = audit_summary_text(expiring(1))
    found = certificate(1, not_after=time(days=20))
    both = summary_of(finding(found), finding(found, rule="expiring now", severity="critical"), days=1)
    second = audit_summary_text(both, last=first["record"], repeat_after=30)
    assert (second["due"], second["new"], second["subject"]) == (True, 1, "Private CAs: 1 critical")
    assert audit_summary_text(both, last=second["record"], repeat_after=30)["due"] is False


def test_what_others_were_told_stays_told() -> None:
    """Two jobs with different CAs and one topic, and a CA that cannot be looked at in one run."""
    first = audit_summary_text(expiring(1))
    others = audit_summary_text(summary_of(contents=[content(DEVICES)]), last=first["record"])
    assert audit_summary_text(expiring(1), last=others["record"])["due"] is False
    damaged = content(WEB, summary={"issued": 5, "valid": 5, "unreadable": 1})
    unsure = audit_summary_text(summary_of(contents=[damaged]), last=first["record"])
    assert audit_summary_text(expiring(1), last=unsure["record"])["new"] == 0
    settled = audit_summary_text(summary_of(contents=[content(WEB)]), last=first["record"])
    assert audit_summary_text(expiring(1), last=settled["record"])["new"] == 1


@pytest.mark.parametrize(("days", "repeat_after", "due"), [(6, 7, False), (7, 7, True), (0, 0, True), (6, "7", False)])
def test_after_some_days_it_is_told_again(days: int, repeat_after: t.Any, due: bool) -> None:
    first = audit_summary_text(expiring(1))
    again = audit_summary_text(expiring(1, days=days), last=first["record"], repeat_after=repeat_after)
    assert (again["due"], again["new"]) == (due, 0)


def test_where_nothing_needs_attention() -> None:
    message = audit_summary_text(summary_of())
    assert (message["due"], message["subject"]) == (False, "Private CAs: nothing needs attention")
    assert message["text"].startswith("Nothing needs attention in 2 private CAs of 1 account")


@pytest.mark.parametrize(
    "last",
    [
        "",
        None,
        "[]",
        "[" * 100_000,
        '{"alerts": {"a": "b"}, "sent_at": "2026-11-23T08:30:00Z"}',
        "{",
        '{"alerts": 7, "sent_at": "2026-11-23T08:30:00Z"}',
        "null",
        5,
    ],
)
def test_a_record_that_cannot_be_read_is_none(last: t.Any) -> None:
    assert audit_summary_text(expiring(1), last=last)["due"] is True


def test_sns_takes_every_message() -> None:
    """Of thousands of alerts about subjects of any letters: 256 KiB of JSON, and a subject of 100 plain letters."""
    many = [certificate(number, subject="😀" * 3000, not_after=time(days=9)) for number in range(3000)]
    parts = [
        finding(*many[:500], severity="critical"),
        finding(*many[500:]),
        finding(*many[:500], severity="notice"),
    ]
    message = audit_summary_text(summary_of(*parts))
    assert len(json.dumps({"default": message["text"]}).encode()) < 256 * 1024
    assert len(message["subject"]) <= 100 and message["subject"].isascii()
    assert "- and 2,450 more" in message["text"]
    assert message["sentences"]["warning"][-1] == "and 2,450 more"


def test_what_is_not_listed_is_told_of() -> None:
    summary = expiring(1, count=5000)
    assert next((alert.severity, alert.sentence) for alert in alerts_of(summary)) == (
        "warning",
        'Web CA has 5,000 certificates that match the rule "expiring", of which only 1 are listed.',
    )
    assert audit_summary_findings(summary)["purge_prefixes"] == [f"{DEVICES}/"]


def test_alerts_of_the_sample_have_ids_of_their_own() -> None:
    alerts = alerts_of(audit_summary(**sample_fleet().arguments(), now=NOW))
    assert len({alert.id for alert in alerts}) == len(alerts) > 30


# --- findings


def findings_of(*certificates: Fields, **changes: t.Any) -> list[Fields]:
    made = audit_summary_findings(summary_of(finding(*certificates, **changes)))
    assert made["generator_id"] == "cloudpki.aws/audit_reports"
    return t.cast("list[Fields]", made["findings"])


def test_a_finding_says_what_there_is_to_know() -> None:
    [found] = findings_of(certificate(requested_by_service_principal="acm.amazonaws.com"))
    assert found["id"] == f"{WEB}/certificate/{1:032x}/rule"
    assert found["title"] == "CN=host-1.example.com is valid until 2026-12-14"
    assert found["description"] == (
        "The certificate with the serial number 01:00 and the subject CN=host-1.example.com is valid until "
        '2026-12-14 and matches the rule "expiring". It was issued by the private CA Web CA in account 111122223333 '
        "(web), region us-east-1."
    )
    assert (found["severity"], found["created_at"], found["expires_at"]) == ("MEDIUM", time(days=-300), time(days=21))
    [resource] = found["resources"]
    assert (resource["id"], resource["region"]) == (f"{WEB}/certificate/{1:032x}", "us-east-1")
    assert resource["details"]["RequestedByServicePrincipal"] == "acm.amazonaws.com"
    assert "RevokedAt" not in resource["details"]
    check(found)


def test_a_finding_of_a_compromise() -> None:
    lost = certificate(revoked_at=time(days=-5), revocation_reason="KEY_COMPROMISE")
    [found] = findings_of(lost, rule="key compromise", severity="critical")
    assert found["title"] == "CN=host-1.example.com was revoked on 2026-11-18 (KEY_COMPROMISE)"
    assert (found["severity"], found["created_at"]) == ("CRITICAL", time(days=-5))
    assert "Replace the certificate and its key" in found["remediation"]


def test_nothing_changes_from_day_to_day() -> None:
    first, second = (audit_summary_findings(expiring(1, days=days))["findings"] for days in (0, 12))
    assert first == second


HOSTILE = [
    "<script>alert(1)</script>",
    "{{ lookup('pipe', 'id') }}",
    "=cmd()",
    "\u202egnp.exe",
    "x" * 65536,
    "\0",
    "😀" * 3000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_cut(text: str) -> None:
    odd = certificate(subject=text, serial=text, certificate_arn=f"{WEB}/certificate/{text}", template_arn=text)
    [found] = findings_of(odd)
    assert found["id"].startswith(f"{WEB}/certificate/")
    check(found)
    everything = json.dumps(found, ensure_ascii=False)
    assert "\u202e" not in everything and "\0" not in everything
    assert len(everything) < 6000


def check(found: Fields) -> None:
    """securityhub_findings takes it."""
    spec = t.cast("Fields", ARGUMENT_SPEC["findings"]["options"])
    assert set(found) <= set(spec)
    given_findings = [{"remediation": None, **found}]
    prefixes = [found["id"].partition("/")[0]]
    read_finding_options({"generator_id": "g", "findings": given_findings, "purge": True, "purge_prefixes": prefixes})


@given(st.text(min_size=1, max_size=600), st.text(max_size=100))
def test_every_certificate_is_one_finding_of_its_ca(name: str, serial: str) -> None:
    [found] = findings_of(certificate(certificate_arn=name, serial=serial, subject=name))
    assert found["id"].startswith(f"{WEB}/")
    check(found)


def test_two_certificates_are_two_findings_even_without_names() -> None:
    found = findings_of(certificate(certificate_arn="", serial="01"), certificate(certificate_arn="", serial="02"))
    assert len({each["id"] for each in found}) == 2


# --- what was given


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda _s: audit_summary_findings([]), "summary is not what the filter cloudpki.aws.audit_summary makes"),
        (lambda _s: audit_summary_text(7), "summary is not what"),
        (lambda s: audit_summary_text({**s, "generated_at": "now"}), "summary.generated_at is 'now'"),
        (lambda s: audit_summary_text({**s, "generated_at": None}), "summary.generated_at is missing"),
        (lambda s: audit_summary_text({**s, "attention": [{"severity": "odd"}]}), "severity is none of critical"),
        (lambda s: audit_summary_text({**s, "findings": [{"severity": "odd"}]}), "severity is none of critical"),
        (lambda s: audit_summary_findings({**s, "findings": 7}), "summary.findings is of the type int, not a list"),
        (lambda s: audit_summary_text({**s, "totals": {"accounts": "x"}}), "accounts is 'x'"),
        (lambda s: audit_summary_text(s, repeat_after="often"), "repeat_after is 'often'"),
        (lambda s: audit_summary_text(s, repeat_after=10**9), "repeat_after is 1000000000"),
        (lambda s: audit_summary_text(s, repeat_after="9" * 5000), "not a number of days"),
    ],
)
def test_what_cannot_be_used(call: t.Callable[[t.Any], t.Any], sentence: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        call(summary_of())
    assert sentence in str(refused.value)
