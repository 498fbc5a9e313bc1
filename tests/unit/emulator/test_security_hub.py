# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World
from moto.securityhub.models import securityhub_backends

ACCOUNT = "123456789012"
PRODUCT = f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default"


def finding(name: str = "one", **changes: Any) -> dict[str, Any]:
    made = {
        "SchemaVersion": "2018-10-08",
        "Id": name,
        "ProductArn": PRODUCT,
        "GeneratorId": "tests/findings",
        "AwsAccountId": ACCOUNT,
        "CreatedAt": "2026-11-23T09:30:00Z",
        "UpdatedAt": "2026-11-23T09:30:00Z",
        "Title": "A title",
        "Description": "A description.",
        "Resources": [{"Type": "Other", "Id": "some-resource", "Details": {"Other": {"a": "b"}}}],
        "FindingProviderFields": {"Severity": {"Label": "HIGH"}, "Types": ["Software and Configuration Checks/X"]},
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


LATER = "2026-11-23T09:31:00Z"


class Hub:
    def __init__(self, world: World) -> None:
        self.client = world.client("securityhub")
        self.client.enable_security_hub()

    def put(self, *findings: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.client.batch_import_findings(Findings=list(findings))["FailedFindings"])

    def get(self, **filters: list[tuple[str, str]]) -> list[dict[str, Any]]:
        given = {
            name: [{"Comparison": comparison, "Value": value} for comparison, value in conditions]
            for name, conditions in filters.items()
        }
        return list(self.client.get_findings(Filters=given)["Findings"])

    def ids(self, **filters: list[tuple[str, str]]) -> list[str]:
        return [found["Id"] for found in self.get(**filters)]


@pytest.fixture
def hub(world: World) -> Hub:
    return Hub(world)


def test_it_has_to_be_enabled(world: World) -> None:
    client = world.client("securityhub", "eu-central-1")
    with pytest.raises(ClientError, match=f"Account {ACCOUNT} is not subscribed") as refused:
        client.get_findings()
    assert refused.value.response["Error"]["Code"] == "InvalidAccessException"
    [failed] = client.batch_import_findings(Findings=[finding()])["FailedFindings"]
    assert (failed["Id"], failed["ErrorCode"]) == ("one", "InvalidAccess")


def test_what_the_service_adds(hub: Hub) -> None:
    assert hub.put(finding()) == []
    [found] = hub.get()
    assert found["Severity"] == {"Label": "HIGH", "Normalized": 70}
    assert found["Types"] == ["Software and Configuration Checks/X"]
    assert (found["RecordState"], found["Workflow"], found["Region"]) == ("ACTIVE", {"Status": "NEW"}, "us-east-1")
    assert found["ProductFields"]["aws/securityhub/FindingId"] == f"{PRODUCT}/one"
    assert found["Resources"][0]["Partition"] == "aws"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Title": None}, "required property 'Title'"),
        ({"Resources": []}, "required property 'Resources'"),
        ({"Title": "x" * 257}, "Title should NOT be longer than 256"),
        ({"Resources": [{"Type": "Other", "Id": "x"}] * 33}, "more than 32"),
        ({"Resources": [{"Type": "Other", "Id": "x", "Details": {"Other": {"a": ""}}}]}, "empty text"),
        ({"Resources": [{"Type": "Other", "Id": "x" * 513}]}, "longer than 512"),
        ({"Resources": [{"Type": "Other", "Id": "x", "Details": {"Other": {"a": "x" * 1025}}}]}, "long text"),
        ({"ProductFields": {"a": "x" * 2049}}, "longer than 2048"),
        ({"ProductFields": {str(number): "x" for number in range(51)}}, "more than 50"),
        ({"UserDefinedFields": {"a": "x" * 250_000}}, "larger than 240 KB"),
        ({"Types": ["Weather/Rain"]}, "data.Types"),
        ({"FindingProviderFields": None}, "required property 'Severity'"),
        ({"ProductArn": PRODUCT.replace("us-east-1", "eu-west-1")}, "not that of an integration"),
        ({"AwsAccountId": "999999999999"}, "not the account that the request is from"),
    ],
)
def test_refusals(hub: Hub, changes: dict[str, Any], message: str) -> None:
    """One finding that is refused stops no other."""
    [failed] = hub.put(finding("bad", **changes), finding("good"))
    assert (failed["Id"], failed["ErrorCode"]) == ("bad", "InvalidInput")
    assert message in failed["ErrorMessage"]
    assert hub.ids() == ["good"]


@pytest.mark.parametrize("number", [0, 101])
def test_how_many_at_once(hub: Hub, number: int) -> None:
    with pytest.raises(ClientError, match="between 1 and 100"):
        hub.put(*[finding(str(each)) for each in range(number)])


def test_pages(hub: Hub) -> None:
    for start in (0, 100):
        hub.put(*[finding(str(start + each)) for each in range(100)])
    first = hub.client.get_findings(MaxResults=100)
    second = hub.client.get_findings(MaxResults=100, NextToken=first["NextToken"])
    assert len({found["Id"] for found in first["Findings"] + second["Findings"]}) == 200
    assert "NextToken" not in second or not second["NextToken"]
    with pytest.raises(ClientError, match="MaxResults"):
        hub.client.get_findings(MaxResults=101)


def test_filters(hub: Hub) -> None:
    hub.put(finding("one"), finding("two", GeneratorId="others"), finding("three", RecordState="ARCHIVED"))
    assert hub.ids(GeneratorId=[("EQUALS", "others")]) == ["two"]
    assert hub.ids(Id=[("EQUALS", "one"), ("PREFIX", "th")]) == ["one", "three"]
    assert hub.ids(RecordState=[("EQUALS", "ACTIVE")], GeneratorId=[("NOT_EQUALS", "others")]) == ["one"]
    assert hub.ids(GeneratorId=[("PREFIX_NOT_EQUALS", "oth")]) == ["one", "three"]
    assert hub.ids(ResourceId=[("CONTAINS", "resource")], SeverityLabel=[("EQUALS", "LOW")]) == []
    with pytest.raises(ClientError, match="does not filter by Keyword"):
        hub.client.get_findings(Filters={"Keyword": [{"Value": "x"}]})


def test_an_update_leaves_what_customers_decided(hub: Hub) -> None:
    hub.put(finding())
    stored = securityhub_backends[ACCOUNT]["us-east-1"].findings[0].data
    stored["Workflow"] = {"Status": "SUPPRESSED"}
    stored["Severity"] = {"Label": "LOW", "Normalized": 1}
    hub.put(finding(UpdatedAt=LATER, Title="Another", Workflow={"Status": "NEW"}))
    [found] = hub.get()
    assert (found["Title"], found["Workflow"]["Status"], found["Severity"]["Label"]) == ("Another", "SUPPRESSED", "LOW")
    assert found["FindingProviderFields"]["Severity"]["Label"] == "HIGH"


def test_what_comes_back_is_new(hub: Hub) -> None:
    hub.put(finding())
    securityhub_backends[ACCOUNT]["us-east-1"].findings[0].data["Workflow"] = {"Status": "RESOLVED"}
    hub.put(finding(UpdatedAt=LATER, RecordState="ARCHIVED"))
    assert hub.get()[0]["Workflow"]["Status"] == "RESOLVED"
    hub.put(finding(UpdatedAt="2026-11-23T09:32:00Z"))
    [found] = hub.get()
    assert (found["RecordState"], found["Workflow"]["Status"]) == ("ACTIVE", "NEW")


@pytest.mark.parametrize("time", ["2026-11-23T09:30:00Z", "2026-11-23T09:29:59.999Z"])
def test_an_update_that_is_no_later_is_ignored(hub: Hub, time: str) -> None:
    hub.put(finding())
    assert hub.put(finding(UpdatedAt=time, Title="Another")) == []
    assert hub.get()[0]["Title"] == "A title"
