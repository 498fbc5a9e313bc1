# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fnmatch
import typing as t
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import Row, check_row
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.condition_options import (
    CONDITION_SPEC,
    read_conditions,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.conditions import Conditions
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.reader import Block
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption

from .builders import NOW, usual

TEMPLATE = "arn:aws:acm-pca:::template/"


def time(days: float) -> str:
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def certificate(
    begin: float = -100, end: float = 265, revoked: float | None = None, template: str = "", **fields: str
) -> dict[str, str]:
    times = {"notBefore": time(begin), "issuedAt": time(begin + 1 / 24), "notAfter": time(end)}
    revoked_at = "" if revoked is None else time(revoked)
    return usual(**times, revokedAt=revoked_at, templateArn=TEMPLATE + template if template else "", **fields)


def conditions(**options: t.Any) -> Conditions:
    return read_conditions({**dict.fromkeys(CONDITION_SPEC), **options})


def select(wanted: Conditions, rows: list[Row]) -> tuple[list[int], int]:
    block = Block(0, dict(enumerate(zip(*rows, strict=True))))
    indexes, short_lived = wanted.at(NOW).select(block)
    return list(indexes), short_lived


ROOT = "RootCACertificate/V1"
SERVER = "EndEntityServerAuthCertificate/V1"

#: By condition: what fulfills it, and what just does not.
TABLE: list[tuple[dict[str, t.Any], list[dict[str, str]], list[dict[str, str]]]] = [
    (
        {"expiring_within": 30},
        [certificate(end=30), certificate(end=1), certificate(begin=-1.1, end=29)],
        [
            certificate(end=30.01),
            certificate(end=0),
            certificate(end=10, revoked=-1),
            certificate(end=10, template=ROOT),
            # Never valid for longer than that, but for the hour before it was issued.
            certificate(begin=-10, end=20),
            certificate(begin=-10 - 1 / 24, end=20),
        ],
    ),
    (
        {"expires_before": "30"},
        [certificate(end=29.9), certificate(end=-1000), certificate(end=1, revoked=-1), certificate(begin=0, end=1)],
        [certificate(end=30), certificate(end=10, template=ROOT)],
    ),
    ({"expires_before": "2026-12-01"}, [certificate(end=7.4)], [certificate(end=7.5)]),
    ({"expires_after": "-1"}, [certificate(end=0), certificate(template=ROOT)], [certificate(end=-1)]),
    ({"expires_after": "2026-12-01T00:00:00Z"}, [certificate(end=7.6)], [certificate(end=7.5)]),
    ({"issued_within": 90}, [certificate(begin=-90)], [certificate(begin=-90 - 1 / 24)]),
    ({"issued_after": "-90"}, [certificate(begin=-90)], [certificate(begin=-90 - 1 / 24)]),
    ({"issued_before": "-90"}, [certificate(begin=-90.1)], [certificate(begin=-90 - 1 / 24)]),
    ({"issued_before": "2026-11-01T02:00:00+02:00"}, [certificate(begin=-23)], [certificate(begin=-22)]),
    ({"revoked_within": 90}, [certificate(revoked=-89)], [certificate(revoked=-90), certificate()]),
    ({"revoked": True}, [certificate(revoked=-9)], [certificate()]),
    ({"revoked": False}, [certificate(), certificate(revocationReason="UNSPECIFIED")], [certificate(revoked=-9)]),
    (
        {"revocation_reason": ["KEY_COMPROMISE", "UNSPECIFIED"]},
        [certificate(revoked=-9), certificate(revoked=-9, revocationReason="KEY_COMPROMISE")],
        [certificate(revoked=-9, revocationReason="SUPERSEDED"), certificate(revocationReason="KEY_COMPROMISE")],
    ),
    (
        {"validity_over": 398},
        [certificate(begin=-1, end=398), certificate(end=-1, begin=-500)],
        [certificate(begin=-1 / 24, end=398), certificate(begin=-5, end=300), certificate(end=9999, template=ROOT)],
    ),
    (
        {"template": ["endentity*", TEMPLATE + "Sub*"]},
        [certificate(template=SERVER), certificate(template="SubordinateCACertificate_PathLen0/V1")],
        [certificate(template=ROOT), certificate()],
    ),
    (
        {"template": ["EndEntityServerAuthCertificate"]},
        [certificate(template=SERVER)],
        [certificate(template="EndEntityServerAuthCertificate_APIPassthrough/V1")],
    ),
    ({"template": ["none"]}, [certificate()], [certificate(template=SERVER)]),
    ({"not_template": ["EndEntity*"]}, [certificate(), certificate(template=ROOT)], [certificate(template=SERVER)]),
    (
        {"requested_by": ["acm.*"]},
        [certificate(requestedByServicePrincipal="acm.amazonaws.com")],
        [certificate(), certificate(requestedByServicePrincipal="not.acm.amazonaws.com")],
    ),
    ({"requested_by": ["none"]}, [certificate()], [certificate(requestedByServicePrincipal="acm.amazonaws.com")]),
    (
        {"serial": ["0A:BC", "ff", "00"]},
        [certificate(serial="0a:bc"), certificate(serial="ABC"), certificate(serial="00:ff"), certificate(serial="0")],
        [certificate(serial="0a:bc:00")],
    ),
    (
        {"subject": ["cn=WWW.example.com,*", "*,O=Sales"]},
        [certificate(subject="CN=www.example.com,O=x"), certificate(subject="CN=y\n,O=Sales")],
        [certificate(subject="CN=www.example.com"), certificate(subject="")],
    ),
    ({"subject": "CN=a,O=b"}, [certificate(subject="CN=a,O=b")], [certificate(subject="CN=a")]),
    ({"subject": ""}, [certificate(subject="")], [certificate(subject="CN=a")]),
    ({"subject": "CN=[*]"}, [certificate(subject="CN=*")], [certificate(subject="CN=a")]),
    (
        {"revoked": False, "expires_before": "10", "template": ["EndEntity*"]},
        [certificate(end=9, template=SERVER)],
        [certificate(end=11, template=SERVER), certificate(end=9), certificate(end=9, revoked=-1, template=SERVER)],
    ),
]


@pytest.mark.parametrize(("options", "matching", "others"), TABLE, ids=lambda each: str(each)[:40])
def test_what_fulfills_a_condition(
    options: dict[str, t.Any], matching: list[dict[str, str]], others: list[dict[str, str]]
) -> None:
    rows = [check_row(row) for row in [*others, *matching]]
    found, _short_lived = select(conditions(**options), rows)
    assert found == list(range(len(others), len(rows)))
    # One by one, a block consists of nothing else.
    for index, row in enumerate(rows):
        assert select(conditions(**options), [row])[0] == ([0] if index in found else [])


def test_every_condition_is_in_the_table() -> None:
    # replaced is not theirs to say.
    assert {name for options, _matching, _others in TABLE for name in options} == set(CONDITION_SPEC) - {"replaced"}


def test_short_lived_ones_are_counted() -> None:
    """Those that match but for that."""
    rows = [
        certificate(begin=-1, end=1),
        certificate(begin=-20, end=10, template=SERVER),
        certificate(begin=-1, end=1, revoked=0),
        certificate(begin=-2, end=-1),
        certificate(begin=-1, end=40),
        certificate(end=10),
    ]
    checked = [check_row(row) for row in rows]
    assert select(conditions(expiring_within=30), checked) == ([5], 2)
    assert select(conditions(expiring_within=30, template=["EndEntity*"]), checked) == ([], 1)


# --- held against evaluating one certificate after the other, as the documentation says it


def naive(options: dict[str, t.Any], row: dict[str, str]) -> bool:
    def moment(text: str) -> datetime:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)

    def at(value: str) -> datetime:
        return NOW + timedelta(days=int(value))

    end, begin, issued = (moment(row[name]) for name in ("notAfter", "notBefore", "issuedAt"))
    revoked = moment(row["revokedAt"]) if row["revokedAt"] else None
    own = "RootCACertificate" in row["templateArn"]
    lifetime = end - begin - timedelta(hours=1)
    days = {name: timedelta(days=value) for name, value in options.items() if isinstance(value, int)}
    checks: dict[str, t.Callable[[t.Any], bool]] = {
        "expiring_within": lambda _value: (
            not own
            and not revoked
            and NOW < end <= NOW + days["expiring_within"]
            and lifetime > days["expiring_within"]
        ),
        "expires_before": lambda value: not own and end < at(value),
        "expires_after": lambda value: end > at(value),
        "issued_within": lambda _value: issued > NOW - days["issued_within"],
        "issued_before": lambda value: issued < at(value),
        "issued_after": lambda value: issued > at(value),
        "revoked_within": lambda _value: revoked is not None and revoked > NOW - days["revoked_within"],
        "revoked": lambda value: (revoked is not None) is value,
        "revocation_reason": lambda value: revoked is not None and (row["revocationReason"] or "UNSPECIFIED") in value,
        "validity_over": lambda _value: not own and lifetime > days["validity_over"],
        "template": lambda value: any(
            fnmatch.fnmatchcase(row["templateArn"].rpartition("template/")[2] or "none", each) for each in value
        ),
        "not_template": lambda value: not checks["template"](value),
        "requested_by": lambda value: (row["requestedByServicePrincipal"] or "none") in value,
        "serial": lambda value: row["serial"] in value,
        "subject": lambda value: fnmatch.fnmatchcase(row["subject"], value),
    }
    return all(checks[name](value) for name, value in options.items())


DAYS = st.sampled_from([-400, -40, -30, -1, 0, 1, 29, 30, 31, 365])
ROWS = st.builds(
    certificate,
    begin=st.sampled_from([-400, -365, -40, -30, -1]),
    end=DAYS,
    revoked=st.none() | st.sampled_from([-31, -30, -1]),
    template=st.sampled_from(["", ROOT, SERVER]),
    revocationReason=st.sampled_from(["", "KEY_COMPROMISE"]),
    requestedByServicePrincipal=st.sampled_from(["", "acm.amazonaws.com"]),
    serial=st.sampled_from(["1", "2"]),
    subject=st.sampled_from(["", "CN=a", "CN=b"]),
)
_WITHIN = st.sampled_from([0, 1, 30, 31, 365])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("expiring_within", "issued_within", "revoked_within", "validity_over"), _WITHIN),
        **dict.fromkeys(("expires_before", "expires_after", "issued_before", "issued_after"), DAYS.map(str)),
        "revoked": st.booleans(),
        "revocation_reason": st.sampled_from([["KEY_COMPROMISE"], ["UNSPECIFIED", "SUPERSEDED"]]),
        "template": st.sampled_from([["EndEntity*"], ["none"], ["*"]]),
        "not_template": st.sampled_from([["EndEntity*"], ["none"]]),
        "requested_by": st.sampled_from([["acm.amazonaws.com"], ["none"]]),
        "serial": st.just(["1"]),
        "subject": st.sampled_from(["CN=*", "*b"]),
    },
).filter(
    # What matches nothing is refused.
    lambda options: (
        options.get("revoked") is None
        or not ({"expiring_within"} if options["revoked"] else {"revoked_within", "revocation_reason"}) & options.keys()
    )
)


@given(OPTIONS, st.lists(ROWS, min_size=1, max_size=8))
def test_combinations(options: dict[str, t.Any], rows: list[dict[str, str]]) -> None:
    found, _short_lived = select(conditions(**options), [check_row(row) for row in rows])
    assert found == [index for index, row in enumerate(rows) if naive(options, row)]


# --- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expiring_within": -1}, "expiring_within: -1 is too small"),
        ({"validity_over": 36501}, "validity_over: 36501 is too large"),
        ({"expires_before": "99999"}, "expires_before: 99999 is too large"),
        ({"expires_after": "soon"}, "a day such as 2026-11-01, both in UTC unless they say otherwise, or a number of"),
        ({"issued_before": "2026-02-30"}, "issued_before: '2026-02-30' is not a time"),
        ({"revocation_reason": ["a b"]}, "revocation_reason: 'a b' is not a revocation reason"),
        ({"template": []}, "template: the list is empty"),
        ({"template": ["a"] * 1001}, "template: the list has 1001 entries"),
        ({"not_template": [1]}, "not_template: '1' is not a text"),
        ({"requested_by": [None]}, "requested_by: 'None' is not a text"),
        ({"subject": {"CN": "a"}}, "subject: \"{'CN': 'a'}\" is not a text"),
        ({"subject": "a" * 1001}, "is longer than 1000 characters"),
        ({"serial": [12]}, "serial: '12' is not a serial number; give hexadecimal digits in quotes"),
        ({"serial": ["0x12"]}, "serial: '0x12' is not a serial number"),
        ({"revoked": True, "expiring_within": 3}, "revoked=true and expiring_within match no certificate together"),
        ({"revoked": False, "revocation_reason": ["SUPERSEDED"]}, "revoked=false and revocation_reason match no"),
    ],
)
def test_what_is_no_condition(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        conditions(**options)
    assert message in str(caught.value)


def test_a_pattern_takes_no_time_to_fail() -> None:
    """Were it tried in every way, this would not end."""
    rows = [check_row(certificate(subject="a" * 5000))]
    assert select(conditions(subject="*a" * 100 + "b"), rows)[0] == []
