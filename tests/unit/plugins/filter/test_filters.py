# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters as templates use them. That Ansible finds them, the integration tests show."""

from __future__ import annotations

import json
import typing as t
from importlib import import_module

import pytest
from ansible.errors import AnsibleFilterError
from jinja2.nativetypes import NativeEnvironment

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import size_of
from project import ROOT

# From the folder, so that no filter can be forgotten.
MODULES = [
    import_module(f"ansible_collections.cloudpki.aws.plugins.filter.{file.stem}")
    for file in sorted((ROOT / "plugins" / "filter").glob("*.py"))
]
ENVIRONMENT = NativeEnvironment()
for module in MODULES:
    ENVIRONMENT.filters.update(
        {f"cloudpki.aws.{name}": function for name, function in module.FilterModule().filters().items()}
    )

STATEMENT = {"Sid": "Ours", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
ARN = "arn:aws:acm-pca:eu-central-1:222222222222:certificate-authority/11111111-2222-3333-4444-555555555555"
BUCKET = {
    "policy": {},
    "versioning": {"Versioning": "Enabled"},
    "public_access_block": {},
    "object_ownership": "BucketOwnerEnforced",
    "encryption": {"SSEAlgorithm": "AES256"},
    "tags": {},
}


def template(text: str, **variables: t.Any) -> t.Any:
    return ENVIRONMENT.from_string("{{ " + text + " }}").render(variables)


def trouble(text: str, **variables: t.Any) -> str:
    with pytest.raises(AnsibleFilterError) as caught:
        template(text, **variables)
    return str(caught.value)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_file_has_the_filter_of_its_name(module: t.Any) -> None:
    assert list(module.FilterModule().filters()) == [module.__name__.rpartition(".")[2]]


def test_merge_policy() -> None:
    merged = template("policy | cloudpki.aws.merge_policy([statement])", policy=None, statement=STATEMENT)
    assert merged["Statement"] == [STATEMENT]
    assert template("p | cloudpki.aws.merge_policy([], remove=['Ours'])", p=merged)["Statement"] == []


def test_merge_policy_refuses_what_is_too_large_and_says_what_to_do() -> None:
    large = {**STATEMENT, "Resource": ["x" * 100] * 300}
    said = trouble("'' | cloudpki.aws.merge_policy([s], largest=20480, hint='Use less.')", s=large)
    assert "and AWS accepts 20480. Use less." in said
    exact = "'' | cloudpki.aws.merge_policy([s], largest={})"
    size = size_of(template("'' | cloudpki.aws.merge_policy([s])", s=large))
    assert template(exact.format(size), s=large)
    assert f"would have {size} bytes" in trouble(exact.format(size - 1), s=large)


def test_merge_policy_refuses_what_is_no_policy() -> None:
    assert "The policy is not JSON" in trouble("'{' | cloudpki.aws.merge_policy([])")


def test_audit_statements() -> None:
    found = template("'b' | cloudpki.aws.audit_statements(account_ids=['222222222222'], hub_principals=['h'])")
    assert found["bucket"]["remove"] == ["CloudpkiMembersWrite"]
    assert found["key"]["remove"] == []
    assert found["bucket"]["statements"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": ["222222222222"]}


def test_the_readme_shows_the_statement_that_the_role_adds() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = json.loads(text.partition("```json\n")[2].partition("```")[0])
    found = template(
        "'example-corp-pca-audit-reports' | cloudpki.aws.audit_statements(account_ids=accounts, hub_principals=['h'])",
        accounts=["111122223333"],
    )
    assert shown in found["bucket"]["statements"]


def test_audit_statements_for_nobody() -> None:
    assert "nobody could use the bucket" in trouble("'b' | cloudpki.aws.audit_statements(hub_principals=['h'])")


def test_audit_accounts() -> None:
    found = template(
        "[{}] | cloudpki.aws.audit_accounts(account_ids=ids, role_name='R', own_account_id='111111111111')",
        ids=["222222222222"],
    )
    assert found["account_ids"] == ["111111111111", "222222222222"]
    assert found["role_arns"] == ["arn:aws:iam::222222222222:role/R"]


def test_audit_accounts_of_nobody_is_the_own_one() -> None:
    assert template("[] | cloudpki.aws.audit_accounts(own_account_id='111111111111')")["accounts"] == [{}]


def test_audit_accounts_says_what_is_wrong() -> None:
    assert "is not 12 digits" in trouble("[] | cloudpki.aws.audit_accounts(own_account_id='1', account_ids=['x'])")


def test_audit_batches() -> None:
    found = template("[{}, {}, {}] | cloudpki.aws.audit_batches(size=2, own_account_id='222222222222')")
    assert [(each["first"], each["last"], each["total"]) for each in found] == [(1, 2, 3), (3, 3, 3)]
    named = template(
        "[{}] | cloudpki.aws.audit_batches(size=2, own_account_id='222222222222', certificate_authority_arns=[a])",
        a=ARN,
    )
    assert named[0]["certificate_authority_arns"] == [ARN]


def test_audit_batches_says_what_is_wrong() -> None:
    assert "it must be 1 or more" in trouble("[{}] | cloudpki.aws.audit_batches(size=0, own_account_id='1')")


def test_audit_outcome() -> None:
    reused = {"audit_reports": [{"action": "reused", "account_id": "1", "region": "r"}], "summary": {"accounts": 1}}
    found = template("[reused, broken] | cloudpki.aws.audit_outcome", reused=reused, broken={"msg": "No bucket."})
    assert (found["progress"], found["accounts"], found["failures"]) == (
        "1 reused",
        ["1: 1 reused (r)"],
        ["No bucket."],
    )
    assert template("[broken] | cloudpki.aws.audit_outcome", broken={"msg": "No bucket."})["progress"] == "failed"


def test_audit_bucket_plan() -> None:
    policy = {"Version": "2012-10-17", "Statement": [STATEMENT]}
    found = template("bucket | cloudpki.aws.audit_bucket_plan(name='b', policy=policy)", bucket=BUCKET, policy=policy)
    assert sorted(found["arguments"]) == ["policy", "public_access"]
    new = template("none | cloudpki.aws.audit_bucket_plan(name='b', policy=policy)", policy=policy)
    assert new["changes"][0] == "create the bucket b"


def test_audit_bucket_plan_says_what_is_wrong() -> None:
    unread = {**BUCKET, "policy": None}
    assert "could not be read" in trouble("b | cloudpki.aws.audit_bucket_plan(name='b', policy={})", b=unread)


def test_audit_bucket_encryption() -> None:
    assert template("none | cloudpki.aws.audit_bucket_encryption(kms_key='k')")["kms"] is True
    assert template("b | cloudpki.aws.audit_bucket_encryption", b=BUCKET) == {
        "kms": False,
        "key": "",
        "bucket_key": False,
    }


def test_audit_kms_key() -> None:
    key = {"key_arn": "arn:aws:kms:r:1:key/k", "key_manager": "AWS"}
    assert "is an AWS managed key" in trouble("[k] | cloudpki.aws.audit_kms_key(name='alias/aws/s3')", k=key)
    usable = {**key, "key_manager": "CUSTOMER", "key_state": "Enabled"}
    assert (
        template("[k] | cloudpki.aws.audit_kms_key(name='k', needs_policy=false)", k=usable)["key_arn"]
        == key["key_arn"]
    )
