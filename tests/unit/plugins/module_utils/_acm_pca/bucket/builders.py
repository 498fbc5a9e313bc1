# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request and a state that every test changes a little."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.keys import KmsKey
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.options import BucketRequest
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.plan import Plan, plan_bucket
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.settings import PUBLIC_ACCESS, Change
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.state import BucketState

ACCOUNT, MEMBER = "111111111111", "222222222222"
REGION = "eu-central-1"
BUCKET = "audit"
KEY_ID = "11111111-2222-3333-4444-555555555555"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
KEY = KmsKey(KEY_ARN, "CUSTOMER", "Enabled", "SYMMETRIC_DEFAULT", {"Version": "2012-10-17", "Statement": []})

REQUEST = BucketRequest(
    name=BUCKET,
    present=True,
    archive=False,
    partition="aws",
    region=REGION,
    account_id=ACCOUNT,
    account_ids=(ACCOUNT, MEMBER),
    purge_account_ids=True,
    regions=(REGION,),
    certificate_authority_arns=(),
    organization_id="",
    reader_arns=(f"arn:aws:iam::{ACCOUNT}:root",),
    member_role_name="",
    kms_key="",
    manage_kms_key_policy=True,
    tags=None,
    purge_tags=True,
    expiration_days=None,
    queue_arn="",
    retention=None,
)
# A bucket that is fit but for its policy.
STATE = BucketState(
    exists=True,
    region=REGION,
    versioning="Enabled",
    public_access_block=dict.fromkeys(PUBLIC_ACCESS, True),
    object_ownership="BucketOwnerEnforced",
)


def request(**changes: t.Any) -> BucketRequest:
    return dataclasses.replace(REQUEST, **changes)


def state(*statements: t.Mapping[str, t.Any], **changes: t.Any) -> BucketState:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return dataclasses.replace(STATE, policy=policy, **changes)


def encrypted(name: str | None = KEY_ARN, **rule: t.Any) -> dict[str, t.Any]:
    default = {"SSEAlgorithm": "aws:kms", **({"KMSMasterKeyID": name} if name else {})}
    return {"ApplyServerSideEncryptionByDefault": default, **rule}


def changes_of(plan: Plan) -> dict[str, Change]:
    """By operation."""
    assert plan.refusals == ()
    return {change.operation: change for change in (*plan.before, *plan.encryption, *plan.after)}


def changes(asked: BucketRequest = REQUEST, found: BucketState = STATE) -> dict[str, Change]:
    return changes_of(plan_bucket(asked, found))


def refusal(asked: BucketRequest, found: BucketState) -> str:
    [sentence] = plan_bucket(asked, found).refusals
    return sentence
