# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn

from .builders import ARN, CA_ID


@pytest.mark.parametrize(
    ("partition", "region"), [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_reads_the_parts(partition: str, region: str) -> None:
    text = f"arn:{partition}:acm-pca:{region}:111122223333:certificate-authority/{CA_ID}"
    arn = parse_certificate_authority_arn(text)
    assert (str(arn), arn.partition, arn.region) == (text, partition, region)
    assert (arn.account_id, arn.ca_id) == ("111122223333", CA_ID)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is not an ARN"),
        ("my-ca", "is not an ARN"),
        (f"x{ARN}", "is not an ARN"),
        (f"{ARN}\n", "is not an ARN"),
        (f"{ARN} ", "is not an ARN"),
        ("arn:aws:acm-pca:us-east-1:111122223333", "is not an ARN"),
        (ARN.replace("acm-pca", "acm"), "service 'acm'"),
        (ARN.replace("us-east-1", ""), "has no region"),
        (ARN.replace("111122223333", ""), "has no account ID"),
        (ARN.replace("111122223333", "11112222333"), "has no account ID"),
        (ARN.replace("certificate-authority", "authority"), "is the ARN of a 'authority'"),
        (f"{ARN}/certificate/0123456789abcdef0123456789abcdef", "is the ARN of a certificate"),
        (f"{ARN}/", "not a UUID"),
        (ARN.replace(CA_ID, "../../other"), "not a UUID"),
        (ARN.replace(CA_ID, ""), "not a UUID"),
    ],
)
def test_says_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_certificate_authority_arn(text)
