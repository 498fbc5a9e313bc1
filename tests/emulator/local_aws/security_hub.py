# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security Hub's findings: BatchImportFindings with the rules for those who provide them, GetFindings with its filters.

moto accepts any finding for any account, keeps it as it is given, and ignores filters.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.securityhub.exceptions import SecurityHubClientError
from moto.securityhub.models import Finding, SecurityHubBackend
from moto.utilities.paginator import paginate
from moto.utilities.utils import get_partition

MOST_FINDINGS = 100

#: What the service asks of every finding, and how long texts may be.
_REQUIRED = (
    "SchemaVersion",
    "Id",
    "ProductArn",
    "GeneratorId",
    "AwsAccountId",
    "CreatedAt",
    "UpdatedAt",
    "Title",
    "Description",
    "Resources",
)
_LONGEST: Mapping[str, int] = {"Id": 512, "GeneratorId": 512, "Title": 256, "Description": 1024}
_MOST_RESOURCES = 32
_LONGEST_RESOURCE_ID = 512
_LONGEST_DETAIL = 1024
_LONGEST_PRODUCT_FIELD, _MOST_PRODUCT_FIELDS = 2048, 50
_LARGEST_FINDING = 240 * 1024
_NAMESPACES = (
    "Software and Configuration Checks",
    "TTPs",
    "Effects",
    "Unusual Behaviors",
    "Sensitive Data Identifications",
)
_NORMALIZED: Mapping[str, int] = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}

#: What belongs to those who look into findings. A provider's update leaves it as it is.
_OF_CUSTOMERS = ("Note", "UserDefinedFields", "VerificationState", "Workflow", "WorkflowState")
#: What both have a say in: a customer's word stands.
_OF_BOTH = ("Severity", "Types")

_FILTERED: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "AwsAccountId": lambda finding: [finding["AwsAccountId"]],
    "GeneratorId": lambda finding: [finding["GeneratorId"]],
    "Id": lambda finding: [finding["Id"]],
    "ProductArn": lambda finding: [finding["ProductArn"]],
    "RecordState": lambda finding: [finding["RecordState"]],
    "Region": lambda finding: [finding["Region"]],
    "ResourceId": lambda finding: [resource["Id"] for resource in finding["Resources"]],
    "SeverityLabel": lambda finding: [finding["Severity"]["Label"]],
    "Title": lambda finding: [finding["Title"]],
    "WorkflowStatus": lambda finding: [finding["Workflow"]["Status"]],
}
_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": str.__eq__,
    "PREFIX": str.startswith,
    "CONTAINS": str.__contains__,
}


def batch_import_findings(
    self: SecurityHubBackend, findings: list[dict[str, Any]]
) -> tuple[int, int, list[dict[str, Any]]]:
    """Take findings in, each by itself."""
    if not 1 <= len(findings) <= MOST_FINDINGS:
        raise SecurityHubClientError(
            "InvalidInputException",
            f"Findings must have between 1 and {MOST_FINDINGS} members, but has {len(findings)}.",
        )
    failed = []
    for given in findings:
        problem = _problem_of(self, given)
        if not self.enabled:
            # Of this operation, the page above says that findings fail one by one.
            message = f"Account {self.account_id} is not subscribed to AWS Security Hub."
            failed.append({"Id": given.get("Id") or "", "ErrorCode": "InvalidAccess", "ErrorMessage": message})
        elif problem:
            failed.append({"Id": given.get("Id") or "", "ErrorCode": "InvalidInput", "ErrorMessage": problem})
        else:
            _take_in(self, given)
    return len(failed), len(findings) - len(failed), failed


@paginate(pagination_model=SecurityHubBackend.PAGINATION_MODEL)
def get_findings(
    self: SecurityHubBackend,
    filters: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    sort_criteria: list[dict[str, str]] | None = None,
    max_results: int | None = None,
) -> list[dict[str, Any]]:
    """The findings that pass all filters. They are not sorted."""
    _check_enabled(self)
    if max_results is not None and not 1 <= int(max_results) <= MOST_FINDINGS:
        raise SecurityHubClientError(
            "InvalidInputException", f"MaxResults must be between 1 and {MOST_FINDINGS}, but is {max_results}."
        )
    found = [finding.as_dict() for finding in self.findings]
    for name, conditions in (filters or {}).items():
        if name not in _FILTERED:
            raise SecurityHubClientError("InvalidInputException", f"The local AWS does not filter by {name}.")
        found = [finding for finding in found if _passes(_FILTERED[name](finding), conditions)]
    return copy.deepcopy(found)


def _check_enabled(backend: SecurityHubBackend) -> None:
    if not backend.enabled:
        raise SecurityHubClientError(
            "InvalidAccessException", f"Account {backend.account_id} is not subscribed to AWS Security Hub"
        )


def _problem_of(backend: SecurityHubBackend, given: Mapping[str, Any]) -> str | None:
    missing = [name for name in _REQUIRED if not given.get(name)]
    if missing:
        return f"Finding does not adhere to Amazon Finding Format. data should have required property '{missing[0]}'."
    for name, longest in _LONGEST.items():
        if len(given[name]) > longest:
            return f"Finding does not adhere to Amazon Finding Format. data.{name} should NOT be longer than {longest}."
    if len(given["Resources"]) > _MOST_RESOURCES:
        return "Finding does not adhere to Amazon Finding Format. data.Resources should NOT have more than 32 items."
    if len(json.dumps(given)) > _LARGEST_FINDING:
        return "Finding is larger than 240 KB."
    product_fields = given.get("ProductFields", {})
    if len(product_fields) > _MOST_PRODUCT_FIELDS:
        return "Finding does not adhere to Amazon Finding Format. data.ProductFields has more than 50 properties."
    if any(len(text) > _LONGEST_PRODUCT_FIELD for text in product_fields.values()):
        return "Finding does not adhere to Amazon Finding Format. data.ProductFields has a text longer than 2048."
    for resource in given["Resources"]:
        if len(resource["Id"]) > _LONGEST_RESOURCE_ID:
            return "Finding does not adhere to Amazon Finding Format. data.Resources.Id should NOT be longer than 512."
        if any(len(text) > _LONGEST_DETAIL for text in resource.get("Details", {}).get("Other", {}).values()):
            return "Finding does not adhere to Amazon Finding Format. data.Resources.Details.Other has a long text."
        if not all(_texts_of(resource.get("Details", {}).get("Other", {}))):
            return "Finding does not adhere to Amazon Finding Format. data.Resources.Details.Other has an empty text."
    types = [*given.get("Types", []), *given.get("FindingProviderFields", {}).get("Types", [])]
    if any(each.split("/")[0] not in _NAMESPACES for each in types):
        return "Finding does not adhere to Amazon Finding Format. data.Types should match pattern."
    if not ("Severity" in given or "Severity" in given.get("FindingProviderFields", {})):
        return "Finding does not adhere to Amazon Finding Format. data should have required property 'Severity'."
    own = f"arn:{get_partition(backend.region_name)}:securityhub:{backend.region_name}:{backend.account_id}:product/"
    if given["ProductArn"] != f"{own}{backend.account_id}/default":
        return f"ProductArn {given['ProductArn']} is not that of an integration that is enabled."
    if given["AwsAccountId"] != backend.account_id:
        return f"AwsAccountId {given['AwsAccountId']} is not the account that the request is from."
    return None


def _texts_of(fields: Mapping[str, str]) -> list[str]:
    return [text for pair in fields.items() for text in pair]


def _take_in(backend: SecurityHubBackend, given: Mapping[str, Any]) -> None:
    finding = copy.deepcopy(dict(given))
    provided = finding.setdefault("FindingProviderFields", {})
    for name in _OF_BOTH:
        if name in finding:
            provided.setdefault(name, copy.deepcopy(finding[name]))
        elif name in provided:
            finding[name] = copy.deepcopy(provided[name])
    finding.setdefault("RecordState", "ACTIVE")
    severity = finding["Severity"]
    severity.setdefault("Normalized", _NORMALIZED[severity["Label"]])
    finding["Region"] = backend.region_name
    finding["ProcessedAt"] = datetime.now(UTC).isoformat()
    finding["CompanyName"], finding["ProductName"] = "Personal", "Default"
    finding["ProductFields"] = {
        **finding.get("ProductFields", {}),
        "aws/securityhub/FindingId": f"{finding['ProductArn']}/{finding['Id']}",
        "aws/securityhub/ProductName": "Default",
        "aws/securityhub/CompanyName": "Personal",
    }
    for resource in finding["Resources"]:
        resource.setdefault("Partition", get_partition(backend.region_name))
    known = next((each for each in backend.findings if each.id == finding["Id"]), None)
    if known is None:
        finding.setdefault("Workflow", {"Status": "NEW"})
        backend.findings.append(Finding(finding["Id"], finding))
    elif _time_of(finding) > _time_of(known.data):
        # An update that is no later is ignored, and nobody is told.
        known.data = _updated(known.data, finding)


def _time_of(finding: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(finding["UpdatedAt"])


def _updated(old: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    for name in _OF_CUSTOMERS:
        new.pop(name, None)
        if name in old:
            new[name] = old[name]
    for name in _OF_BOTH:
        if _plain(old.get(name)) != _plain(old["FindingProviderFields"].get(name)):
            new[name] = old[name]
    if (old["RecordState"], new["RecordState"]) == ("ARCHIVED", "ACTIVE"):
        new["Workflow"] = {"Status": "NEW"}
    return new


def _plain(value: Any) -> Any:
    return value.get("Label") if isinstance(value, dict) else value


def _passes(values: Sequence[str], conditions: Sequence[Mapping[str, str]]) -> bool:
    """Conditions of one kind are alternatives; those that say what must not be all hold."""
    wanted: list[bool] = []
    unwanted: list[bool] = []
    for condition in conditions:
        comparison = condition["Comparison"]
        negative = "NOT_" in comparison
        holds = _COMPARISONS[comparison.replace("NOT_", "").replace("PREFIX_EQUALS", "PREFIX")]
        met = any(holds(value, condition["Value"]) for value in values)
        (unwanted if negative else wanted).append(met)
    return (any(wanted) or not wanted) and not any(unwanted)
