# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from local_aws.checks import InputError
from local_aws.settings import REFUSALS, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report_seconds", 0),
        ("report_seconds", 2.5),
        ("report_interval", 60),
        *[("refusal_code", code) for code in REFUSALS],
        ("failed_reports_count", True),
        ("bucket_refusal", "later"),
        ("missing_bucket_code", "ResourceNotFoundException"),
        ("require_caller_write", True),
        ("require_test_keys", True),
        ("send_organization", False),
        ("rate_limits", {"acm-pca:CreateCertificateAuthorityAuditReport": 1, "s3:GetObject": 0.5}),
        ("rate_limits", {"acm-pca:ListCertificateAuthorities@111122223333": 0.5}),
        ("rate_limits", {}),
        ("disabled_regions", {"111122223333": ("af-south-1", "cn-north-1")}),
        ("denied_regions", {"111122223333": ("eu-west-3",)}),
        ("session_token_version", 1),
        ("session_seconds", 2.5),
        ("session_seconds", None),
        ("require_roles", True),
    ],
)
def test_changed(name: str, value: Any) -> None:
    before = Settings()
    after = before.changed({name: value})
    assert after.to_dict() == {**before.to_dict(), name: value}
    assert before == Settings()


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("report_seconds", -1, "a number of 0 or more"),
        ("report_seconds", "2", "a number of 0 or more"),
        ("report_seconds", True, "a number of 0 or more"),
        ("report_seconds", float("nan"), "a number of 0 or more"),
        ("report_seconds", None, "a number of 0 or more"),
        ("report_interval", float("inf"), "a number of 0 or more"),
        ("refusal_code", "NoSuchException", "RequestInProgressException, ThrottlingException"),
        ("refusal_code", ["ThrottlingException"], "RequestInProgressException, ThrottlingException"),
        ("bucket_refusal", "never", "now, later"),
        ("missing_bucket_code", "NoSuchBucket", "ValidationException, ResourceNotFoundException"),
        ("require_caller_write", 1, "true or false"),
        ("failed_reports_count", "yes", "true or false"),
        ("rate_limits", 1.0, "an object of requests per second by operation"),
        ("rate_limits", {"acm-pca:ListCertificateAuthorities": 0}, "a number above 0"),
        ("rate_limits", {"acm-pca:ListCertificateAuthorities": "1"}, "a number above 0"),
        ("rate_limits", {"ListCertificateAuthorities": 1}, "service:Operation"),
        ("rate_limits", {"acmpca:ListCertificateAuthorities": 1}, "a client name such as acm-pca"),
        ("rate_limits", {"acm-pca:ListCertificates": 1}, "acm-pca has no operation 'ListCertificates'"),
        ("rate_limits", {"acm-pca:ListTags@1111": 1}, "the 12 digits of an account"),
        ("rate_limits", {"acm-pca:ListTags@": 1}, "the 12 digits of an account"),
        ("rate_limits", {"@111122223333": 1}, "service:Operation"),
        ("rate_limits", {5: 1}, "service:Operation"),
        ("disabled_regions", ["af-south-1"], "an object of lists of regions by account"),
        ("disabled_regions", {"111122223333": "af-south-1"}, "an object of lists of regions by account"),
        ("disabled_regions", {"1111": ["af-south-1"]}, "the 12 digits of an account"),
        ("disabled_regions", {111122223333: ["af-south-1"]}, "the 12 digits of an account"),
        ("disabled_regions", {"111122223333": ["africa"]}, "a region that botocore knows"),
        ("session_seconds", 0, "a number above 0, or null"),
        ("session_seconds", "3", "a number above 0, or null"),
        ("require_roles", 1, "true or false"),
    ],
)
def test_refused_with_a_sentence(name: str, value: Any, accepted: str) -> None:
    with pytest.raises(InputError) as refusal:
        Settings().changed({name: value})
    sentence = str(refusal.value)
    assert name in sentence
    assert accepted in sentence
    assert sentence.endswith(".")


def test_unknown_setting() -> None:
    with pytest.raises(InputError, match="'report_second' is not known to settings, which accepts bucket_refusal, "):
        Settings().changed({"report_second": 1})


def test_nothing_changes_when_one_of_several_is_wrong() -> None:
    settings = Settings()
    with pytest.raises(InputError):
        settings.changed({"report_seconds": 5, "bucket_refusal": "x"})
    assert settings == Settings()
