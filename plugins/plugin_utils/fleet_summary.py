# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet summary: one document from the results of all modules of a run, for people and for programs. Pure.

What is in it: docs/summary.md. Its sentences are for people; its numbers are what the modules returned, added up.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

Entry = t.Mapping[str, t.Any]
Document = dict[str, t.Any]

SCHEMA_VERSION = 1
MONTHS_AHEAD = 12
WINDOWS = ("30", "60", "90")
COUNTS = ("issued", "valid", "expired", "revoked")
# The modules name up to five certificates of each CA, so that over all CAs, five are known for certain.
MOST_NAMED = 5
# Of a name, in a sentence. An ARN is shorter.
LONGEST_NAME = 120

# The order in which people should look at them, and how bad each is.
_KINDS: dict[str, tuple[int, str]] = {
    "account_failed": (0, "high"),
    "report_failed": (1, "high"),
    "key_compromised": (2, "high"),
    "certificate_authority_expired": (3, "high"),
    "report_unreadable": (4, "high"),
    "certificates_expiring": (5, "medium"),
    "certificate_authority_expiring": (6, "medium"),
    "report_stale": (7, "medium"),
    "reports_unread": (8, "medium"),
    "rows_unreadable": (9, "medium"),
}


def fleet_document(
    reports: t.Iterable[Entry],
    contents: t.Iterable[Entry],
    authorities: t.Iterable[Entry],
    *,
    now: datetime,
    expiring_within: int = 30,
    stale_after: int = 7 * 86400,
    names: t.Mapping[str, str] | None = None,
) -> Document:
    """Put together what is known of each CA.

    :param reports: ``audit_reports`` of acm_pca_audit_report.
    :param contents: ``audit_reports`` of acm_pca_audit_report_info, with their summaries. What is known of no CA (its
        option ``s3_key``) is not counted; what failed is told.
    :param authorities: ``certificate_authorities`` of acm_pca_certificate_authority_info.
    :param now: the time of the run, with its time zone.
    :param expiring_within: in days: CAs that expire within are worth a look. For certificates, the smallest of 30, 60
        and 90 days that covers it counts.
    :param stale_after: in seconds: a report that is older is worth a look.
    :param names: names of accounts by their ids.
    :raises ValueError: a sentence about what is not as the modules return it.
    """
    reports = _entries("The reports", reports)
    contents = _entries("contents", contents)
    authorities = _entries("authorities", authorities)
    names = _names(names)
    rows = _rows(reports, contents, authorities, names)
    window = next((each for each in WINDOWS if int(each) >= expiring_within), WINDOWS[-1])
    attention = [*_lost(reports, contents, names), *_unread(rows)]
    for row in rows:
        attention += _attention(row, now, expiring_within, window, stale_after)
    attention.sort(key=lambda each: (_KINDS[each["kind"]][0], -each["count"], each["certificate_authority_arn"] or ""))
    summaries = [row["certificates"] for row in rows if row["certificates"]]
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": now.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat() + "Z",
        "expiring_within_days": int(window),
        "totals": _totals(rows, reports, summaries),
        "attention": attention,
        "next_to_expire": sorted(_named(rows, "next_to_expire"), key=lambda each: str(each.get("not_after")))[
            :MOST_NAMED
        ],
        "key_compromises": sorted(
            _named(rows, "key_compromises"), key=lambda each: str(each.get("revoked_at")), reverse=True
        )[:MOST_NAMED],
        "expiring_by_month": [
            {"month": month, "certificates": sum(int(each["expiring_by_month"].get(month, 0)) for each in summaries)}
            for month in _months(now)
        ],
        "issued_by_month": [
            {"month": month, "certificates": count} for month, count in sorted(_added(summaries, "issued_by_month"))
        ],
        "by_template": _ranked(summaries, "by_template", "template_arn"),
        "by_requesting_principal": _ranked(summaries, "by_requesting_principal", "principal"),
        "certificate_authorities": rows,
    }


def _rows(
    reports: t.Sequence[Entry], contents: t.Sequence[Entry], authorities: t.Sequence[Entry], names: t.Mapping[str, str]
) -> list[dict[str, t.Any]]:
    made = {entry["certificate_authority_arn"]: entry for entry in reports if entry.get("certificate_authority_arn")}
    read = {entry["certificate_authority_arn"]: entry for entry in contents if entry.get("certificate_authority_arn")}
    known = {
        entry["certificate_authority_arn"]: entry for entry in authorities if entry.get("certificate_authority_arn")
    }
    return [
        _row(arn, made.get(arn, {}), read.get(arn, {}), known.get(arn, {}), names)
        for arn in sorted({*made, *read, *known})
    ]


def _row(arn: str, made: Entry, read: Entry, known: Entry, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    parts = arn.split(":")
    account_id = parts[4] if len(parts) > 5 else None
    key = read.get("s3_key") or made.get("s3_key")
    age = made.get("age_seconds") if made.get("age_seconds") is not None else read.get("age_seconds")
    subject = _mapping(_mapping(known.get("certificate_authority_configuration")).get("subject"))
    return {
        "certificate_authority_arn": arn,
        "account_id": account_id,
        "account_name": names.get(str(account_id)),
        "region": parts[3] if len(parts) > 5 else None,
        "name": subject.get("common_name") or subject.get("organization"),
        "type": known.get("type"),
        "status": known.get("status") or made.get("certificate_authority_status"),
        "not_after": known.get("not_after"),
        "report": {
            "action": made.get("action"),
            "audit_report_id": read.get("audit_report_id") or made.get("audit_report_id"),
            "status": made.get("audit_report_status"),
            "created_at": read.get("created_at") or made.get("created_at"),
            "age_seconds": age if isinstance(age, int) else None,
            "s3_bucket_name": (read.get("s3_bucket_name") or made.get("s3_bucket_name")) if key else None,
            "s3_key": key,
            "error": _error(made) or _error(read),
        },
        "certificates": _certificates(arn, read.get("summary")),
    }


def _certificates(arn: str, summary: Entry | None) -> dict[str, t.Any] | None:
    """What a report says, without what is only of use to programs that read single reports."""
    if summary is None:
        return None
    counted = ("revoked_by_reason", "by_template", "by_requesting_principal", "issued_by_month", "expiring_by_month")
    named = ("next_to_expire", "key_compromises")
    try:
        return {
            **{name: int(summary.get(name) or 0) for name in (*COUNTS, "unreadable")},
            "expiring_within": {days: int((summary.get("expiring_within") or {}).get(days, 0)) for days in WINDOWS},
            **{name: {str(key): int(count) for key, count in (summary.get(name) or {}).items()} for name in counted},
            "last_issued_at": summary.get("last_issued_at"),
            **{name: [dict(each) for each in summary.get(name) or ()] for name in named},
        }
    except (AttributeError, TypeError, ValueError) as e:
        raise ValueError(
            f"The summary of {arn} in contents is not one that cloudpki.aws.acm_pca_audit_report_info returns: {e}."
        ) from e


def _named(rows: t.Iterable[Entry], name: str) -> t.Iterator[dict[str, t.Any]]:
    """The certificates that the reports name, each with its CA."""
    for row in rows:
        for each in (row["certificates"] or {}).get(name, ()):
            yield {**each, "certificate_authority_arn": row["certificate_authority_arn"]}


def _totals(rows: t.Sequence[Entry], reports: t.Sequence[Entry], summaries: t.Sequence[Entry]) -> dict[str, t.Any]:
    accounts = {row["account_id"] for row in rows} | {entry.get("account_id") for entry in reports}
    return {
        "accounts": len(accounts - {None}),
        "regions": len({row["region"] for row in rows} - {None}),
        "certificate_authorities": len(rows),
        "reports": sum(1 for row in rows if row["report"]["s3_key"]),
        "reports_read": len(summaries),
        "failed": sum(1 for entry in reports if entry.get("action") == "failed"),
        **{name: sum(each[name] for each in summaries) for name in COUNTS},
        "expiring_within": {days: sum(each["expiring_within"][days] for each in summaries) for days in WINDOWS},
        "revoked_by_reason": dict(sorted(_added(summaries, "revoked_by_reason"))),
    }


def _lost(
    reports: t.Sequence[Entry], contents: t.Sequence[Entry], names: t.Mapping[str, str]
) -> list[dict[str, t.Any]]:
    """Accounts and regions that could not be looked at, each once, and reports of which only the key is known."""
    lost: dict[tuple[t.Any, ...], dict[str, t.Any]] = {}
    for entry in (*reports, *contents):
        if entry.get("certificate_authority_arn") or not (entry.get("action") == "failed" or entry.get("error")):
            continue
        place = (entry.get("account_id"), entry.get("region"), entry.get("s3_key"))
        if place not in lost:
            lost[place] = _lost_report(entry) if entry.get("s3_key") else _lost_account(entry, names)
    return list(lost.values())


def _lost_report(entry: Entry) -> dict[str, t.Any]:
    name = _short(entry["s3_key"])
    text = f"The report {name} could not be read: {_error(entry) or 'no reason was given'}"
    return _item("report_unreadable", None, name, text)


def _lost_account(entry: Entry, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    account_id, region = entry.get("account_id"), entry.get("region")
    name = _short(names[str(account_id)]) if names.get(str(account_id)) else None
    where = f"The account {f'{name} ({account_id})' if name else account_id}" if account_id else "The own account"
    where += f" in {region}" if region else ""
    text = f"{where} could not be looked at: {_error(entry) or 'no reason was given'}"
    return _item("account_failed", None, name, text, account_id=account_id, region=region)


def _unread(rows: t.Iterable[Entry]) -> t.Iterator[dict[str, t.Any]]:
    """What nobody read says nothing, and above all not that all is well."""
    count = sum(1 for row in rows if row["report"]["s3_key"] and not row["certificates"] and not row["report"]["error"])
    if count:
        what = "report was" if count == 1 else "reports were"
        text = f"{count} {what} not read, so that nothing is known of the certificates in there."
        yield _item("reports_unread", None, text, count)


def _attention(row: Entry, now: datetime, days: int, window: str, stale_after: int) -> t.Iterator[dict[str, t.Any]]:
    report, certificates = row["report"], row["certificates"]
    name = _short(row["name"] or row["certificate_authority_arn"])
    if report["action"] == "failed":
        yield _item(
            "report_failed", row, name, f"{name} has no fresh report: {report['error'] or 'no reason was given'}"
        )
    elif report["error"]:
        yield _item("report_unreadable", row, name, f"The report of {name} could not be read: {report['error']}")
    elif report["age_seconds"] is not None and report["age_seconds"] > stale_after:
        old = report["age_seconds"] // 86400
        yield _item("report_stale", row, name, f"The report of {name} is {old} {'day' if old == 1 else 'days'} old.")
    yield from _own_end(row, name, now, days)
    if not certificates:
        return
    compromised = sum(
        certificates["revoked_by_reason"].get(reason, 0) for reason in ("KEY_COMPROMISE", "CA_COMPROMISE")
    )
    if compromised:
        what = (
            "certificate was revoked because its key was"
            if compromised == 1
            else "certificates were revoked because their keys were"
        )
        yield _item("key_compromised", row, name, f"{name}: {compromised} {what} compromised.", compromised)
    soon = certificates["expiring_within"][window]
    if soon:
        what = "certificate expires" if soon == 1 else "certificates expire"
        first = next((each.get("not_after") for each in certificates["next_to_expire"]), None)
        begin = f", the first on {str(first)[:10]}" if first else ""
        yield _item("certificates_expiring", row, name, f"{name}: {soon} {what} within {window} days{begin}.", soon)
    if certificates["unreadable"]:
        count = certificates["unreadable"]
        what = "row of the report" if count == 1 else "rows of the report"
        yield _item("rows_unreadable", row, name, f"{name}: {count} {what} could not be read.", count)


def _own_end(row: Entry, name: str, now: datetime, days: int) -> t.Iterator[dict[str, t.Any]]:
    end = _time(row["not_after"])
    if row["status"] == "DELETED":
        return
    if row["status"] == "EXPIRED" or (end is not None and end <= now):
        when = f" on {str(row['not_after'])[:10]}" if end is not None and end <= now else ""
        yield _item("certificate_authority_expired", row, name, f"The CA {name} expired{when}.")
    elif end is not None and end <= now + timedelta(days=days):
        yield _item(
            "certificate_authority_expiring", row, name, f"The CA {name} expires on {str(row['not_after'])[:10]}."
        )


def _item(kind: str, row: Entry | None, name: str | None, text: str, count: int = 1, **more: t.Any) -> dict[str, t.Any]:
    place = {each: row[each] if row else None for each in ("certificate_authority_arn", "account_id", "region")}
    return {"kind": kind, "severity": _KINDS[kind][1], **place, **more, "name": name, "count": count, "text": text}


def _short(name: t.Any) -> str:
    """A name for a sentence, the rest of which has to be read as well."""
    return str(name) if len(str(name)) <= LONGEST_NAME else str(name)[:LONGEST_NAME] + "..."


def _error(entry: Entry) -> str | None:
    error = entry.get("error")
    if not error:
        return None
    return str((error.get("message") or error.get("code")) if isinstance(error, t.Mapping) else error)


def _entries(what: str, entries: t.Any) -> list[Entry]:
    """:raises ValueError: unless these are dictionaries, with ARNs that are text"""
    if not isinstance(entries, t.Iterable) or isinstance(entries, (str, bytes, t.Mapping)):
        raise ValueError(f"{what}: expected a list of dictionaries, as the modules return it, not {_kind(entries)}.")
    listed = list(entries)
    for place, entry in enumerate(listed, 1):
        if not isinstance(entry, t.Mapping):
            raise ValueError(
                f"{what}: item {place} is {_kind(entry)}; expected a dictionary, as the modules return it."
            )
        arn = entry.get("certificate_authority_arn")
        if arn is not None and not isinstance(arn, str):
            raise ValueError(f"{what}: the certificate_authority_arn of item {place} is {_kind(arn)}; expected text.")
    return listed


def _mapping(value: t.Any) -> Entry:
    return value if isinstance(value, t.Mapping) else {}


def _names(names: t.Any) -> dict[str, str]:
    """:raises ValueError: unless it is a dictionary"""
    if names is not None and not isinstance(names, t.Mapping):
        raise ValueError(f"names: expected a dictionary of account ids and names, not {_kind(names)}.")
    return {str(account_id): str(name) for account_id, name in (names or {}).items()}


def _kind(value: t.Any) -> str:
    return {"NoneType": "null", "dict": "a dictionary", "list": "a list", "str": "text"}.get(
        type(value).__name__, f"of the type {type(value).__name__}"
    )


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _months(now: datetime) -> list[str]:
    first = now.astimezone(timezone.utc)
    numbers = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + MONTHS_AHEAD)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def _added(summaries: t.Iterable[Entry], name: str) -> t.Iterable[tuple[str, int]]:
    added: dict[str, int] = {}
    for summary in summaries:
        for key, count in summary[name].items():
            added[key] = added.get(key, 0) + int(count)
    return added.items()


def _ranked(summaries: t.Iterable[Entry], name: str, label: str) -> list[dict[str, t.Any]]:
    """The most first."""
    added = sorted(_added(summaries, name), key=lambda item: (-item[1], item[0]))
    return [{label: None if key == "none" else key, "certificates": count} for key, count in added]
