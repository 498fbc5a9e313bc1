# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory, from the local AWS in this process."""

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
import yaml
from ansible import constants, context, template
from ansible.cli.inventory import InventoryCLI
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible.template import Templar
from ansible_collections.amazon.aws.plugins.doc_fragments import assume_role, common, region
from botocore import endpoint
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.inventory import aws_organization
from ansible_collections.cloudpki.aws.plugins.plugin_utils._organization import reader
from local_aws.emulator import Emulator
from local_aws.in_process import local_aws

from ..bad_values import spoiled, spoiled_bytes, tries

HOSTILE = "{{ lookup('pipe', 'id') }} <b>\u202e"
FULL = "plugin: cloudpki.aws.aws_organization"
ORGANIZATION = {
    "accounts": [
        {"name": "management", "id": "123456789012"},
        {"name": "web", "id": "000000000001", "organizational_unit": "Production/Web", "tags": {"team": "web"}},
        {"name": "pay", "id": "000000000002", "organizational_unit": "Production", "tags": {"team": "pay", "x": "1"}},
        {"name": HOSTILE, "id": "000000000003", "organizational_unit": "Development", "tags": {"team": "{{ 7 * 7 }}"}},
        {"name": "old", "id": "000000000004", "organizational_unit": "Production", "state": "SUSPENDED"},
        {"name": "new", "id": "000000000005", "state": "PENDING_ACTIVATION"},
        {"name": "gone", "id": "000000000006", "state": "CLOSED"},
    ]
}
KNOWS_PATHS = (
    "Paths" in boto3.client("organizations", region_name="us-east-1").meta.service_model.shape_for("Account").members
)
WALK = ["ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListRoots"]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    for name in [name for name in os.environ if name.startswith(("AWS_", "ANSIBLE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    # botocore's own retries sleep in real time, and the adaptive ones also wait for locks.
    monkeypatch.setattr(endpoint.time, "sleep", lambda _seconds: None)
    monkeypatch.setitem(reader.CLIENT_CONFIG["retries"], "mode", "standard")
    seed = tmp_path / "organization.yml"
    seed.write_text(yaml.safe_dump(ORGANIZATION), encoding="utf-8")
    with local_aws(seed=seed) as emulator:
        yield emulator


Read = Callable[..., InventoryData]


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the plugin warns of."""
    said: list[str] = []
    monkeypatch.setattr(aws_organization.InventoryModule, "warn", lambda _self, message: said.append(message))
    return said


@pytest.fixture
def read(aws: Emulator, tmp_path: Path, warned: list[str]) -> Read:
    """Read a file with these options, or with this content."""
    _define_options()
    path = tmp_path / "test.aws_organization.yml"

    def read(*, refresh: bool = False, content: bytes | None = None, **options: t.Any) -> InventoryData:
        written = f"{FULL}\n{yaml.safe_dump(options)}" if options else FULL
        path.write_bytes(written.encode() if content is None else content)
        plugin = aws_organization.InventoryModule()
        plugin._load_name = plugin.ansible_name = plugin.NAME
        # Before ansible-core 2.19, only the loader of plugins sets it.
        plugin._redirected_names = []
        assert plugin.verify_file(str(path))
        data = InventoryData()
        plugin.parse(data, DataLoader(), str(path), cache=not refresh)
        if options.get("cache"):
            plugin.update_cache_if_changed()
        return data

    return read


def _define_options() -> None:
    """What the loader of plugins does, which does not find collections that were imported before."""
    options: dict[str, t.Any] = {}
    fragments = [each.ModuleDocFragment.PLUGINS for each in (assume_role, common, region)]
    fragments += [each.ModuleDocFragment.DOCUMENTATION for each in (constructed, inventory_cache)]
    for text in (*fragments, aws_organization.DOCUMENTATION):
        options.update(yaml.safe_load(text)["options"])
    name = aws_organization.InventoryModule.NAME
    constants.config.initialize_plugin_configuration_definitions("inventory", name, options)


def evaluated(variables: dict[str, t.Any], expression: str) -> t.Any:
    """What an expression of a playbook is for a host with these variables."""
    trust = getattr(template, "trust_as_template", str)
    return Templar(DataLoader(), variables=dict(variables)).template(trust("{{ " + expression + " }}"))


def asked(aws: Emulator) -> list[str]:
    return [name.removeprefix("organizations:") for name in aws.calls()]


def cached(tmp_path: Path) -> dict[str, t.Any]:
    return {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}


def test_each_active_account_is_a_host(read: Read, aws: Emulator, warned: list[str]) -> None:
    data = read()
    assert sorted(data.hosts) == ["000000000001", "000000000002", "000000000003", "123456789012"]
    assert sorted(data.groups["aws_organization"].get_hosts(), key=str) == sorted(data.hosts.values(), key=str)
    variables = data.hosts["000000000001"].vars
    assert variables["aws_account_arn"].endswith("/000000000001")
    assert variables["aws_account_joined_at"].endswith("Z")
    shown = {name: value for name, value in variables.items() if not name.startswith("inventory_")}
    del shown["aws_account_arn"], shown["aws_account_joined_at"]
    assert shown == {
        "aws_account_id": "000000000001",
        "aws_account_name": "web",
        "aws_account_email": "web@example.com",
        "aws_account_state": "ACTIVE",
        "aws_account_organizational_unit_path": "Production/Web",
        "audit_reports_accounts": [{"account_id": "000000000001", "name": "web"}],
    }
    assert data.hosts["123456789012"].vars["aws_account_organizational_unit_path"] == ""
    assert warned == []


@pytest.mark.skipif(not KNOWS_PATHS, reason="this botocore does not know Paths")
def test_units_are_asked_for_once_each(read: Read, aws: Emulator) -> None:
    read()
    assert aws.calls() == {"organizations:DescribeOrganizationalUnit": 3, "organizations:ListAccounts": 1}


def test_without_paths_the_tree_is_walked_once(read: Read, aws: Emulator) -> None:
    aws.configure(hidden_account_fields=["Paths"])
    data = read(organizational_units=["Production"])
    assert sorted(data.hosts) == ["000000000001", "000000000002"]
    assert aws.calls() == {
        "organizations:ListAccounts": 1,
        "organizations:ListAccountsForParent": 4,
        "organizations:ListOrganizationalUnitsForParent": 4,
        "organizations:ListRoots": 1,
    }


def test_accounts_whose_state_is_not_known_are_not_left_out(read: Read, aws: Emulator) -> None:
    # So it looks to a botocore that does not know State, when AWS returns Status no more.
    aws.configure(hidden_account_fields=["Status", "State"])
    with pytest.raises(AnsibleError, match=r"The state of the account [0-9]+ is not known, because botocore .* is too"):
        read()


@pytest.mark.parametrize("hidden", [["Status"], ["State"], ["State", "Paths"]])
def test_state_takes_precedence_over_status(read: Read, aws: Emulator, hidden: list[str]) -> None:
    if hidden == ["Status"] and not KNOWS_PATHS:
        pytest.skip("this botocore does not know State")
    aws.configure(hidden_account_fields=hidden)
    assert "000000000004" not in read().hosts
    suspended = read(account_states=["SUSPENDED"])
    assert "000000000004" in suspended.hosts
    # Status calls everything that is over suspended.
    assert ("000000000006" in suspended.hosts) == ("State" in hidden or not KNOWS_PATHS)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"organizational_units": ["Production"]}, "12"),
        ({"organizational_units": ["/Production/Web/"]}, "1"),
        ({"organizational_units": ["/"], "exclude_organizational_units": ["Production/Web"]}, "M23"),
        ({"exclude_organizational_units": ["Production", "Development"]}, "M"),
        ({"account_states": ["PENDING_ACTIVATION", "ACTIVE"], "include_filters": [{"name": "*e*"}]}, "M135"),
        ({"include_filters": [{"name": "web"}, {"tag:team": "p*", "id": ["000000000002"]}]}, "12"),
        ({"include_filters": [{"name": "web", "tag:team": "pay"}]}, ""),
        ({"exclude_filters": [{"tag:team": ["web", "pay"]}, {"email": "management@*"}]}, "3"),
        ({"exclude_filters": [{"tag:x": "*"}]}, "M13"),
    ],
)
def test_selecting(read: Read, aws: Emulator, options: dict[str, t.Any], expected: str) -> None:
    if "PENDING_ACTIVATION" in options.get("account_states", ()) and not KNOWS_PATHS:
        pytest.skip("this botocore does not know State")
    found = {"M" if name == "123456789012" else name[-1] for name in read(**options).hosts}
    assert found == set(expected)


def test_units_by_id(read: Read, aws: Emulator) -> None:
    organizations = boto3.client("organizations", region_name="us-east-1")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    production = next(unit["Id"] for unit in units if unit["Name"] == "Production")
    assert sorted(read(organizational_units=[production]).hosts) == ["000000000001", "000000000002"]
    assert len(read(organizational_units=[root]).hosts) == 4


def test_a_unit_without_accounts_is_a_warning(read: Read, warned: list[str]) -> None:
    assert len(read(organizational_units=["Production", "Produktion"]).hosts) == 2
    assert warned == ["No account is in the organizational unit 'Produktion'; check its ID or its path."]


def test_tags_only_if_asked_and_only_of_those_in_question(read: Read, aws: Emulator) -> None:
    data = read(include_tags=True, organizational_units=["Production"], hostvars_prefix="org_")
    assert data.hosts["000000000002"].vars["org_tags"] == {"team": "pay", "x": "1"}
    assert aws.calls()["organizations:ListTagsForResource"] == 2


def test_tags_that_mean_something_to_ansible_are_left_out(read: Read, tmp_path: Path, warned: list[str]) -> None:
    organizations = boto3.client("organizations", region_name="us-east-1")
    tags = [{"Key": key, "Value": "x"} for key in ("__ansible_vault", "__ansible_type", "__ansible_unsafe")]
    organizations.tag_resource(ResourceId="000000000002", Tags=tags)
    for _again in range(2):
        data = read(**cached(tmp_path), include_tags=True)
        assert data.hosts["000000000002"].vars["aws_account_tags"] == {"team": "pay", "x": "1"}
    # They are no obstacle to the cache either, and filters know them.
    assert warned == []
    assert list(read(include_filters=[{"tag:__ansible_type": "x"}]).hosts) == ["000000000002"]


def test_more_accounts_than_a_page(read: Read, aws: Emulator) -> None:
    organizations = boto3.client("organizations", region_name="us-east-1")
    for number in range(40):
        organizations.create_account(AccountName=f"more-{number}", Email=f"more-{number}@example.com")
    aws.reset()
    assert len(read().hosts) == 44
    assert aws.calls()["organizations:ListAccounts"] == (3 if KNOWS_PATHS else 1)


@pytest.mark.parametrize("operation", ["ListAccounts", *WALK, "ListTagsForResource"])
def test_throttling_in_the_middle(read: Read, aws: Emulator, operation: str) -> None:
    if operation in WALK:
        aws.configure(hidden_account_fields=["Paths"])
    aws.fault(f"organizations:{operation}", error="TooManyRequestsException", count=3)
    assert len(read(include_tags=True).hosts) == 4
    assert aws.faults() == []


def test_hosts_are_named_as_asked(read: Read) -> None:
    organizations = boto3.client("organizations", region_name="us-east-1")
    for name in ("web", "localhost", "aws_organization", "000000000002", "a b/c[1]", "@etc/hosts"):
        organizations.create_account(AccountName=name, Email=f"{len(name)}@example.com")
    names = set(read(hostnames=["name"]).hosts)
    assert {"management", "pay", "a_b_c_1", "etc_hosts", "lookup_pipe_id_b"} <= names
    # Two accounts of one name, names that mean something else, and the ID of another account.
    assert not names & {"web", "localhost", "aws_organization", "000000000002"}
    assert "000000000001" in names
    assert "pay" in read(hostnames=["tag:team", "name"]).hosts


def test_shards(read: Read, aws: Emulator) -> None:
    data = read(shards=3, role_name="audit/PrivateCAAudit", regions=["all", "!sa-east-1"], include_tags=True)
    assert sorted(data.hosts) == ["shard_1", "shard_2", "shard_3"]
    lists = {name: host.vars["audit_reports_accounts"] for name, host in data.hosts.items()}
    assert sorted(len(each) for each in lists.values()) == [1, 1, 2]
    assert len({account["account_id"] for each in lists.values() for account in each}) == 4
    assert lists["shard_1"][0] == {
        "account_id": "000000000001",
        "name": "web",
        "role_arn": "arn:aws:iam::000000000001:role/audit/PrivateCAAudit",
    }
    assert data.hosts["shard_1"].vars["audit_reports_regions"] == ["all", "!sa-east-1"]
    assert "ListTagsForResource" not in asked(aws)
    # An empty list would stand for the account of the credentials.
    assert len(read(shards=9).hosts) == 4
    assert read(shards=9, account_states=["PENDING_CLOSURE"]).hosts == {}


def test_no_text_from_outside_is_a_template(read: Read) -> None:
    options = {"include_tags": True, "compose": {"label": "aws_account_name ~ ' account'", "n": "6 * 7"}}
    data = read(**options, keyed_groups=[{"key": "aws_account_name", "prefix": "named"}])
    variables = data.hosts["000000000003"].vars
    assert evaluated(variables, "aws_account_name") == HOSTILE
    assert evaluated(variables, "aws_account_tags.team") == "{{ 7 * 7 }}"
    # A mark of distrust would be lost in the playbooks, where the list becomes JSON.
    assert evaluated(variables, "audit_reports_accounts[0].name") == HOSTILE.replace("{{", "\\u007b{")
    assert evaluated(variables, "label") == f"{HOSTILE} account"
    # Only newer versions of ansible-core give a number.
    assert str(evaluated(variables, "n")) == "42"
    assert [name for name in data.groups if name.startswith("named_") and "{" in name] == []


def test_no_text_is_a_template_in_a_script_that_prints_what_ansible_inventory_printed(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How AWX hands the accounts from the update of an inventory to a job."""
    monkeypatch.setattr(context, "CLIARGS", {"yaml": False, "toml": False})
    hosts = {name: host.vars for name, host in read(include_tags=True).hosts.items()}
    printed = InventoryCLI.dump({"aws_organization": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}})
    script = tmp_path / "hosts"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\n", encoding="utf-8")
    script.chmod(0o700)
    variables = InventoryManager(DataLoader(), sources=[str(script)]).get_host("000000000003").vars
    assert evaluated(variables, "aws_account_name") == HOSTILE
    assert evaluated(variables, "aws_account_tags.team") == "{{ 7 * 7 }}"
    assert evaluated(variables, "audit_reports_accounts[0].account_id") == "000000000003"
    assert evaluated(variables, "audit_reports_accounts | to_json | from_json | map(attribute='name') | first") == (
        HOSTILE.replace("{{", "\\u007b{")
    )


def test_what_awx_compares_is_plain_text(read: Read) -> None:
    if not hasattr(template, "trust_as_template"):
        pytest.skip("ansible-core has no marks on text yet")
    variables = read(role_name="Audit").hosts["000000000003"].vars
    entry = variables["audit_reports_accounts"][0]
    for text in (variables["aws_account_id"], variables["aws_account_state"], entry["account_id"], entry["role_arn"]):
        assert template.is_trusted_as_template(text)
    assert not template.is_trusted_as_template(variables["aws_account_name"])


def test_the_cache_saves_all_requests(read: Read, aws: Emulator, tmp_path: Path) -> None:
    options = cached(tmp_path)
    first = read(**options)
    aws.reset()
    second = read(**options, organizational_units=["Production"], hostnames=["name"])
    assert sorted(second.hosts) == ["pay", "web"]
    assert aws.calls() == {}
    assert second.hosts["web"].vars.items() >= {
        (name, value) for name, value in first.hosts["000000000001"].vars.items() if name.startswith("aws_")
    }
    read(**options, refresh=True)
    assert aws.calls()["organizations:ListAccounts"] == 1


def test_a_cache_without_tags_does_not_do_where_tags_are_needed(read: Read, aws: Emulator, tmp_path: Path) -> None:
    read(**cached(tmp_path))
    data = read(**cached(tmp_path), include_filters=[{"tag:team": "web"}])
    assert list(data.hosts) == ["000000000001"]
    aws.reset()
    assert list(read(**cached(tmp_path), include_filters=[{"tag:team": "pay"}]).hosts) == ["000000000002"]
    assert aws.calls() == {}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"accounts": [{"id": 1}], "unit_names": {}}',
        '{"accounts": {"a": 1}, "unit_names": []}',
        "null",
    ],
)
def test_a_cache_that_is_broken_is_replaced(
    read: Read, aws: Emulator, tmp_path: Path, warned: list[str], content: str
) -> None:
    read(**cached(tmp_path))
    (file,) = (tmp_path / "cache").iterdir()
    stored = json.loads(file.read_text(encoding="utf-8"))
    # Newer versions of ansible-core wrap what is cached.
    wrapped = content if content == "{" or "accounts" in stored else None
    file.write_text(wrapped if wrapped is not None else content, encoding="utf-8")
    aws.reset()
    assert len(read(**cached(tmp_path)).hosts) == 4
    assert aws.calls()["organizations:ListAccounts"] == 1
    aws.reset()
    assert len(read(**cached(tmp_path)).hosts) == 4
    assert aws.calls() == {}
    assert all(message.startswith("The cache of the inventory cannot be used") for message in warned)


def test_a_delegated_administrator(read: Read, aws: Emulator) -> None:
    role = "arn:aws:iam::000000000002:role/OrganizationAccountAccessRole"
    with pytest.raises(AnsibleError) as refused:
        read(assume_role_arn=role)
    assert "the management account of the organization, or of a delegated administrator" in str(refused.value)
    assert "permission organizations:ListAccounts" in str(refused.value)
    boto3.client("organizations", region_name="us-east-1").register_delegated_administrator(
        AccountId="000000000002", ServicePrincipal="ssm.amazonaws.com"
    )
    assert len(read(assume_role_arn=role, include_tags=True).hosts) == 4


@pytest.mark.parametrize(
    ("operation", "options"),
    [
        ("ListAccounts", {"strict_permissions": False}),
        ("ListTagsForResource", {"include_tags": True}),
        ("ListTagsForResource", {"include_filters": [{"tag:team": "web"}], "strict_permissions": False}),
        ("DescribeOrganizationalUnit", {}),
        ("DescribeOrganizationalUnit", {"organizational_units": ["Production"], "strict_permissions": False}),
        ("ListRoots", {}),
        ("ListAccountsForParent", {}),
        ("ListOrganizationalUnitsForParent", {"exclude_organizational_units": ["X"], "strict_permissions": False}),
    ],
)
def test_a_missing_permission_is_named(read: Read, aws: Emulator, operation: str, options: dict[str, t.Any]) -> None:
    _deny(aws, operation)
    with pytest.raises(AnsibleError) as refused:
        read(**options)
    assert f"with the permission organizations:{operation}." in str(refused.value)


@pytest.mark.parametrize("operation", ["ListTagsForResource", "DescribeOrganizationalUnit", *WALK])
def test_what_is_possible_goes_on(read: Read, aws: Emulator, tmp_path: Path, warned: list[str], operation: str) -> None:
    _deny(aws, operation)
    data = read(include_tags=True, strict_permissions=False, **cached(tmp_path))
    assert len(data.hosts) == 4
    assert len(warned) == 1
    assert f"with the permission organizations:{operation}. The inventory lacks" in warned[0]
    assert aws.calls()[f"organizations:{operation}"] == 1
    # What is incomplete is not kept.
    aws.reset()
    aws.configure(hidden_account_fields=[])
    variables = read(include_tags=True, **cached(tmp_path)).hosts["000000000001"].vars
    assert variables["aws_account_tags"] == {"team": "web"}
    assert variables["aws_account_organizational_unit_path"] == "Production/Web"


def _deny(aws: Emulator, operation: str) -> None:
    if operation in WALK:
        aws.configure(hidden_account_fields=["Paths"])
    elif operation == "DescribeOrganizationalUnit" and not KNOWS_PATHS:
        pytest.skip("this botocore does not know Paths")
    aws.fault(f"organizations:{operation}", error="AccessDeniedException", count=100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shards": 0}, "shards: 0 is too small"),
        ({"hostnames": ["arn"]}, "hostnames[0]: 'arn' is not accepted"),
        ({"hostvars_prefix": "a-"}, "hostvars_prefix: 'a-' is not accepted"),
        ({"role_name": "arn:aws:iam::1:role/x"}, "role_name: 'arn:aws:iam::1:role/x' is not the name of an IAM role"),
        ({"include_filters": [{"tag:": "x"}]}, "include_filters[0]: 'tag:' is not a condition"),
        ({"exclude_filters": [{}]}, "exclude_filters[0]: give at least one condition"),
        ({"include_filters": [{"id": 1}]}, "include_filters[0].id: '1' is not accepted"),
        ({"account_states": ["OPEN"]}, "account_states"),
        ({"hostnames": ["id", None]}, "hostnames[1]: 'None' is not a text"),
        ({"organizational_units": [7]}, "organizational_units[0]: '7' is not a text"),
        ({"regions": [None]}, "regions[0]: 'None' is not a text"),
    ],
)
def test_options_that_cannot_be_used(read: Read, options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(AnsibleError) as refused:
        read(**options)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AWSOrganizationsNotInUseException", "is not in an organization; use credentials of the management account"),
        ("ExpiredTokenException", "has expired"),
    ],
)
def test_other_errors(read: Read, aws: Emulator, code: str, message: str) -> None:
    aws.fault("organizations:ListAccounts", error=code)
    with pytest.raises(AnsibleError) as refused:
        read(strict_permissions=False)
    assert message in str(refused.value)


OPTIONS = {
    "organizational_units": ["Production", "ou-abcd-12345678"],
    "exclude_organizational_units": ["Production/Web"],
    "account_states": ["ACTIVE", "SUSPENDED"],
    "include_filters": [{"name": "prod-*"}, {"tag:team": ["web", "pay"], "id": "000000000001"}],
    "exclude_filters": [{"email": "*@example.com"}],
    "include_tags": True,
    "role_name": "audit/PrivateCAAudit",
    "regions": ["us-east-1", "all"],
    "shards": 2,
    "hostnames": ["tag:team", "name"],
    "hostvars_prefix": "aws_account_",
    "strict_permissions": False,
    "compose": {"team": "aws_account_tags.team"},
    "groups": {"web": "'web' in aws_account_name"},
    "keyed_groups": [{"key": "aws_account_state", "prefix": "state"}],
    "strict": True,
}


#: Ansible refuses them, in its own words.
OF_ANSIBLE = {"compose", "groups", "keyed_groups"}


def test_bad_files_are_refused_in_a_sentence(read: Read) -> None:
    good = yaml.safe_dump({"plugin": "cloudpki.aws.aws_organization", **OPTIONS}).encode()
    one = st.sampled_from(sorted(OPTIONS)).flatmap(lambda name: st.tuples(st.just(name), spoiled(OPTIONS[name])))

    @tries(200)
    @given(one | spoiled_bytes(good))
    def attempt(bad: tuple[str, t.Any] | bytes) -> None:
        try:
            if isinstance(bad, bytes):
                read(content=bad)
            else:
                read(**{bad[0]: bad[1]})
        except AnsibleError as e:
            assert isinstance(bad, bytes) or bad[0] in str(e) or bad[0] in OF_ANSIBLE

    attempt()
