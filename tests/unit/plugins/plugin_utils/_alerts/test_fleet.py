# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts, their findings and their message, by the filters that a playbook uses."""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.filter import audit_alert_message as message_plugin
from ansible_collections.cloudpki.aws.plugins.filter import audit_alert_plan as plan_plugin
from ansible_collections.cloudpki.aws.plugins.filter import audit_alerts as alerts_plugin
from ansible_collections.cloudpki.aws.plugins.module_utils._securityhub.options import (
    ARGUMENT_SPEC,
    read_finding_options,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import from_time
from sample_fleet import NOW, arn_of

audit_alert_plan = plan_plugin.FilterModule().filters()["audit_alert_plan"]
audit_alerts = alerts_plugin.FilterModule().filters()["audit_alerts"]
audit_alert_message = message_plugin.FilterModule().filters()["audit_alert_message"]

ACCOUNT = "111122223333"
WEB, DEVICES, OLD = (arn_of(ACCOUNT, "us-east-1", number) for number in (1, 2, 3))


def time(**later: float) -> str:
    return str(from_time(NOW + timedelta(**later)))


def authority(arn: str, name: str, tags: dict[str, str] | None = None, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "certificate_authority_arn": arn,
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "status": "ACTIVE",
        "usage_mode": "GENERAL_PURPOSE",
        "not_after": time(days=2000),
        "certificate_authority_configuration": {"subject": {"common_name": name}},
        "tags": tags or {},
        **changes,
    }


def content(arn: str, soon: int = 0, later: int = 0, lost: int = 0, **changes: t.Any) -> dict[str, t.Any]:
    summary = {
        "issued": soon + later + lost,
        "valid": soon + later,
        "revoked": lost,
        "revoked_by_reason": {"KEY_COMPROMISE": lost} if lost else {},
        "expiring_within": {"30": soon, "60": soon + later, "90": soon + later},
        **changes.pop("summary", {}),
    }
    return {
        "certificate_authority_arn": arn,
        "created_at": time(hours=-1),
        "s3_key": "k",
        "summary": summary,
        **changes,
    }


AUTHORITIES = (
    authority(WEB, "Web CA", {"environment": "production", "team": "web"}),
    authority(DEVICES, "Device CA", {"environment": "test"}, usage_mode="SHORT_LIVED_CERTIFICATE"),
    authority(OLD, "Old CA"),
)


def summary_of(*contents: dict[str, t.Any], authorities: t.Any = AUTHORITIES, **options: t.Any) -> dict[str, t.Any]:
    return fleet_document([], list(contents), list(authorities), NOW, names={ACCOUNT: "web"}, **options)


def certificate(arn: str, number: int = 1, **changes: t.Any) -> dict[str, t.Any]:
    made = {
        "certificate_arn": f"{arn}/certificate/{number:032x}",
        "serial": f"{number:02x}:00",
        "subject": f"CN=host-{number}.example.com",
        "issued_at": time(days=-300),
        "not_after": time(days=20),
        "revoked_at": None,
        "revocation_reason": None,
        "template_arn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1",
        "requested_by_service_principal": None,
        "status": "valid",
    }
    return {**made, **changes}


def read(arn: str, *certificates: dict[str, t.Any], **changes: t.Any) -> dict[str, t.Any]:
    return {
        "certificate_authority_arn": arn,
        "certificates": list(certificates),
        "matched": len(certificates),
        "truncated": False,
        **changes,
    }


# --- what has to be looked up


@pytest.mark.parametrize(
    ("thresholds", "expiring"),
    [
        ([], [(30, [WEB, OLD])]),
        # The first that holds counts; also for CAs whose certificates are short-lived.
        ([{"tags": {"environment": "test"}, "expiring_within": 2}], [(2, [DEVICES]), (30, [WEB, OLD])]),
        ([{"tags": {"environment": None}, "expiring_within": "90"}], [(30, [OLD]), (90, [WEB, DEVICES])]),
        (
            [
                {"tags": {"environment": "production", "team": "web"}, "expiring_within": 0},
                {"tags": {"environment": ""}, "expiring_within": 7},
            ],
            [(7, [DEVICES]), (30, [OLD])],
        ),
        ([{"tags": {"environment": "production", "team": "none"}, "expiring_within": 0}], [(30, [WEB, OLD])]),
    ],
)
def test_thresholds(thresholds: list[dict[str, t.Any]], expiring: list[tuple[int, list[str]]]) -> None:
    summary = summary_of(content(WEB, 1), content(DEVICES, 1), content(OLD, 1))
    plan = audit_alert_plan(summary, authorities=list(AUTHORITIES), thresholds=thresholds)
    found = [(group["expiring_within"], group["certificate_authority_arns"]) for group in plan["expiring"]]
    assert found == expiring


@pytest.mark.parametrize(
    ("soon", "later", "days", "wanted"),
    [
        (0, 1, 30, False),
        (0, 1, 31, True),
        (1, 0, 1, True),
        (0, 0, 90, False),
        # Nobody has counted so far ahead: any that is valid may be one.
        (0, 0, 91, True),
    ],
)
def test_no_report_is_read_for_nothing(soon: int, later: int, days: int, wanted: bool) -> None:
    summary = summary_of(content(OLD, soon, later, summary={"valid": 5}))
    assert bool(audit_alert_plan(summary, expiring_within=days)["expiring"]) is wanted


def test_compromises_are_looked_up_where_there_are_some() -> None:
    summary = summary_of(content(WEB), content(OLD, lost=1))
    assert audit_alert_plan(summary)["compromised"] == [OLD]


# --- alerts


def test_alerts_of_certificates() -> None:
    contents = [content(WEB, soon=2, lost=3), content(OLD)]
    certificates = [
        read(WEB, certificate(WEB, 1), certificate(WEB, 2, not_after=time(days=6), subject=None)),
        read(
            WEB,
            certificate(WEB, 3, revoked_at=time(days=-5), revocation_reason="KEY_COMPROMISE"),
            certificate(WEB, 4, revoked_at=time(days=-50), revocation_reason="CA_COMPROMISE"),
            certificate(WEB, 5, revoked_at=time(days=-1), not_after=time(days=-1), revocation_reason="KEY_COMPROMISE"),
        ),
    ]
    made = audit_alerts(summary_of(*contents), certificates=certificates)
    assert [(alert["severity"], alert["kind"], alert["sentence"]) for alert in made["alerts"]] == [
        ("critical", "report_missing", "Device CA has no audit report in this run."),
        (
            "critical",
            "certificate_compromised",
            "CN=host-3.example.com, issued by Web CA, was revoked on 2026-11-18 because a private key was compromised.",
        ),
        (
            "critical",
            "certificate_expiring",
            "the certificate with the serial number 02:00, issued by Web CA, expires on 2026-11-29.",
        ),
        ("warning", "certificate_expiring", "CN=host-1.example.com, issued by Web CA, expires on 2026-12-13."),
        (
            "notice",
            "certificate_compromised",
            "CN=host-4.example.com, issued by Web CA, was revoked on 2026-10-04 because a private key was compromised.",
        ),
    ]
    assert (made["critical"], made["warning"], made["notice"]) == (3, 1, 1)
    assert made["purge_prefixes"] == [f"{WEB}/", f"{OLD}/"]


def test_only_what_was_looked_at_whole_is_purged() -> None:
    """A certificate that nobody could look at may still be one to tell of."""
    contents = [
        content(WEB, soon=1),
        content(DEVICES, summary={"unreadable": 1}),
        content(OLD, error={"code": "AccessDenied", "message": "Not yours."}),
    ]
    made = audit_alerts(summary_of(*contents), certificates=[read(WEB, truncated=True, matched=5000)])
    assert made["purge_prefixes"] == []
    assert "Web CA has 5,000 certificates that need attention, of which only 0 are listed." in [
        alert["sentence"] for alert in made["alerts"]
    ]
    failed = read(WEB, error={"code": "X", "message": "No way."})
    made = audit_alerts(summary_of(content(WEB, soon=1)), certificates=[failed])
    assert made["purge_prefixes"] == []
    assert "The certificates of Web CA could not be read: No way." in [each["sentence"] for each in made["alerts"]]


def test_what_could_not_be_looked_at_itself_is_told() -> None:
    """Its certificates may be short-lived, or its tags may ask for other days."""
    denied = {
        "certificate_authority_arn": OLD,
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "error": {"message": "No."},
    }
    summary = summary_of(content(WEB), content(OLD), authorities=AUTHORITIES[:1])
    [alert] = audit_alerts(summary, failures=[denied])["alerts"]
    assert (alert["kind"], alert["severity"]) == ("authority_unknown", "warning")
    assert alert["sentence"].endswith(
        "are unknown, so alerts for its certificates start 30 days before they expire: No."
    )
    for place in ({"region": None}, {}):
        elsewhere = {**denied, "certificate_authority_arn": None, **place}
        [alert] = audit_alerts(summary, failures=[elsewhere])["alerts"]
        assert alert["sentence"].endswith(": No.")
    [alert] = audit_alerts(summary)["alerts"]
    assert alert["sentence"].endswith(": No reason was given.")


def test_nothing_is_purged_of_what_is_not_known() -> None:
    """Tags that nobody could read may ask for more days than were looked at."""
    denied = {"certificate_authority_arn": None, "account_id": ACCOUNT, "region": None, "error": {"message": "No."}}
    summary = summary_of(content(WEB), content(OLD), authorities=AUTHORITIES[:1])
    assert audit_alerts(summary, failures=[denied])["purge_prefixes"] == [f"{WEB}/"]
    assert audit_alerts(summary_of(content(WEB), authorities=[]), failures=[denied])["purge_prefixes"] == []


def test_short_lived_certificates_are_known_by_themselves_where_their_ca_is_not() -> None:
    short = certificate(WEB, 1, issued_at=time(days=-1), not_after=time(days=6))
    longer = certificate(WEB, 2, issued_at=time(days=-1), not_after=time(days=6, seconds=1))
    for authorities, found in (([], [2]), (AUTHORITIES, [1, 2])):
        summary = summary_of(content(WEB, soon=2), authorities=list(authorities))
        made = audit_alerts(summary, certificates=[read(WEB, short, longer)])
        assert sorted(int(finding["resources"][0]["id"][-1]) for finding in made["findings"]) == found


def test_nothing_is_purged_of_what_was_not_answered() -> None:
    """The plan asked twice about this CA: for what expires, and for keys that were compromised."""
    summary = summary_of(content(WEB, soon=1, lost=1))
    for number, prefixes in ((0, []), (1, []), (2, [f"{WEB}/"])):
        assert audit_alerts(summary, certificates=[read(WEB)] * number)["purge_prefixes"] == prefixes


def test_who_looked_at_no_ca_at_all_wanted_that() -> None:
    summary = summary_of(content(WEB), content(OLD), authorities=[])
    assert audit_alerts(summary)["alerts"] == []
    rule = [{"tags": {"a": "b"}, "expiring_within": 1}]
    assert [alert["kind"] for alert in audit_alerts(summary, thresholds=rule)["alerts"]] == ["authority_unknown"] * 2


def test_a_report_that_nobody_has_read_is_told() -> None:
    """Else it would look as if nothing were wrong."""
    report = {"certificate_authority_arn": WEB, "action": "reused", "created_at": time(hours=-1), "s3_key": "k"}
    [alert] = audit_alerts(fleet_document([report], [], list(AUTHORITIES[:1]), NOW))["alerts"]
    assert (alert["severity"], alert["kind"]) == ("critical", "certificates_unread")
    assert alert["sentence"] == "Web CA has an audit report that was not read."


def test_a_host_that_did_not_come_to_its_end_is_told() -> None:
    made = audit_alerts(summary_of(content(WEB)), absent=["pay\u202e", "web"])
    told = [alert["sentence"] for alert in made["alerts"] if alert["kind"] == "host_absent"]
    assert len(told) == made["critical"] - 2 == 2  # two of the CAs have no report
    assert any("the host pay\\u202e did not finish" in sentence for sentence in told)


def test_one_reason_is_told_once() -> None:
    failed = read(WEB, error={"code": "X", "message": "No way."})
    made = audit_alerts(summary_of(content(WEB, soon=1, lost=1)), certificates=[failed, failed])
    assert [alert["kind"] for alert in made["alerts"]].count("certificates_unread") == 1


def test_the_key_of_a_ca_that_was_compromised() -> None:
    """As the API calls it."""
    reasons = {"CERTIFICATE_AUTHORITY_COMPROMISE": 1}
    summary = summary_of(content(OLD, summary={"revoked": 1, "revoked_by_reason": reasons}))
    assert audit_alert_plan(summary)["compromised"] == [OLD]
    lost = certificate(OLD, revoked_at=time(days=-1), revocation_reason="CERTIFICATE_AUTHORITY_COMPROMISE")
    assert len(audit_alerts(summary, certificates=[read(OLD, lost)])["findings"]) == 1


def test_a_ca_that_nobody_knows_is_nobodys() -> None:
    made = audit_alerts(summary_of(content(WEB)), certificates=[read("arn:other", certificate("arn:other"))])
    assert made["findings"] == []


# --- findings


def findings_of(*certificates: dict[str, t.Any], now: t.Any = NOW, days: int = 30) -> list[dict[str, t.Any]]:
    summary = {**summary_of(content(WEB, soon=1)), "generated_at": from_time(now)}
    made = audit_alerts(summary, certificates=[read(WEB, *certificates)], expiring_within=days)
    return t.cast("list[dict[str, t.Any]]", made["findings"])


def test_a_finding_says_what_there_is_to_know() -> None:
    [finding] = findings_of(certificate(WEB, requested_by_service_principal="acm.amazonaws.com"))
    assert finding["id"] == f"{WEB}/certificate/{1:032x}/certificate_expiring"
    assert finding["title"] == "CN=host-1.example.com expires on 2026-12-13"
    assert finding["description"] == (
        "The certificate with the serial number 01:00 and the subject CN=host-1.example.com expires on "
        "2026-12-13T08:30:00Z and was not replaced. It was issued by the private CA Web CA in account 111122223333 "
        "(web), region us-east-1."
    )
    assert (finding["severity"], finding["created_at"]) == ("MEDIUM", "2026-11-13T08:30:00Z")
    [resource] = finding["resources"]
    assert (resource["id"], resource["region"]) == (f"{WEB}/certificate/{1:032x}", "us-east-1")
    assert resource["details"]["RequestedByServicePrincipal"] == "acm.amazonaws.com"
    assert "RevokedAt" not in resource["details"]


def test_a_finding_of_a_compromise() -> None:
    lost = certificate(WEB, revoked_at=time(days=-5), revocation_reason="KEY_COMPROMISE")
    [finding] = findings_of(lost)
    assert finding["id"].endswith("/certificate_compromised")
    assert finding["title"] == "The key of CN=host-1.example.com was compromised"
    assert "was revoked for KEY_COMPROMISE. It was issued by" in finding["description"]
    assert (finding["severity"], finding["created_at"]) == ("HIGH", time(days=-5))


def test_nothing_changes_from_day_to_day_but_the_severity() -> None:
    first, second = (findings_of(certificate(WEB), now=NOW + timedelta(days=days))[0] for days in (0, 12))
    assert first == second
    [last] = findings_of(certificate(WEB), now=NOW + timedelta(days=13))
    assert last == {**first, "severity": "HIGH"}


def test_it_was_not_noticed_before_it_was_issued() -> None:
    [finding] = findings_of(certificate(WEB, issued_at=time(days=-1)), days=90)
    assert finding["created_at"] == time(days=-1)


def test_what_is_expired_is_no_finding() -> None:
    assert findings_of(certificate(WEB, not_after=time(seconds=0))) == []
    assert findings_of(certificate(WEB, not_after=time(seconds=1))) != []


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
    odd = certificate(WEB, subject=text, serial=text, certificate_arn=f"{WEB}/certificate/{text}", template_arn=text)
    [finding] = findings_of(odd)
    assert finding["id"].startswith(f"{WEB}/certificate/")
    check(finding)
    everything = json.dumps(finding, ensure_ascii=False)
    assert "\u202e" not in everything and "\0" not in everything
    assert len(everything) < 6000


def check(finding: dict[str, t.Any]) -> None:
    """securityhub_findings takes it."""
    spec = t.cast("dict[str, t.Any]", ARGUMENT_SPEC["findings"]["options"])
    assert set(finding) <= set(spec)
    given = {"remediation": None, **finding}
    read_finding_options(
        {"generator_id": "g", "findings": [given], "purge": True, "purge_prefixes": [finding["id"].partition("/")[0]]}
    )


@given(st.text(min_size=1, max_size=600), st.text(max_size=100))
def test_every_certificate_is_one_finding_of_its_ca(name: str, serial: str) -> None:
    [finding] = findings_of(certificate(WEB, certificate_arn=name, serial=serial, subject=name))
    assert finding["id"].startswith(f"{WEB}/")
    check(finding)


def test_two_certificates_are_two_findings_even_without_names() -> None:
    found = findings_of(
        certificate(WEB, certificate_arn="", serial="01"), certificate(WEB, certificate_arn="", serial="02")
    )
    assert len({finding["id"] for finding in found}) == 2


# --- the message


def message_of(alerts: dict[str, t.Any], **options: t.Any) -> dict[str, t.Any]:
    summary = summary_of(content(WEB), content(DEVICES), content(OLD))
    summary["generated_at"] = options.pop("now", summary["generated_at"])
    options.setdefault("complete", alerts.get("purge_prefixes", ()))
    return t.cast("dict[str, t.Any]", audit_alert_message(alerts["alerts"], summary=summary, **options))


def alerts_of(*numbers: int) -> dict[str, t.Any]:
    summary = summary_of(content(WEB, soon=1), content(DEVICES), content(OLD))
    certificates = [read(WEB, *[certificate(WEB, number, not_after=time(days=21 - number)) for number in numbers])]
    return t.cast("dict[str, t.Any]", audit_alerts(summary, certificates=certificates))


def test_what_a_message_says() -> None:
    message = message_of(alerts_of(1, 2), page="s3://bucket/index.html")
    assert message["subject"] == "Private CAs: 2 warnings"
    assert message["text"].split("\n") == [
        "2 warnings in 3 private CAs of 1 account, 2026-11-23T08:30:00Z.",
        "All of it: s3://bucket/index.html",
        "",
        "Warnings",
        "- CN=host-2.example.com, issued by Web CA, expires on 2026-12-12. (web, 111122223333, us-east-1)",
        "- CN=host-1.example.com, issued by Web CA, expires on 2026-12-13. (web, 111122223333, us-east-1)",
    ]
    assert (message["due"], message["new"]) == (True, 2)


def test_nobody_is_told_twice() -> None:
    first = message_of(alerts_of(1, 2))
    again = message_of(alerts_of(1, 2), last=first["record"])
    assert (again["due"], again["new"]) == (False, 0)
    assert again["record"] == first["record"]
    more = message_of(alerts_of(1, 2, 3), last=again["record"])
    assert (more["due"], more["new"]) == (True, 1)
    assert "- NEW: CN=host-3.example.com" in more["text"]
    assert more["text"].count("NEW") == 1
    # What is mended needs no message, and is news if it comes back.
    fewer = message_of(alerts_of(1), last=more["record"])
    assert (fewer["due"], fewer["new"]) == (False, 0)
    assert message_of(alerts_of(1, 2), last=fewer["record"])["new"] == 1


def test_what_becomes_graver_is_news() -> None:
    summary = summary_of(content(WEB, soon=1))
    soon = [read(WEB, certificate(WEB, 1, not_after=time(days=8)))]
    first = message_of(audit_alerts(summary, certificates=soon))
    later = {**summary, "generated_at": time(days=2)}
    graver = audit_alerts(later, certificates=soon)
    second = message_of(graver, last=first["record"], now=time(days=2), repeat_after=30)
    assert (second["due"], second["new"]) == (True, 1)
    third = message_of(graver, last=second["record"], now=time(days=2), repeat_after=30)
    assert (third["due"], third["new"]) == (False, 0)


def test_what_others_were_told_stays_told() -> None:
    """Two jobs with different CAs and one topic, and a CA that cannot be looked at in one run."""
    first = message_of(alerts_of(1))
    others = message_of({"alerts": []}, last=first["record"], complete=[f"{OLD}/"])
    assert message_of(alerts_of(1), last=others["record"])["due"] is False
    settled = message_of({"alerts": []}, last=first["record"], complete=[f"{WEB}/"])
    assert message_of(alerts_of(1), last=settled["record"])["new"] == 1


@pytest.mark.parametrize(("days", "repeat_after", "due"), [(6, 7, False), (7, 7, True), (0, 0, True), (6, "7", False)])
def test_after_some_days_it_is_told_again(days: int, repeat_after: t.Any, due: bool) -> None:
    first = message_of(alerts_of(1))
    again = message_of(alerts_of(1), last=first["record"], repeat_after=repeat_after, now=time(days=days))
    assert (again["due"], again["new"]) == (due, 0)


def test_where_nothing_needs_attention() -> None:
    message = message_of({"alerts": []})
    assert (message["due"], message["subject"]) == (False, "Private CAs: nothing needs attention")
    assert message["text"].startswith("Nothing needs attention in 3 private CAs of 1 account")


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
    assert message_of(alerts_of(1), last=last)["due"] is True


def test_sns_takes_every_message() -> None:
    """Of thousands of alerts about subjects of any letters: 256 KiB of JSON, and a subject of 100 plain letters."""
    hostile = certificate(WEB, 1, subject="😀" * 3000)
    many = [{**hostile, "serial": str(number), "certificate_arn": f"{WEB}/{number}"} for number in range(3000)]
    few = [{**each, "not_after": time(days=1)} for each in many[:500]]
    lost = [{**each, "revoked_at": time(days=-100), "serial": f"x{each['serial']}"} for each in many[:500]]
    summary = summary_of(content(WEB, soon=1, lost=1))
    alerts = audit_alerts(summary, certificates=[read(WEB, *many[500:], *few, *lost)])
    message = message_of(alerts)
    assert len(json.dumps({"default": message["text"]}).encode()) < 256 * 1024
    assert len(message["subject"]) <= 100 and message["subject"].isascii()
    assert "- and 2,450 more" in message["text"]


# --- what was given


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda _s: audit_alert_plan({}), "summary is not what the filter cloudpki.aws.audit_summary makes"),
        (lambda _s: audit_alerts([]), "summary is not what"),
        (lambda _s: audit_alert_message([], summary=7), "summary is not what"),
        (lambda s: audit_alert_plan(s, expiring_within=-1), "expiring_within is -1, which is not a number of days"),
        (lambda s: audit_alert_plan(s, thresholds=[{}]), "thresholds[0] has no tags"),
        (lambda s: audit_alert_plan(s, thresholds={"a": 1}), "thresholds is of the type dict, not a list"),
        (
            lambda s: audit_alert_plan(s, thresholds=[{"tags": {"a": "b"}, "expiring_within": "soon"}]),
            "thresholds[0].expiring_within is 'soon'",
        ),
        (lambda s: audit_alerts({**s, "generated_at": "now"}), "summary.generated_at is 'now'"),
        (lambda s: audit_alerts({**s, "attention": [{"severity": "odd"}]}), "severity is none of critical"),
        (lambda s: audit_alerts(s, certificates=[read(WEB, {"serial": "1"})]), "not_after is missing"),
        (lambda s: audit_alerts(s, certificates=7), "certificates is of the type int, not a list"),
        (lambda s: audit_alert_message([], summary=s, repeat_after="often"), "repeat_after is 'often'"),
        (lambda s: audit_alert_message([], summary=s, repeat_after=10**9), "repeat_after is 1000000000"),
        (lambda s: audit_alert_message([], summary=s, repeat_after="9" * 5000), "not a number of days"),
        (lambda s: audit_alert_message([], summary={**s, "generated_at": None}), "summary.generated_at is missing"),
        (lambda s: audit_alert_message([], summary={**s, "totals": {"accounts": "x"}}), "accounts is 'x'"),
        (lambda s: audit_alert_message([{"severity": "odd"}], summary=s), "severity is none of critical"),
        (lambda s: audit_alert_plan(s, authorities=[{"certificate_authority_arn": [1]}]), "which is not a text"),
        (lambda s: audit_alert_plan(s, authorities=[{"tags": "a=b"}]), "which is not a dictionary"),
        (
            lambda s: audit_alert_plan(s, thresholds=[{"tags": {"a": True}, "expiring_within": 1}]),
            "thresholds[0].tags has the value True, which is not a string; quote it",
        ),
    ],
)
def test_what_cannot_be_used(call: t.Callable[[t.Any], t.Any], sentence: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        call(summary_of(content(WEB)))
    assert sentence in str(refused.value)
