# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of the local AWS: one immutable object, validated here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from local_aws import checks
from local_aws.checks import InputError

#: What Private CA may answer to a second report of a CA inside 30 minutes. Which one it is, is not publicly known.
REFUSALS: Mapping[str, str] = {
    "RequestInProgressException": "Your request is already in progress.",
    "ThrottlingException": "Rate exceeded",
    "LimitExceededException": "An audit report was already created for this certificate authority. "
    "The quota is one audit report every 30 minutes.",
    "InvalidStateException": "The certificate authority is not in a valid state for creating an audit report.",
    "InvalidRequestException": "The request action cannot be performed or is prohibited.",
    "ValidationException": "An audit report can be created only once every 30 minutes.",
}

#: What accounts of AWS Organizations have had only since 2025, and what they are to have no more.
ACCOUNT_FIELDS = ("Paths", "State", "Status")

BUCKET_REFUSALS = ("now", "later")

#: In a key of rate_limits, what stands between an operation and the one account that the limit is for.
ACCOUNT_MARK = "@"

#: The sibling operation answers ValidationException to every trouble with a bucket; the API model says of
#: ResourceNotFoundException that it is for S3 buckets, too.
MISSING_BUCKET_CODES = ("ValidationException", "ResourceNotFoundException")


@dataclass(frozen=True)
class Settings:
    """How this AWS behaves, above all where nobody outside AWS knows how the real one does."""

    #: How long a report stays CREATING.
    report_seconds: float = 2.0
    #: How long a CA has to wait for its next report; 0 switches the rule off.
    report_interval: float = 1800.0
    #: The error code of a second report inside the interval.
    refusal_code: str = "RequestInProgressException"
    #: Whether a report that FAILED keeps the CA waiting as well.
    failed_reports_count: bool = False
    #: A bucket that Private CA cannot write to: refused at once, or report FAILED.
    bucket_refusal: str = "now"
    #: The error code for a bucket that does not exist.
    missing_bucket_code: str = "ValidationException"
    #: Whether the calling account has to be able to write to the bucket, as the documentation had it until 2024.
    require_caller_write: bool = False
    #: Whether the two permission test keys have to be writable, too, and not only the report.
    require_test_keys: bool = False
    #: Whether Private CA sends aws:SourceOrgID and aws:SourceOrgPaths along to S3 and KMS.
    send_organization: bool = True
    #: Requests per second for each account and region, by "service:Operation". None are limited by default.
    #: "service:Operation@account" is a limit for that account alone, instead of the general one.
    rate_limits: Mapping[str, float] = field(default_factory=dict)
    #: By account: the regions that it has not enabled.
    disabled_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: By account: the regions that a service control policy of its organization denies.
    denied_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The version of the session tokens that STS gives. Those of version 1 only work in regions enabled by default.
    session_token_version: int = 2
    #: How long the sessions of assumed roles last at most; None: as long as was asked for.
    session_seconds: float | None = None
    #: What accounts of AWS Organizations come without: older versions of the API had fewer, and Status is to go.
    hidden_account_fields: tuple[str, ...] = ()
    #: Whether a role has to exist to be assumed.
    require_roles: bool = False
    #: Whether callers need permissions: by identity policies, bucket policies and key policies.
    enforce_permissions: bool = False
    #: Whether requests count as having come by TLS, which those to the local AWS do not.
    secure_transport: bool = True

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """These settings with some of them different. Raises InputError, and then nothing has changed."""
        checks.only_known(values, {entry.name for entry in fields(self)}, "settings")
        return replace(self, **values)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def _rate_limits(name: str, value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise InputError(
            f"{name} is {value!r}, but has to be an object of requests per second by operation, "
            'for example {"acm-pca:CreateCertificateAuthorityAuditReport": 1.0}; {} sets no limit.'
        )
    return {
        _limited(f"a key of {name}", key): checks.positive_number(f"{name}[{key!r}]", rate)
        for key, rate in value.items()
    }


def _limited(name: str, key: Any) -> str:
    """What a rate limit is for: an operation, or an operation of one account."""
    operation, mark, account = key.partition(ACCOUNT_MARK) if isinstance(key, str) else (key, "", "")
    checks.operation(name, operation)
    if mark:
        checks.account(f"the account in {name}", account)
    return str(key)


def _regions_by_account(name: str, value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or not all(isinstance(each, (list, tuple)) for each in value.values()):
        raise InputError(
            f"{name} is {value!r}, but has to be an object of lists of regions by account, "
            'for example {"111122223333": ["af-south-1"]}; {} is none.'
        )
    return {
        checks.account(f"a key of {name}", account): tuple(
            checks.region(f"{name}[{account!r}][{number}]", region) for number, region in enumerate(regions)
        )
        for account, regions in value.items()
    }


def _token_version(name: str, value: Any) -> int:
    if isinstance(value, bool) or value not in (1, 2):
        raise InputError(f"{name} is {value!r}, but has to be 1 or 2.")
    return int(value)


def _seconds_or_none(name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        return checks.positive_number(name, value)
    except InputError:
        raise InputError(f"{name} is {value!r}, but has to be a number above 0, or null.") from None


def _account_fields(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not set(value) <= set(ACCOUNT_FIELDS):
        raise InputError(
            f"{name} is {value!r}, but has to be a list with some of {', '.join(ACCOUNT_FIELDS)}; [] is none."
        )
    return tuple(value)


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "report_seconds": checks.number,
    "report_interval": checks.number,
    "refusal_code": lambda name, value: checks.choice(name, value, tuple(REFUSALS)),
    "failed_reports_count": checks.flag,
    "bucket_refusal": lambda name, value: checks.choice(name, value, BUCKET_REFUSALS),
    "missing_bucket_code": lambda name, value: checks.choice(name, value, MISSING_BUCKET_CODES),
    "require_caller_write": checks.flag,
    "require_test_keys": checks.flag,
    "send_organization": checks.flag,
    "rate_limits": _rate_limits,
    "disabled_regions": _regions_by_account,
    "denied_regions": _regions_by_account,
    "session_token_version": _token_version,
    "session_seconds": _seconds_or_none,
    "hidden_account_fields": _account_fields,
    "require_roles": checks.flag,
    "enforce_permissions": checks.flag,
    "secure_transport": checks.flag,
}
