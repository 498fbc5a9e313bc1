# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from local_aws.seed_checks import depths_below
from local_aws.seed_file import parse
from local_aws.seed_model import Account, Authority, Bucket, Issued, Organization, SeedError

DEFAULT_TEMPLATE = "arn:aws:acm-pca:::template/EndEntityCertificate/V1"


def account(*authorities: str) -> str:
    """A file with one account and these CAs."""
    return "accounts: [{name: a, certificate_authorities: [" + ", ".join(authorities) + "]}]"


def test_everything_has_a_default() -> None:
    assert parse("{}") == Organization("123456789012", (), ())
    organization = parse("accounts: [{name: a, certificate_authorities: [{name: A}]}]\nbuckets: [{name: reports}]")
    assert organization.accounts == (
        Account(
            name="a",
            id=None,
            email=None,
            organizational_unit=None,
            role="OrganizationAccountAccessRole",
            external_id=None,
            disabled_regions=(),
            copies=1,
            certificate_authorities=(
                Authority(
                    name="A",
                    region="us-east-1",
                    type="ROOT",
                    status="ACTIVE",
                    key_algorithm="EC_prime256v1",
                    usage_mode="GENERAL_PURPOSE",
                    parent=None,
                    tags={},
                    shared_with=(),
                    issued=Issued(0, 0, 0, 30, "host-{n}.example.com", (DEFAULT_TEMPLATE,), (None,), {}),
                ),
            ),
        ),
    )
    assert organization.buckets == (Bucket("reports", None, "us-east-1", "audit-reports", None, "none"),)


def test_everything_can_be_said() -> None:
    text = """
    management_account: "999999999999"
    accounts:
      - name: a
        id: "111111111111"
        email: a@example.org
        organizational_unit: Production
        role: Auditor
        external_id: "a/b:c-1"
        disabled_regions: [af-south-1, me-south-1]
        certificate_authorities:
          - name: Top
          - name: Issuing
            region: eu-central-1
            type: SUBORDINATE
            status: DISABLED
            key_algorithm: RSA_3072
            usage_mode: SHORT_LIVED_CERTIFICATE
            parent: Top
            tags: {tier: issuing}
            shared_with: ["999999999999"]
            issued:
              valid: 1
              expiring: 2
              expired: 3
              expiring_within_days: 10
              name: x-{n}
              templates: [CodeSigningCertificate, "arn:aws:acm-pca:::template/OCSPSigningCertificate/V1"]
              principals: [acm.amazonaws.com, null]
              revoked: {KEY_COMPROMISE: 1, SUPERSEDED: 2}
    buckets:
      - {name: one, account: a, region: eu-central-1, accounts: [a, "999999999999"], encryption: kms}
      - {name: two, policy: {Version: "2012-10-17", Statement: []}}
    """
    organization = parse(text)
    [found] = organization.accounts
    assert organization.management_account == "999999999999"
    assert (found.id, found.email, found.organizational_unit, found.role) == (
        "111111111111",
        "a@example.org",
        "Production",
        "Auditor",
    )
    assert (found.external_id, found.disabled_regions) == ("a/b:c-1", ("af-south-1", "me-south-1"))
    assert found.certificate_authorities[1] == Authority(
        name="Issuing",
        region="eu-central-1",
        type="SUBORDINATE",
        status="DISABLED",
        key_algorithm="RSA_3072",
        usage_mode="SHORT_LIVED_CERTIFICATE",
        parent="Top",
        tags={"tier": "issuing"},
        shared_with=("999999999999",),
        issued=Issued(
            valid=1,
            expiring=2,
            expired=3,
            expiring_within_days=10,
            name="x-{n}",
            templates=(
                "arn:aws:acm-pca:::template/CodeSigningCertificate/V1",
                "arn:aws:acm-pca:::template/OCSPSigningCertificate/V1",
            ),
            principals=("acm.amazonaws.com", None),
            revoked={"KEY_COMPROMISE": 1, "SUPERSEDED": 2},
        ),
    )
    assert found.certificate_authorities[1].issued.total == 6
    assert organization.buckets == (
        Bucket("one", "a", "eu-central-1", "audit-reports", ("a", "999999999999"), "kms"),
        Bucket("two", policy={"Version": "2012-10-17", "Statement": []}),
    )


def test_copies_are_numbered() -> None:
    text = """
    accounts:
      - {name: hub, certificate_authorities: [{name: Top}]}
      - name: member
        id: "200000000009"
        copies: 3
        certificate_authorities:
          - {name: Middle, type: SUBORDINATE, parent: Top}
          - {name: Low, type: SUBORDINATE, parent: Middle}
    buckets: [{name: reports, account: member-0002}]
    """
    hub, *members = parse(text).accounts
    assert hub.name == "hub"
    assert [(each.name, each.id) for each in members] == [
        ("member-0001", "200000000009"),
        ("member-0002", "200000000010"),
        ("member-0003", "200000000011"),
    ]
    assert [(ca.name, ca.parent) for each in members for ca in each.certificate_authorities] == [
        ("Middle-0001", "Top"),
        ("Low-0001", "Middle-0001"),
        ("Middle-0002", "Top"),
        ("Low-0002", "Middle-0002"),
        ("Middle-0003", "Top"),
        ("Low-0003", "Middle-0003"),
    ]


def test_depths_below() -> None:
    parents = {"Top": None, "Left": "Top", "Right": "Top", "Low": "Right", "Lowest": "Low", "Alone": None}
    found = depths_below([Authority(name, parent=parent) for name, parent in parents.items()])
    assert found == {"Top": 3, "Left": 0, "Right": 2, "Low": 1, "Lowest": 0, "Alone": 0}


TOO_DEEP = ["{name: A0}"] + [f"{{name: A{n}, type: SUBORDINATE, parent: A{n - 1}}}" for n in range(1, 6)]

ERRORS = [
    ("", "the file: None is not a mapping; accepted keys: accounts, buckets, management_account."),
    ("[1]", "the file: [1] is not a mapping; accepted keys: accounts, buckets, management_account."),
    ("acounts: []", "acounts: there is no such key; accepted: accounts, buckets, management_account."),
    ("1: 2", "1: there is no such key; accepted: accounts, buckets, management_account."),
    ("management_account: 123456789012", "management_account: 123456789012 is not accepted; accepted: 12 digits, in "),
    ("accounts: {name: a}", "accounts: {'name': 'a'} is not a list; accepted: a list of mappings."),
    ("accounts: [a]", "accounts[0]: 'a' is not a mapping; accepted keys: certificate_authorities, copies, disabled_"),
    ("accounts: [{id: '111111111111'}]", "accounts[0].name: it is missing; accepted: a name."),
    ("accounts: [{name: a}, {name: 5}]", "accounts[1].name: 5 is not accepted; accepted: a text with something in it "),
    ("accounts: [{name: ' '}]", "accounts[0].name: ' ' is not accepted; accepted: a text with something in it "),
    ('accounts: [{name: "\\ud800"}]', "accounts[0].name: '\\ud800' is not accepted; accepted: a text with something "),
    ("accounts: [{name: a, id: '1'}]", "accounts[0].id: '1' is not accepted; accepted: 12 digits, in quotes."),
    (
        "accounts: [{name: a, role: 'no role'}]",
        "accounts[0].role: 'no role' is not accepted; accepted: the name of an ",
    ),
    (
        "accounts: [{name: a, external_id: x}]",
        "accounts[0].external_id: 'x' is not accepted; accepted: 2 to 1224 letters",
    ),
    (
        "accounts: [{name: a, disabled_regions: [africa]}]",
        "accounts[0].disabled_regions[0]: 'africa' is not accepted; accepted: af-south-1, ",
    ),
    (
        "accounts: [{name: a, disabled_regions: af-south-1}]",
        "accounts[0].disabled_regions: 'af-south-1' is not accepted; accepted: a list with something in it.",
    ),
    (
        account("{name: A, shared_with: [b]}"),
        "accounts[0].certificate_authorities[0].shared_with[0]: 'b' is no account of this file; accepted: 123456789012",
    ),
    (
        account("{name: A}", "{name: B, shared_with: ['123456789012', a]}"),
        "accounts[0].certificate_authorities[1].shared_with[1]: 'a' is the owner of the CA; accepted: other accounts.",
    ),
    ("accounts: [{name: a, copies: 0}]", "accounts[0].copies: 0 is not accepted; accepted: a whole number from 1 on."),
    ("accounts: [{name: a, copies: true}]", "accounts[0].copies: True is not accepted; accepted: a whole number from "),
    ("accounts: [{name: a}, {name: b}, {name: a}]", "accounts[2].name: 'a' is already at accounts[0].name; every one "),
    (
        "accounts: [{name: a, copies: 2}, {name: a-0002}]",
        "accounts[1].name: 'a-0002' is already at accounts[0].name; every one needs one of its own.",
    ),
    (
        "accounts: [{name: a, id: '111111111111'}, {name: b, id: '111111111111'}]",
        "accounts[1].id: '111111111111' is already at accounts[0].id; every one needs one of its own.",
    ),
    (
        "accounts: [{name: a, copies: 2, email: a@example.com}]",
        "accounts[0].copies: copies cannot share the email 'a@example.com'; accepted: no email.",
    ),
    (
        "accounts: [{name: a, copies: 2, id: '999999999999'}]",
        "accounts[0].id: '999999999999' leaves no room for 2 copies; accepted: a lower id.",
    ),
    (
        account("{name: A, key_algorithm: RSA_512}"),
        "accounts[0].certificate_authorities[0].key_algorithm: 'RSA_512' is not accepted; accepted: RSA_2048, "
        "RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1.",
    ),
    (account("{name: A, status: [ACTIVE]}"), "accounts[0].certificate_authorities[0].status: ['ACTIVE'] is not accept"),
    (account("{name: A, region: us-east-9}"), "accounts[0].certificate_authorities[0].region: 'us-east-9' is not acce"),
    (account("{name: A, usage_mode: X}"), "accounts[0].certificate_authorities[0].usage_mode: 'X' is not accepted; "),
    (
        account("{name: A, type: X}"),
        "accounts[0].certificate_authorities[0].type: 'X' is not accepted; accepted: ROOT, ",
    ),
    (
        account("{name: A, tags: [x]}"),
        "accounts[0].certificate_authorities[0].tags: ['x'] is not accepted; accepted: a ",
    ),
    (
        account("{name: A, tags: {x: 1}}"),
        "accounts[0].certificate_authorities[0].tags.x: 1 is not accepted; accepted: ",
    ),
    (
        account("{name: " + "é" * 33 + "}"),
        "accounts[0].certificate_authorities[0].name: '"
        + "é" * 33
        + "' has 66 bytes; accepted: up to 64, as X.509 has",
    ),
    (
        account("{name: A}", "{name: A}"),
        "accounts[0].certificate_authorities[1].name: 'A' is already at accounts[0].cer",
    ),
    (
        account("{name: A, parent: B}"),
        "accounts[0].certificate_authorities[0].parent: a ROOT CA signs itself; accepted: type: SUBORDINATE, or no",
    ),
    (
        account("{name: A, type: SUBORDINATE, parent: B}", "{name: B}"),
        "accounts[0].certificate_authorities[0].parent: 'B' is not the name of a CA further up in the file that has a "
        "certificate; accepted: nothing, as there is none.",
    ),
    (
        account("{name: B}", "{name: C, status: FAILED}", "{name: A, type: SUBORDINATE, parent: C}"),
        "accounts[0].certificate_authorities[2].parent: 'C' is not the name of a CA further up in the file that has a "
        "certificate; accepted: B.",
    ),
    (
        account("{name: B, status: EXPIRED}", "{name: A, type: SUBORDINATE, parent: B}"),
        "accounts[0].certificate_authorities[1].parent: 'B' is EXPIRED, and no certificate outlives the CA that issued",
    ),
    (
        account("{name: B, usage_mode: SHORT_LIVED_CERTIFICATE}", "{name: A, type: SUBORDINATE, parent: B}"),
        "accounts[0].certificate_authorities[1].parent: 'B' issues for seven days at most, which is too short for a CA",
    ),
    (
        account(*TOO_DEEP),
        "accounts[0].certificate_authorities[0].name: below 'A0' are 5 layers of CAs, more than a template allows; "
        "accepted: 3, and 4 below a ROOT.",
    ),
    (
        account("{name: A, issued: 5}"),
        "accounts[0].certificate_authorities[0].issued: 5 is not a mapping; accepted key",
    ),
    (
        account("{name: A, issued: {valid: -1}}"),
        "accounts[0].certificate_authorities[0].issued.valid: -1 is not accepted; accepted: a whole number from 0 on.",
    ),
    (
        account("{name: A, issued: {expiring_within_days: 0}}"),
        "accounts[0].certificate_authorities[0].issued.expiring_within_days: 0 is not accepted; accepted: a whole",
    ),
    (
        account("{name: A, issued: {templates: []}}"),
        "accounts[0].certificate_authorities[0].issued.templates: [] is not accepted; accepted: a list with something",
    ),
    (
        account("{name: A, issued: {templates: [EndEntityCertificate, Nothing]}}"),
        "accounts[0].certificate_authorities[0].issued.templates[1]: 'Nothing' is no certificate template; accepted: ",
    ),
    (
        account("{name: A, issued: {principals: [me]}}"),
        "accounts[0].certificate_authorities[0].issued.principals[0]: 'me' is not accepted; accepted: null, or a",
    ),
    (
        account("{name: A, issued: {valid: 1, revoked: {BOREDOM: 1}}}"),
        "accounts[0].certificate_authorities[0].issued.revoked: 'BOREDOM' is not accepted; accepted: UNSPECIFIED, ",
    ),
    (
        account("{name: A, issued: {valid: 2, revoked: {SUPERSEDED: 1, KEY_COMPROMISE: 2}}}"),
        "accounts[0].certificate_authorities[0].issued.revoked: 3 is more than the CA has issued; accepted: up to 2 in",
    ),
    (
        account("{name: A, issued: {valid: 100, name: '" + "x" * 62 + "{n}'}}"),
        "accounts[0].certificate_authorities[0].issued.name: '"
        + "x" * 62
        + "100' has 65 bytes; accepted: up to 64, as",
    ),
    (
        account("{name: A, status: PENDING_CERTIFICATE, issued: {expired: 1}}"),
        "accounts[0].certificate_authorities[0].issued: a CA in the status PENDING_CERTIFICATE has issued nothing; acc",
    ),
    (
        account("{name: A, status: EXPIRED, issued: {expiring: 1}}"),
        "accounts[0].certificate_authorities[0].issued: no certificate outlives an EXPIRED CA; accepted: only expired ",
    ),
    ("buckets: [{name: UPPER}]", "buckets[0].name: 'UPPER' is not accepted; accepted: the name of a bucket."),
    (
        "buckets: [{name: one}, {name: one}]",
        "buckets[1].name: 'one' is already at buckets[0].name; every one needs one",
    ),
    (
        "buckets: [{name: one, account: b}]",
        "buckets[0].account: 'b' is no account of this file; accepted: 123456789012.",
    ),
    ("buckets: [{name: one, region: here}]", "buckets[0].region: 'here' is not accepted; accepted: af-south-1, "),
    (
        "buckets: [{name: one, policy: open}]",
        "buckets[0].policy: 'open' is not accepted; accepted: audit-reports, audit",
    ),
    ("buckets: [{name: one, encryption: x}]", "buckets[0].encryption: 'x' is not accepted; accepted: none, kms, kms-n"),
    (
        "accounts: [{name: a, copies: 20}]\nbuckets: [{name: one, accounts: [a-0001, b]}]",
        "buckets[0].accounts[1]: 'b' is no account of this file; accepted: 123456789012, a-0001, a-0002, a-0003, "
        "a-0004, a-0005, a-0006, a-0007, a-0008, a-0009, a-0010, a-0011 and 9 more.",
    ),
    (
        "accounts: [{name: a}]\nbuckets: [{name: one, accounts: [a], policy: none}]",
        "buckets[0].accounts: they are written into the policy audit-reports, and this bucket has another one; ",
    ),
    ("accounts: [\n{name: a\n", "it is not YAML: "),
    ("\x07", "it is not YAML: "),
]


@pytest.mark.parametrize(("text", "sentence"), ERRORS)
def test_a_mistake_is_one_sentence_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(SeedError) as refused:
        parse(text)
    message = str(refused.value)
    assert message.startswith(sentence)
    assert message.endswith(".")
    assert "\n" not in message
    assert re.search("; accepted|; every one needs|^it is not YAML", message)
