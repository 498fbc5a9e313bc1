# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.authority_results import Found, outcome_of
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.models import CertificateAuthority

ARN = parse_certificate_authority_arn(
    "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566"
)


def posture(description: dict[str, t.Any], tags: dict[str, str] | None = None) -> dict[str, t.Any]:
    authority = CertificateAuthority(ARN, description.get("Status"), description)
    [result] = outcome_of([Found(authority, None, tags)], [], []).results["certificate_authorities"]
    return t.cast("dict[str, t.Any]", result["posture"])


NOTHING = {"active_root": False, "crl_enabled": False, "ocsp_enabled": False, "post_quantum": False, "untagged": None}


@pytest.mark.parametrize(
    ("description", "true"),
    [
        ({}, set()),
        ({"Type": "ROOT", "Status": "ACTIVE"}, {"active_root"}),
        ({"Type": "ROOT", "Status": "DISABLED"}, set()),
        ({"Type": "SUBORDINATE", "Status": "ACTIVE"}, set()),
        ({"RevocationConfiguration": {"CrlConfiguration": {"Enabled": True}}}, {"crl_enabled"}),
        ({"RevocationConfiguration": {"CrlConfiguration": {"Enabled": False}}}, set()),
        ({"RevocationConfiguration": {"OcspConfiguration": {"Enabled": True}}}, {"ocsp_enabled"}),
        ({"CertificateAuthorityConfiguration": {"KeyAlgorithm": "ML_DSA_65"}}, {"post_quantum"}),
        ({"CertificateAuthorityConfiguration": {"KeyAlgorithm": "RSA_4096"}}, set()),
    ],
)
def test_posture(description: dict[str, t.Any], true: set[str]) -> None:
    assert posture(description) == {**NOTHING, **dict.fromkeys(true, True)}


def test_only_tags_that_were_read_tell_that_there_are_none() -> None:
    assert [posture({}, tags)["untagged"] for tags in (None, {}, {"team": "payments"})] == [None, True, False]
