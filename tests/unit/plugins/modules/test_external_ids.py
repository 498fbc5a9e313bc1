# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""External IDs are in nothing that a module returns, and nothing is maimed because it looks like one."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.cloudpki.aws.plugins.modules import (
    acm_pca_audit_report,
    acm_pca_audit_report_info,
    acm_pca_certificate_authority_info,
)

from .conftest import ACCOUNT, AWS, BUCKET, REGION, Run

MODULES = [acm_pca_audit_report, acm_pca_audit_report_info, acm_pca_certificate_authority_info]
SECRET = "zecret-external-id"
ROLE = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"

# As with -vvvvv. A newer ansible-core returns the arguments only if it is told to, which an older one does not know.
VERBOSE = {"_ansible_verbosity": 5} | ({"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {})

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"accounts": [{"role_arn": ROLE, "external_id": SECRET}, {}]}, "Failed to assume the role"),
        ({"accounts": [{"role_arn": ROLE}, {}], "external_id": SECRET}, "Failed to assume the role"),
        ({"accounts": [{"role_arn": ROLE, "external_id": f"{SECRET} !"}]}, "accounts[0].external_id: the value"),
        ({"external_id": f"{SECRET} !"}, "external_id: the value"),
        ({"accounts": [{"role_arn": ROLE, "external_id": SECRET, "duration": 7}]}, "Unsupported parameters"),
        ({"accounts": [{"external_id": SECRET}], "regions": []}, "accounts[0].external_id: is given without"),
    ],
)
def test_they_are_not_shown(aws: AWS, run_module: Run, module: t.Any, options: dict[str, t.Any], words: str) -> None:
    aws.emulator.fault("sts:AssumeRole", error="AccessDenied", count=100)
    bucket = {} if module is acm_pca_certificate_authority_info else {"s3_bucket_name": BUCKET}
    result = run_module(module, region=REGION, **bucket, **options, **VERBOSE)
    assert words in result["msg"]
    assert SECRET not in json.dumps(result)
    assert "external_id" in json.dumps(result["invocation"])


def test_one_that_looks_like_an_account_changes_no_result(aws: AWS, run_module: Run) -> None:
    arn = aws.create_ca()
    accounts = [{"role_arn": ROLE, "external_id": ACCOUNT}, {}]
    options = {"region": REGION, "accounts": accounts, "external_id": "acm", **VERBOSE}
    result = run_module(acm_pca_certificate_authority_info, **options)
    assert arn in [each["certificate_authority_arn"] for each in result["certificate_authorities"]]
    shown = result["invocation"]["module_args"]
    assert shown["external_id"] == shown["accounts"][0]["external_id"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
