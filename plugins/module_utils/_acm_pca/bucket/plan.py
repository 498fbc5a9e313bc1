# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to change in a bucket and its key so that it is fit, or why nothing may be changed. Pure.

All of it is known before anything is changed: what AWS would refuse halfway is refused here, with the way out.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..bucket_statements import (
    BUCKET_SIDS,
    PRIVATE_CA_WRITES,
    REPORTS,
    Access,
    Statement,
    bucket_statements,
    key_sids,
    key_statements,
)
from ..service_principals import can_write, service_principals
from .denials import Denial, ServiceRequest, denials
from .keys import AWS_KEY, KmsKey, trouble_with_key
from .options import BucketRequest
from .policies import (
    Policy,
    dead_principals,
    lets_anybody_in,
    merge_policy,
    name_of,
    size_of,
    statements_of,
    values_of,
)
from .settings import Change, Settings, describe, plan_settings
from .state import OWNER_ENFORCED, BucketState

# Without white space: https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html and
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
LARGEST_BUCKET_POLICY = 20_480
LARGEST_KEY_POLICY = 32_768

# In place of CAs of which only the account and the region are known.
_SOME_CA = "arn:{partition}:acm-pca:{region}:{account}:certificate-authority/00000000-0000-0000-0000-000000000000"
_MANY_SAMPLES = 20

_WAY_OUT = '"Bool": {"aws:PrincipalIsAWSService": "false"}'

_OBJECT_ACTIONS = ("s3:PutObject", "s3:PutObjectAcl")
_BUCKET_ACTIONS = ("s3:GetBucketAcl", "s3:GetBucketLocation")
_TEST_KEYS = ("acm-pca-permission-test-key", "acm-pca-permission-test-key-private")
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclasses.dataclass(frozen=True)
class PolicyPlan:
    """How a policy, of the bucket or of its key, is brought to what it has to be, whatever it is by then.

    ``whose`` is what it is the policy of, for messages. ``statements`` gives ours for what a policy says: the accounts
    that it has may have to be kept.
    """

    whose: str
    statements: t.Callable[[Policy], list[Statement]]
    remove: tuple[str, ...]
    largest: int
    too_large: str
    request: ServiceRequest | None
    blocks_public: bool

    def merge(self, policy: Policy) -> Policy:
        """The policy as it has to be; the policy itself if it is that already."""
        return merge_policy(policy, self.statements(policy), self.remove)

    def denied(self, policy: Policy) -> list[Denial]:
        """The statements of others that deny, or perhaps deny, AWS Private CA what it needs."""
        return denials(policy, self.request, self.remove) if self.request else []

    def refusals(self, policy: Policy) -> list[str]:
        """Why AWS would not take the policy that comes of this one, or why it would be of no use; sentences."""
        found = [
            f"The {each.statement} of the policy of {self.whose} denies AWS Private CA {' and '.join(each.actions)}. "
            f"Exempt AWS services from it, with the condition {_WAY_OUT}, or remove it."
            for each in self.denied(policy)
            if each.is_certain
        ]
        merged = self.merge(policy)
        if merged is policy:
            return found
        for number, statement in enumerate(statements_of(merged), 1):
            name = name_of(statement, number)
            dead = dead_principals(statement)
            if dead:
                found.append(
                    f"The {name} of the policy of {self.whose} names {', '.join(dead)}, which stands for a user or "
                    "role that was deleted. AWS accepts no policy with it: take it out of the statement."
                )
            if self.blocks_public and lets_anybody_in(statement):
                found.append(
                    f"The {name} of the policy of {self.whose} allows public access. Such a bucket cannot hold audit "
                    "reports: remove the statement, or use another bucket."
                )
        size = size_of(merged)
        if size > self.largest:
            found.append(
                f"The policy of {self.whose} would have {size} bytes, and AWS accepts {self.largest}. {self.too_large}"
            )
        return found


@dataclasses.dataclass(frozen=True)
class Plan:
    """What has to be done, in this order: ``before``, the key's policy, ``encryption``, the bucket's policy, ``after``.

    First what hardens the bucket, last what opens it: wherever it stops, nobody may more than the task says. The key's
    policy comes before the encryption, so that nobody who writes to the bucket meets a key that he may not use.
    """

    before: tuple[Change, ...]
    key: KmsKey | None
    key_policy: PolicyPlan | None
    encryption: tuple[Change, ...]
    bucket_policy: PolicyPlan
    after: tuple[Change, ...]
    settings: Settings
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]


def plan_bucket(request: BucketRequest, state: BucketState) -> Plan:
    """Compare a bucket and its key with what they should be."""
    if not request.present:
        return _plan_absent(request, state)
    changes, settings = plan_settings(request, state)
    key_name = request.kms_key or state.key_name
    key = state.keys.get(key_name)
    has_bucket_key = bool(state.encryption.get("BucketKeyEnabled")) and bool(key_name)
    access = _access(request, state, has_bucket_key)
    bucket_policy = _bucket_policy(request, access)
    key_policy = _key_policy(request, access, key) if key and key.policy is not None else None
    refusals = [*_refusals(request, state, key_name), *bucket_policy.refusals(state.policy)]
    plans: list[tuple[PolicyPlan, Policy]] = [(bucket_policy, state.policy)]
    if key_policy and key and key.policy is not None:
        refusals += key_policy.refusals(key.policy)
        plans.append((key_policy, key.policy))
    warnings = [*changes.warnings, *_warnings(request, state.region, bool(key_name))]
    for policy_plan, policy in plans:
        warnings += [
            f"The {each.statement} of the policy of {policy_plan.whose} may deny AWS Private CA "
            f"{' and '.join(each.actions)}. If reports fail, exempt AWS services from it, with the condition "
            f"{_WAY_OUT}."
            for each in policy_plan.denied(policy)
            if not each.is_certain
        ]
    return Plan(
        before=tuple(changes.hardening),
        key=key,
        key_policy=key_policy,
        encryption=tuple(changes.encryption),
        bucket_policy=bucket_policy,
        after=tuple(changes.others),
        settings=settings,
        refusals=tuple(refusals),
        warnings=tuple(warnings),
    )


def admitted_accounts(request: BucketRequest, policy: Policy) -> tuple[str, ...]:
    """The accounts whose CAs may have reports written: with purge_account_ids=false those of the policy as well."""
    if request.purge_account_ids:
        return request.account_ids
    kept: set[str] = set()
    for statement in statements_of(policy):
        if statement.get("Sid") == PRIVATE_CA_WRITES and isinstance(statement.get("Condition"), t.Mapping):
            for keys in statement["Condition"].values():
                found = {str(key).lower(): value for key, value in keys.items()} if isinstance(keys, t.Mapping) else {}
                kept.update(values_of(found.get("aws:sourceaccount")))
    return tuple(sorted(kept | set(request.account_ids)))


def _plan_absent(request: BucketRequest, state: BucketState) -> Plan:
    """Our statements are withdrawn, first where they open something."""
    key = state.keys.get(request.kms_key or state.key_name)
    bucket_policy = PolicyPlan(
        f"the bucket {request.name}", _nothing, BUCKET_SIDS, LARGEST_BUCKET_POLICY, "", None, False
    )
    key_policy = None
    if key and key.policy is not None:
        sids = key_sids(request.name)
        key_policy = PolicyPlan(f"the KMS key {key.arn}", _nothing, sids, LARGEST_KEY_POLICY, "", None, False)
    refusals = bucket_policy.refusals(state.policy)
    if key_policy and key and key.policy is not None:
        refusals += key_policy.refusals(key.policy)
    return Plan((), key, key_policy, (), bucket_policy, (), describe(state), tuple(refusals), ())


def _nothing(_policy: Policy) -> list[Statement]:
    return []


def _access(request: BucketRequest, state: BucketState, has_bucket_key: bool) -> Access:
    return Access(
        bucket=request.name,
        partition=request.partition,
        account_ids=admitted_accounts(request, state.policy),
        reader_arns=request.reader_arns,
        certificate_authority_arns=request.certificate_authority_arns,
        organization_id=request.organization_id,
        member_role_name=request.member_role_name,
        bucket_key=has_bucket_key,
        service_principals=service_principals(request.regions, state.region, request.partition),
        archive=request.archive,
    )


def _bucket_policy(request: BucketRequest, access: Access) -> PolicyPlan:
    resources: dict[str, tuple[str, ...]] = {
        **dict.fromkeys(_OBJECT_ACTIONS, tuple(access.objects(REPORTS, *_TEST_KEYS))),
        **dict.fromkeys(_BUCKET_ACTIONS, (access.bucket_arn,)),
    }
    accounts = len(access.account_ids)
    also = f" and {len(access.certificate_authority_arns)} CAs" if access.certificate_authority_arns else ""
    too_large = (
        f"It would name {accounts} accounts{also}. Set organization_id to the ID of your AWS Organization, which the "
        "policy then names in place of its accounts, or use one bucket for each group of accounts."
    )
    if access.archive or access.organization_id:
        too_large = "Name fewer reader_arns or CAs, or remove statements that nobody needs."

    def statements(policy: Policy) -> list[Statement]:
        return bucket_statements(dataclasses.replace(access, account_ids=admitted_accounts(request, policy)))

    return PolicyPlan(
        whose=f"the bucket {request.name}",
        statements=statements,
        remove=BUCKET_SIDS,
        largest=LARGEST_BUCKET_POLICY,
        too_large=too_large,
        request=None if access.archive else _service_request(request, access, resources),
        blocks_public=True,
    )


def _key_policy(request: BucketRequest, access: Access, key: KmsKey) -> PolicyPlan:
    resources = dict.fromkeys(_KEY_ACTIONS, (key.arn,))
    return PolicyPlan(
        whose=f"the KMS key {key.arn}",
        statements=lambda _policy: key_statements(access),
        remove=key_sids(request.name),
        largest=LARGEST_KEY_POLICY,
        too_large="Remove statements that nobody needs, or use a key for this bucket alone (kms_key).",
        request=None if access.archive else _service_request(request, access, resources),
        blocks_public=False,
    )


def _service_request(
    request: BucketRequest, access: Access, resources: t.Mapping[str, tuple[str, ...]]
) -> ServiceRequest:
    named = request.certificate_authority_arns
    made_up = tuple(
        _SOME_CA.format(partition=request.partition, region=region, account=account)
        for account in access.account_ids[:_MANY_SAMPLES]
        for region in request.regions[:_MANY_SAMPLES]
    )
    return ServiceRequest(
        service_principals=access.service_principals,
        resources=resources,
        account_ids=() if access.organization_id else access.account_ids,
        sources=named or made_up,
        any_source=not named,
        organization_id=access.organization_id,
    )


def _refusals(request: BucketRequest, state: BucketState, key_name: str) -> list[str]:
    """What the bucket, or a combination of it and the options, makes impossible."""
    found = []
    bucket = f"The bucket {request.name}"
    if state.exists and not request.archive and state.object_lock is not None:
        found.append(
            f"{bucket} has Object Lock, and AWS Private CA cannot write to such a bucket. Use another bucket for "
            "reports. For evidence that nobody can rewrite, let acm_pca_audit_report copy each report to a bucket with "
            "purpose=archive."
        )
    if state.exists and request.archive and state.object_lock is None:
        found.append(
            f"{bucket} was made without Object Lock, so what is in it can be rewritten. Use another name for the "
            "archive: the bucket is then made with Object Lock."
        )
    if state.exists and state.object_ownership != OWNER_ENFORCED and state.grantees:
        found.append(
            f"The ACL of the bucket {request.name} lets others in ({', '.join(state.grantees)}), and S3 accepts no "
            "such ACL where the owner of the bucket owns every object. Set the ACL to private, or use another bucket."
        )
    if key_name:
        trouble = trouble_with_key(key_name, state.keys.get(key_name), state.region)
        if trouble:
            found.append(trouble if key_name != AWS_KEY else f"{bucket} is encrypted with {AWS_KEY}. {trouble}")
        if request.member_role_name:
            found.append(
                f"{bucket} is encrypted with a KMS key, which only AWS Private CA and the readers may use, so the "
                "roles of members could not write to it. Use a bucket with SSE-S3, or set member_write to false."
            )
    if request.queue_arn and request.queue_arn.split(":")[3] != state.region:
        found.append(
            f"{bucket} is in {state.region}, and S3 only sends to queues in the same region, which {request.queue_arn} "
            "is not. Use a queue in the region of the bucket."
        )
    return found


def _warnings(request: BucketRequest, bucket_region: str, has_key: bool) -> list[str]:
    if request.archive:
        return []
    warnings = []
    unsupported = [each for each in request.regions if not can_write(each, bucket_region, request.partition)]
    if unsupported:
        warnings.append(
            f"The bucket is in {bucket_region}, a region that accounts have to enable. AWS says for CRLs that AWS "
            f"Private CA does not write from other regions to such a bucket ({', '.join(unsupported)}), and nothing "
            "else about reports. If reports fail, use a bucket in a region that is enabled by default."
        )
    elsewhere = [each for each in request.regions if each != bucket_region]
    if has_key and elsewhere:
        warnings.append(
            f"The KMS key of the bucket is in {bucket_region}, and AWS Private CA needs a key in the region of the CA "
            f"({', '.join(elsewhere)}). If reports fail, use one bucket for each region, or SSE-S3."
        )
    return warnings
