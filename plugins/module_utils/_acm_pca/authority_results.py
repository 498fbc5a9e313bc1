# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What acm_pca_certificate_authority_info returns: CAs as the API describes them, and what could not be seen. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

from .._aws.messages import name_of
from .._aws.outcome import Outcome, failure_of
from .._aws.times import to_text
from .models import CertificateAuthority
from .skipped_regions import SkippedRegion, to_results, warnings_of

if t.TYPE_CHECKING:
    from .finder import Unreachable


@dataclasses.dataclass(frozen=True)
class Found:
    """A CA that is wanted. ``tags`` are None if they were not asked for."""

    authority: CertificateAuthority
    account_name: str | None
    tags: t.Mapping[str, str] | None = None


def outcome_of(
    found: t.Iterable[Found], failed: t.Iterable[Unreachable], skipped: t.Sequence[SkippedRegion]
) -> Outcome:
    """Put everything in order."""
    authorities = [_authority_dict(each) for each in sorted(found, key=lambda each: each.authority.arn.text)]
    failures = sorted(failed, key=_place)
    results = {
        "changed": False,
        "certificate_authorities": authorities,
        "failures": [_failure_dict(each) for each in failures],
        "regions_skipped": to_results(skipped),
        "summary": {
            "certificate_authorities": len(authorities),
            "accounts": len({each["account_id"] for each in authorities}),
            "regions": len({each["region"] for each in authorities}),
            "failed": len(failures),
            "regions_skipped": len(skipped),
        },
    }
    problems = [(name_of(each.arn, each.account_id, each.region), each.problem) for each in failures]
    failure = failure_of(problems, len(problems) + len(authorities), "failures")
    return Outcome(results, failure, warnings_of(skipped))


def _place(unreachable: Unreachable) -> tuple[str, str, str]:
    return (unreachable.arn.text if unreachable.arn else "", unreachable.account_id or "", unreachable.region or "")


def _authority_dict(found: Found) -> dict[str, t.Any]:
    arn = found.authority.arn
    described = _plain(camel_dict_to_snake_dict(dict(found.authority.description or {})))
    described.pop("arn", None)
    result = {
        "certificate_authority_arn": arn.text,
        "account_id": arn.account_id,
        "account_name": found.account_name,
        "region": arn.region,
        **described,
        "posture": _posture(found),
    }
    if found.tags is not None:
        result["tags"] = dict(found.tags)
    return result


def _posture(found: Found) -> dict[str, t.Any]:
    """What checks of CAs ask for, as far as the description has it. Without a configuration, nothing is enabled."""
    description = found.authority.description or {}
    configuration = description.get("CertificateAuthorityConfiguration") or {}
    revocation = description.get("RevocationConfiguration") or {}
    return {
        # https://docs.aws.amazon.com/securityhub/latest/userguide/pca-controls.html
        "active_root": description.get("Type") == "ROOT" and found.authority.status == "ACTIVE",
        "crl_enabled": bool((revocation.get("CrlConfiguration") or {}).get("Enabled")),
        "ocsp_enabled": bool((revocation.get("OcspConfiguration") or {}).get("Enabled")),
        # FIPS 204 is the only one of the post-quantum standards that Private CA offers.
        "post_quantum": str(configuration.get("KeyAlgorithm")).startswith("ML_DSA_"),
        "untagged": None if found.tags is None else not found.tags,
    }


def _failure_dict(unreachable: Unreachable) -> dict[str, t.Any]:
    return {
        "certificate_authority_arn": unreachable.arn.text if unreachable.arn else None,
        "account_id": unreachable.account_id,
        "account_name": unreachable.account_name,
        "region": unreachable.region,
        "error": unreachable.problem.to_dict(),
    }


def _plain(value: t.Any) -> t.Any:
    """The same with times as text, since JSON has none."""
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
