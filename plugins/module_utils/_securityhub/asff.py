# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A finding as the task gives it, and as Security Hub has it (ASFF, the AWS Security Finding Format). Pure.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta, timezone

from .._aws.times import read_time

# As boto3 names the service.
SERVICE = "securityhub"

ACTIVE, ARCHIVED = "ACTIVE", "ARCHIVED"
SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")

_SCHEMA_VERSION = "2018-10-08"
# The shortest time that texts of Security Hub tell apart.
_INSTANT = timedelta(milliseconds=1)
# What the service adds to the fields of a product begins like this.
_SERVICE_FIELDS = "aws/securityhub/"
# Where a finding keeps its end, which is then known even if its resource is no longer looked at.
_EXPIRES_AT = "cloudpki.aws/ExpiresAt"
# What of a stored finding belongs to who provided it. All else is the service's, or of those who look into it.
_PROVIDED = (
    "SchemaVersion",
    "Id",
    "ProductArn",
    "GeneratorId",
    "AwsAccountId",
    "CreatedAt",
    "Title",
    "Description",
    "Resources",
    "Remediation",
)

Asff = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Hub:
    """Where findings are: Security Hub of an account in a region."""

    partition: str
    account_id: str
    region: str

    @property
    def product_arn(self) -> str:
        """The product that findings of an account's own tools belong to."""
        place = f"arn:{self.partition}:securityhub:{self.region}:{self.account_id}"
        return f"{place}:product/{self.account_id}/default"


@dataclasses.dataclass(frozen=True)
class Resource:
    """What a finding is about. ``details`` are shown with it."""

    id: str
    type: str
    region: str | None
    details: t.Mapping[str, str]

    def to_asff(self) -> dict[str, t.Any]:
        """As Security Hub has it."""
        made: dict[str, t.Any] = {"Type": self.type, "Id": self.id}
        if self.region:
            made["Region"] = self.region
        details = without_empty(self.details)
        if details:
            made["Details"] = {"Other": details}
        return made


@dataclasses.dataclass(frozen=True)
class Finding:
    """A finding that is to be there.

    ``created_at`` is when its cause occurred, ``expires_at`` from when on it is obsolete, in UTC.
    """

    id: str
    title: str
    description: str
    severity: str
    types: tuple[str, ...]
    created_at: datetime | None
    resources: tuple[Resource, ...]
    product_fields: t.Mapping[str, str]
    remediation: str | None
    expires_at: datetime | None = None

    def to_asff(self, hub: Hub, generator_id: str) -> dict[str, t.Any]:
        """As Security Hub has it, but for its times and its state.

        Severity and types are given as what the provider says of them, so that people can judge otherwise.
        """
        fields: dict[str, t.Any] = {"Severity": {"Label": self.severity}}
        if self.types:
            fields["Types"] = list(self.types)
        made: dict[str, t.Any] = {
            "SchemaVersion": _SCHEMA_VERSION,
            "Id": self.id,
            "ProductArn": hub.product_arn,
            "GeneratorId": generator_id,
            "AwsAccountId": hub.account_id,
            "Title": self.title,
            "Description": self.description,
            "FindingProviderFields": fields,
            "Resources": [resource.to_asff() for resource in self.resources],
        }
        product_fields = without_empty(self.product_fields)
        if self.expires_at:
            product_fields[_EXPIRES_AT] = to_timestamp(self.expires_at)
        if product_fields:
            made["ProductFields"] = product_fields
        if self.remediation:
            made["Remediation"] = {"Recommendation": {"Text": self.remediation}}
        return made


def archived(stored: Asff, now: datetime) -> dict[str, t.Any]:
    """A stored finding as it has to be sent to put it into the archive: as it is, but for that."""
    made = {name: stored[name] for name in _PROVIDED if name in stored}
    provided = stored.get("FindingProviderFields") or {}
    severity = (provided.get("Severity") or stored.get("Severity") or {}).get("Label", "INFORMATIONAL")
    made["FindingProviderFields"] = {"Severity": {"Label": severity}}
    if provided.get("Types"):
        made["FindingProviderFields"]["Types"] = provided["Types"]
    fields = own_product_fields(stored)
    if fields:
        made["ProductFields"] = fields
    return {**made, "UpdatedAt": update_time(stored, now), "RecordState": ARCHIVED}


def is_over(stored: Asff, now: datetime) -> bool:
    """Whether a stored finding is obsolete."""
    try:
        return read_time(own_product_fields(stored)[_EXPIRES_AT]) <= now
    except (KeyError, ValueError):
        return False


def own_product_fields(finding: Asff) -> dict[str, str]:
    """Those fields that the provider gave it."""
    fields = finding.get("ProductFields") or {}
    return {name: value for name, value in fields.items() if not name.startswith(_SERVICE_FIELDS)}


def is_within(wanted: t.Any, stored: t.Any) -> bool:
    """Whether all that is wanted is stored like that. Security Hub adds fields of its own."""
    if isinstance(wanted, dict):
        return isinstance(stored, dict) and all(is_within(value, stored.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(stored, list)
            and len(wanted) == len(stored)
            and all(is_within(*pair) for pair in zip(wanted, stored))
        )
    return bool(wanted == stored)


def without_empty(fields: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Security Hub takes no empty texts."""
    return {str(name): str(value) for name, value in fields.items() if name and value not in (None, "")}


def update_time(stored: Asff | None, now: datetime) -> str:
    """When a finding is updated: now, but always later than what is stored, or Security Hub would ignore the update.

    The stored time may be another machine's, whose clock is ahead.
    https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
    """
    try:
        last = read_time(str((stored or {}).get("UpdatedAt")))
        return to_timestamp(max(now, last + _INSTANT))
    except (ValueError, OverflowError):
        return to_timestamp(now)


def to_timestamp(moment: datetime) -> str:
    """A time as Security Hub has it. Parts of a second count: an update has to be later than what it updates."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
