# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters as templates use them. That Ansible finds them, the integration tests show."""

from __future__ import annotations

import typing as t
from importlib import import_module

import pytest
from ansible.errors import AnsibleFilterError
from jinja2.nativetypes import NativeEnvironment

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

ARN = "arn:aws:acm-pca:eu-central-1:222222222222:certificate-authority/11111111-2222-3333-4444-555555555555"


def template(text: str, **variables: t.Any) -> t.Any:
    return ENVIRONMENT.from_string("{{ " + text + " }}").render(variables)


def trouble(text: str, **variables: t.Any) -> str:
    with pytest.raises(AnsibleFilterError) as caught:
        template(text, **variables)
    return str(caught.value)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_file_has_the_filter_of_its_name(module: t.Any) -> None:
    assert list(module.FilterModule().filters()) == [module.__name__.rpartition(".")[2]]


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
