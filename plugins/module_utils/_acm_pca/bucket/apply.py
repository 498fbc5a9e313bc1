# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing the bucket and its key. Decides nothing but what to do about somebody else who changes them too."""

from __future__ import annotations

import queue
import typing as t

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ..._aws import advice
from ..._aws.errors import AWSError, Problem, aws_errors, has_bad_credentials, is_denied
from .policies import Policy, read_policy, same_policy, statements_of, to_json

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock
    from .keys import KmsKey
    from .options import BucketRequest
    from .plan import Plan, PolicyPlan
    from .settings import Change
    from .state import BucketState

_Answer = t.TypeVar("_Answer")

# How often somebody else may change a policy between reading and writing it before the task gives up.
_ATTEMPTS = 5
# Seconds between two attempts: for a role that was made a moment ago, and for what AWS has not heard of everywhere yet.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
_PAUSES = (1, 2, 4, 8, 8)

_PERMISSIONS = {
    "create_bucket": "s3:CreateBucket, s3:PutBucketOwnershipControls",
    "put_public_access_block": "s3:PutBucketPublicAccessBlock",
    "put_bucket_ownership_controls": "s3:PutBucketOwnershipControls",
    "put_bucket_versioning": "s3:PutBucketVersioning",
    "put_object_lock_configuration": "s3:PutBucketObjectLockConfiguration",
    "put_bucket_encryption": "s3:PutEncryptionConfiguration",
    "put_bucket_tagging": "s3:PutBucketTagging",
    "delete_bucket_tagging": "s3:PutBucketTagging",
    "put_bucket_lifecycle_configuration": "s3:PutLifecycleConfiguration",
    "delete_bucket_lifecycle": "s3:PutLifecycleConfiguration",
    "put_bucket_notification_configuration": "s3:PutBucketNotification",
    "put_bucket_policy": "s3:PutBucketPolicy",
    "delete_bucket_policy": "s3:DeleteBucketPolicy",
    "put_key_policy": "kms:PutKeyPolicy",
}

_NOT_YET = frozenset({"NoSuchBucket", "OperationAborted"})
_INVALID_POLICY = frozenset({"MalformedPolicy", "MalformedPolicyDocument", "MalformedPolicyDocumentException"})


class Refused(AWSError):
    """Somebody changed a policy in the meantime, and it cannot be merged with what it is now."""


class Step(t.NamedTuple):
    """Something to do: the sentence about it, the permission that it needs, and doing it."""

    sentence: str
    operation: str
    do: t.Callable[[], None]


class Changer:
    """Makes the changes of a plan, one after the other, until one fails.

    ``done`` and ``left`` are what was changed and what is still to be changed. ``bucket_policy`` and ``key_policy`` are
    the policies as far as they are known.
    """

    def __init__(self, request: BucketRequest, state: BucketState, plan: Plan, clients: Clients, clock: Clock) -> None:
        self._request = request
        self._state = state
        self._clients = clients
        self._s3 = clients.client("s3", state.region)
        self._clock = clock
        self.warnings: list[str] = []
        self.bucket_policy = state.policy
        self.key_policy = plan.key.policy if plan.key else None
        self.done: list[str] = []
        self.left = self._steps(plan)

    def apply(self) -> Problem | None:
        """Make the changes. Returns what failed, if something did."""
        while self.left:
            step = self.left[0]
            try:
                step.do()
            except AWSError as e:
                return self._problem(e, step)
            self.left.pop(0)
            self.done.append(step.sentence)
        return None

    def _steps(self, plan: Plan) -> list[Step]:
        steps = [self._step(change) for change in plan.before]
        steps += self._key_steps(plan)
        steps += [self._step(change) for change in plan.encryption]
        if plan.bucket_policy.merge(self._state.policy) is not self._state.policy:
            document = BucketPolicy(self._s3, self._bucket)
            sentence = change_of_policy(plan.bucket_policy, self._state.policy)
            steps.append(self._policy_step(sentence, plan.bucket_policy, document, self._keep_bucket_policy))
        steps += [self._step(change) for change in plan.after]
        if not self._request.present:
            # What opens the bucket goes first.
            steps.sort(key=lambda step: step.operation == "put_key_policy")
        return steps

    def _key_steps(self, plan: Plan) -> list[Step]:
        key, policy_plan = plan.key, plan.key_policy
        if key is None or key.policy is None or policy_plan is None or policy_plan.merge(key.policy) is key.policy:
            return []
        document = KeyPolicy(self._clients.client("kms", key.region), key)
        sentence = change_of_policy(policy_plan, key.policy)
        return [self._policy_step(sentence, policy_plan, document, self._keep_key_policy)]

    def _step(self, change: Change) -> Step:
        def do() -> None:
            bucket = self._bucket if change.operation != "create_bucket" else {"Bucket": self._request.name}
            request = getattr(self._s3, change.operation)
            described = aws_errors(_verb(change.sentence))
            self._patiently(described(lambda: request(**bucket, **change.arguments, aws_retry=True)), _is_not_yet)

        return Step(change.sentence, change.operation, do)

    def _policy_step(
        self, sentence: str, plan: PolicyPlan, document: BucketPolicy | KeyPolicy, keep: t.Callable[[Policy], None]
    ) -> Step:
        def do() -> None:
            keep(self._merge_into(plan, document, self._state_of(document)))

        return Step(sentence, document.operation, do)

    def _state_of(self, document: BucketPolicy | KeyPolicy) -> Policy:
        if isinstance(document, BucketPolicy):
            return self._state.policy
        return t.cast(Policy, document.key.policy)

    def _merge_into(self, plan: PolicyPlan, document: BucketPolicy | KeyPolicy, planned: Policy) -> Policy:
        """Merge our statements into a policy that others may change at the same time, and keep theirs.

        AWS has no conditional request for policies. So it is read right before it is written, and once more afterwards.

        :param planned: the policy that the plan was made for.
        """
        current = self._patiently(document.read, _is_not_yet)
        if not same_policy(current, planned):
            self._tell_of_others(plan)
        for _attempt in range(_ATTEMPTS):
            refusals = plan.refusals(current)
            if refusals:
                raise Refused(" ".join(refusals))
            merged = plan.merge(current)
            if merged is current:
                return current
            self._patiently(lambda policy=merged: document.write(policy), self._is_worth_waiting)  # type: ignore[misc]
            seen = self._read_written(document, merged, before=current)
            if same_policy(seen, merged):
                return merged
            self._tell_of_others(plan)
            current = seen
        raise AWSError(f"Somebody else changes the policy of {plan.whose} again and again. Run the task again later.")

    def _read_written(self, document: BucketPolicy | KeyPolicy, written: Policy, before: Policy) -> Policy:
        """What is there now. What was there before may be seen for a while longer."""
        seen = document.read()
        for pause in _PAUSES:
            if same_policy(seen, written) or not same_policy(seen, before):
                break
            self._sleep(pause)
            seen = document.read()
        return seen

    def _tell_of_others(self, plan: PolicyPlan) -> None:
        sentence = (
            f"Somebody else changed the policy of {plan.whose} at the same time. Their statements were kept, as far as "
            "they could be seen; look at the policy."
        )
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def _patiently(self, do: t.Callable[[], _Answer], is_worth_waiting: t.Callable[[AWSError], bool]) -> _Answer:
        for pause in _PAUSES:
            try:
                return do()
            except AWSError as e:
                if not is_worth_waiting(e):
                    raise
            self._sleep(pause)
        return do()

    def _is_worth_waiting(self, error: AWSError) -> bool:
        """A principal may be so new that not all of AWS knows it. Those of others were looked at before."""
        return _is_not_yet(error) or (is_about_principal(error) and bool(self._named_readers()))

    def _named_readers(self) -> list[str]:
        return [arn for arn in self._request.reader_arns if not arn.endswith(":root")]

    def _sleep(self, seconds: float) -> None:
        self._clock.next_of(queue.SimpleQueue[None](), seconds)

    def _keep_bucket_policy(self, policy: Policy) -> None:
        self.bucket_policy = policy

    def _keep_key_policy(self, policy: Policy) -> None:
        self.key_policy = policy

    @property
    def _bucket(self) -> dict[str, str]:
        return {"Bucket": self._request.name, "ExpectedBucketOwner": self._request.account_id}

    def _problem(self, error: AWSError, step: Step) -> Problem:
        problem = advice.explain(error, advice=self._advice(error, step))
        sentences = [problem.message]
        if self.done:
            sentences.append(f"Done before: {' '.join(self.done)}")
        if len(self.left) > 1:
            later = self.left[1:]
            needed = sorted({_PERMISSIONS[each.operation] for each in later})
            sentences.append(
                f"Left to do: {' '.join(each.sentence for each in later)} That needs {', '.join(needed)} as well."
            )
        if self.done or len(self.left) > 1:
            sentences.append("Run the task again: it does what is left.")
        return Problem(problem.code, " ".join(sentences))

    def _advice(self, error: AWSError, step: Step) -> str | None:
        if error.code == "BucketAlreadyExists":
            return "Another account owns a bucket of this name: names are the same for all accounts. Use another name."
        if is_about_principal(error):
            readers = ", ".join(self._named_readers()) or "the account of the task's own credentials"
            return (
                f"AWS does not know a principal of the policy. Check that these are there: {readers} (reader_arns), "
                "and leave out of regions those that the account has not enabled."
            )
        if is_about_queue(error):
            return (
                f"S3 cannot send to the queue {self._request.queue_arn}. Check that it exists, and that its policy "
                "allows s3.amazonaws.com to send messages on behalf of this bucket and account."
            )
        if has_bad_credentials(error):
            return None
        if is_denied(error):
            on = "the key" if step.operation == "put_key_policy" else f"the bucket {self._request.name}"
            return f"The credentials of this task need {_PERMISSIONS[step.operation]} on {on}."
        return None


class BucketPolicy:
    """The policy of the bucket, in S3."""

    operation = "put_bucket_policy"

    def __init__(self, s3: t.Any, bucket: t.Mapping[str, str]) -> None:
        self._s3 = s3
        self._bucket = bucket

    @aws_errors("read the policy of the bucket")
    def read(self) -> Policy:
        """The policy as it is now."""
        try:
            return read_policy(self._s3.get_bucket_policy(**self._bucket, aws_retry=True)["Policy"])
        except ClientError as e:
            if AWSError(exception=e).code == "NoSuchBucketPolicy":
                return read_policy(None)
            raise

    @aws_errors("change the policy of the bucket")
    def write(self, policy: Policy) -> None:
        """Put another one in its place. S3 takes none without statements."""
        if statements_of(policy):
            self._s3.put_bucket_policy(**self._bucket, Policy=to_json(policy), aws_retry=True)
        else:
            self._s3.delete_bucket_policy(**self._bucket, aws_retry=True)


class KeyPolicy:
    """The policy of the KMS key."""

    operation = "put_key_policy"

    def __init__(self, kms: t.Any, key: KmsKey) -> None:
        self._kms = kms
        self.key = key

    @aws_errors("read the policy of the KMS key")
    def read(self) -> Policy:
        """The policy as it is now."""
        answer = self._kms.get_key_policy(KeyId=self.key.arn, PolicyName="default", aws_retry=True)
        return read_policy(answer["Policy"])

    @aws_errors("change the policy of the KMS key")
    def write(self, policy: Policy) -> None:
        """Put another one in its place."""
        self._kms.put_key_policy(KeyId=self.key.arn, PolicyName="default", Policy=to_json(policy), aws_retry=True)


def change_of_policy(plan: PolicyPlan, policy: Policy) -> str:
    """The sentence about a policy that is changed: which statements come or are mended, and which go."""
    merged = plan.merge(policy)
    before = {str(each.get("Sid")): each for each in statements_of(policy)}
    after = {str(each.get("Sid")): each for each in statements_of(merged)}
    ours = (*(str(each["Sid"]) for each in plan.statements(policy)), *plan.remove)
    changed = [sid for sid in dict.fromkeys(ours) if before.get(sid) is not after.get(sid)]
    put = [sid for sid in changed if sid in after]
    taken = [sid for sid in changed if sid not in after]
    parts = [f"put {', '.join(put)}"] if put else []
    parts += [f"take {', '.join(taken)} out"] if taken else []
    way = "into" if put else "of"
    text = " and ".join(reversed(parts)) if put and taken else parts[0] if parts else "mend the statements"
    return f"{text[0].upper()}{text[1:]} {way} the policy of {plan.whose}."


def is_about_principal(error: AWSError) -> bool:
    """Whether AWS does not know a principal of a policy."""
    return error.code in _INVALID_POLICY and "principal" in error.aws_message.lower()


def is_about_queue(error: AWSError) -> bool:
    """Whether S3 cannot send to a queue. It sends a test message when a notification is set."""
    return error.code == "InvalidArgument" and "destination" in error.aws_message.lower()


def _is_not_yet(error: AWSError) -> bool:
    """Whether something was made, or is being changed, so that the same request succeeds a little later."""
    return error.code in _NOT_YET or is_about_queue(error)


def _verb(sentence: str) -> str:
    """What was tried, after "Failed to"."""
    return f"{sentence[0].lower()}{sentence[1:]}".rstrip(".")
