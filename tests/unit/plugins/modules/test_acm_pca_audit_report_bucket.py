# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import typing as t

import boto3
import pytest
import yaml
from moto.kms.models import kms_backends

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket import apply
from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report, acm_pca_audit_report_bucket

from .conftest import ACCOUNT, AWS, BUCKET, REGION, Result, Run

pytestmark = pytest.mark.filterwarnings("ignore")

NEW = "new-audit-bucket"
MEMBER, STRANGER = "222222222222", "999999999999"
HUB = f"arn:aws:iam::{ACCOUNT}:role/PrivateCAAuditHub"
OUR_SIDS = [
    "CloudpkiPrivateCAWrites",
    "CloudpkiReadersRead",
    "CloudpkiReadersWrite",
    "CloudpkiReadersList",
    "CloudpkiDenyWithoutTLS",
]


class Buckets:
    """Runs the module, and looks at what it left."""

    def __init__(self, aws: AWS, run: Run) -> None:
        self.aws = aws
        self.s3 = aws.s3
        self._run = run

    def run(self, name: str = NEW, **options: t.Any) -> Result:
        return self._run(acm_pca_audit_report_bucket, **{"region": REGION, "name": name, **options})

    def policy(self, name: str = NEW) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.s3.get_bucket_policy(Bucket=name)["Policy"]))

    def put_policy(self, *statements: dict[str, t.Any], name: str = BUCKET, **elements: t.Any) -> dict[str, t.Any]:
        policy = {"Version": "2012-10-17", **elements, "Statement": list(statements)}
        self.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        return policy

    def written(self) -> set[str]:
        """What was asked for since the last look, and writes."""
        calls = {call for call in self.aws.emulator.calls() if re.match(r"(s3|kms):(Put|Create|Delete)", call)}
        self.aws.emulator.reset()
        return calls

    def create_key(self, name: str = "alias/audit") -> str:
        kms = self.aws.clients("kms")
        arn = str(kms.create_key()["KeyMetadata"]["Arn"])
        kms.create_alias(AliasName=name, TargetKeyId=arn)
        return arn

    def key_policy(self, key: str) -> dict[str, t.Any]:
        answer = self.aws.clients("kms").get_key_policy(KeyId=key, PolicyName="default")
        return t.cast("dict[str, t.Any]", json.loads(answer["Policy"]))

    def encrypt(self, key: str, name: str = BUCKET, **rule: t.Any) -> None:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        rules = [{"ApplyServerSideEncryptionByDefault": default, **rule}]
        self.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


@pytest.fixture
def buckets(aws: AWS, run_module: Run) -> Buckets:
    return Buckets(aws, run_module)


def theirs(sid: str = "Theirs", name: str = BUCKET, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/others/*",
        **changes,
    }


def warned(result: Result) -> list[str]:
    """ansible-core 2.19 and later print more than the text."""
    return [json.dumps(warning) for warning in result.get("warnings", [])]


def sids(policy: dict[str, t.Any]) -> list[str]:
    return [statement.get("Sid", "") for statement in policy["Statement"]]


def test_a_new_bucket(buckets: Buckets) -> None:
    options: dict[str, t.Any] = {"account_ids": [ACCOUNT, MEMBER], "tags": {"team": "pki"}, "expiration_days": 400}
    predicted = buckets.run(check=True, **options)
    assert (predicted["changed"], predicted["bucket"]["exists"], buckets.written()) == (True, False, set())
    made = buckets.run(**options)
    assert made["changes"] == predicted["changes"]
    assert made["changes"][:3] == [
        f"Create the bucket {NEW} in {REGION}.",
        "Block public access.",
        "Enable versioning.",
    ]
    assert made["changes"][3] == f"Put {', '.join(OUR_SIDS)} into the policy of the bucket {NEW}."
    assert {**made["bucket"], "exists": False} == predicted["bucket"]
    assert made["diff"] == predicted["diff"]
    assert made["diff"]["before"] == {}
    assert made["policy"] == predicted["policy"] == buckets.policy()
    assert made["bucket"]["arn"] == f"arn:aws:s3:::{NEW}"
    assert made["bucket"]["tags"] == {"team": "pki"}
    buckets.written()
    again = buckets.run(**options)
    assert (again["changed"], again["changes"], again["bucket"], buckets.written()) == (
        False,
        [],
        made["bucket"],
        set(),
    )
    assert again["diff"]["before"] == again["diff"]["after"] == made["diff"]["after"]


def test_private_ca_and_readers_use_what_was_made(buckets: Buckets, run_module: Run) -> None:
    ca = buckets.aws.create_ca()
    buckets.run(account_ids=[MEMBER])
    audit = {"region": REGION, "s3_bucket_name": NEW, "certificate_authority_arn": ca}
    assert run_module(acm_pca_audit_report, **audit)["failed"] is True
    buckets.run(account_ids=[ACCOUNT, MEMBER])
    assert run_module(acm_pca_audit_report, **audit)["summary"]["created"] == 1


def test_a_bucket_of_somebody_is_adopted(buckets: Buckets) -> None:
    broken = theirs("CloudpkiPrivateCAWrites", Principal={"Service": "acm-pca.amazonaws.com"}, Action="s3:*")
    nameless = {key: value for key, value in theirs().items() if key != "Sid"}
    buckets.put_policy(theirs(), broken, nameless, Version="2008-10-17", Id="theirs")
    buckets.s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "owner", "Value": "somebody"}]})
    rules = [{"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "others/"}, "Expiration": {"Days": 7}}]
    buckets.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    buckets.written()
    options: dict[str, t.Any] = {"tags": {"team": "pki"}, "purge_tags": False, "expiration_days": 30}
    adopted = buckets.run(BUCKET, **options)
    assert buckets.written() == {
        "s3:PutBucketLifecycleConfiguration",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutPublicAccessBlock",
    }
    policy = buckets.policy(BUCKET)
    assert sids(policy) == ["Theirs", "CloudpkiPrivateCAWrites", "", *OUR_SIDS[1:]]
    assert (policy["Version"], policy["Id"]) == ("2008-10-17", "theirs")
    assert (policy["Statement"][0], policy["Statement"][2]) == (theirs(), nameless)
    assert adopted["bucket"]["tags"] == {"owner": "somebody", "team": "pki"}
    lifecycle = buckets.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert [rule["ID"] for rule in lifecycle] == ["theirs", "cloudpki-audit-reports-expire"]
    assert any("send an ACL" in warning for warning in warned(adopted))
    again = buckets.run(BUCKET, **options)
    assert (again["changed"], again.get("warnings", []), buckets.written()) == (False, [], set())


def test_what_s3_gives_back_in_other_words_is_no_change(buckets: Buckets) -> None:
    made = buckets.run(account_ids=[MEMBER])["policy"]
    for statement in made["Statement"]:
        for element in ("Action", "Resource"):
            values = statement[element] if isinstance(statement[element], list) else [statement[element]]
            statement[element] = values[0] if len(values) == 1 else values[::-1]
        if statement["Principal"] == "*":
            statement["Principal"] = {"AWS": "*"}
        elif "AWS" in statement["Principal"]:
            statement["Principal"] = {"AWS": ACCOUNT}
    made["Statement"][0]["Condition"]["StringEquals"] = {"AWS:SourceAccount": MEMBER}
    written = buckets.put_policy(*made["Statement"][::-1], name=NEW, Version="2008-10-17", Id="x")
    assert buckets.run(account_ids=[MEMBER])["changed"] is False
    assert buckets.policy() == written


def test_accounts_come_and_go(buckets: Buckets) -> None:
    def accounts() -> t.Any:
        return buckets.policy()["Statement"][0]["Condition"]["StringEquals"]["aws:SourceAccount"]

    buckets.run(account_ids=[ACCOUNT])
    buckets.run(account_ids=[MEMBER], purge_account_ids=False)
    assert accounts() == [ACCOUNT, MEMBER]
    changed = buckets.run(account_ids=[MEMBER])
    assert accounts() == [MEMBER]
    assert changed["changes"] == [f"Put CloudpkiPrivateCAWrites into the policy of the bucket {NEW}."]


def test_withdrawn(buckets: Buckets) -> None:
    key = buckets.create_key()
    before = buckets.key_policy(key)
    buckets.s3.create_bucket(Bucket=NEW)
    buckets.put_policy(theirs(name=NEW), name=NEW)
    buckets.run(kms_key="alias/audit")
    assert buckets.key_policy(key) != before
    buckets.s3.put_object(Bucket=NEW, Key="audit-report/x", Body=b"[]")
    buckets.written()
    predicted = buckets.run(state="absent", check=True)
    assert buckets.written() == set()
    absent = buckets.run(state="absent")
    assert absent["changes"] == predicted["changes"]
    assert absent["changes"][0] == f"Take {', '.join(OUR_SIDS)} out of the policy of the bucket {NEW}."
    assert buckets.written() == {"kms:PutKeyPolicy", "s3:PutBucketPolicy"}
    assert buckets.policy()["Statement"] == [theirs(name=NEW)]
    assert buckets.key_policy(key)["Statement"] == before["Statement"]
    assert buckets.s3.list_objects_v2(Bucket=NEW)["KeyCount"] == 1
    assert buckets.run(state="absent")["changed"] is False


def test_withdrawn_where_nothing_else_is(buckets: Buckets) -> None:
    buckets.run()
    assert buckets.run(state="absent")["policy"] == {}
    with pytest.raises(buckets.s3.exceptions.ClientError, match="NoSuchBucketPolicy"):
        buckets.policy()
    nowhere = buckets.run("there-is-none", state="absent")
    assert (nowhere["changed"], nowhere["bucket"]["exists"]) == (False, False)


def test_an_archive(buckets: Buckets) -> None:
    options = {"purpose": "archive", "retention_mode": "GOVERNANCE", "retention_days": 30}
    predicted = buckets.run(check=True, **options)
    made = buckets.run(**options)
    assert made["changes"] == predicted["changes"]
    assert made["bucket"]["object_lock"] == {"mode": "GOVERNANCE", "days": 30}
    assert sids(buckets.policy()) == OUR_SIDS[1:]
    buckets.s3.put_object(Bucket=BUCKET, Key="audit-report/x", Body=b"[]")
    buckets.s3.copy_object(Bucket=NEW, Key="audit-report/x", CopySource=f"{BUCKET}/audit-report/x")
    version = buckets.s3.head_object(Bucket=NEW, Key="audit-report/x")["VersionId"]
    with pytest.raises(buckets.s3.exceptions.ClientError, match="AccessDenied"):
        buckets.s3.delete_object(Bucket=NEW, Key="audit-report/x", VersionId=version)
    assert buckets.run(**options)["changed"] is False
    longer = buckets.run(**{**options, "retention_days": 60})
    assert longer["changes"] == ["Keep new objects from being overwritten or deleted for 60 days (GOVERNANCE)."]
    shorter = buckets.run(**options)
    assert (shorter["changed"], "keeps what is stricter" in warned(shorter)[0]) == (False, True)
    refused = buckets.run()
    assert "AWS Private CA cannot write to such a bucket" in refused["msg"]


@pytest.mark.parametrize("name", ["alias/audit", "arn", "id"])
def test_a_key_by_any_name(buckets: Buckets, name: str) -> None:
    arn = buckets.create_key()
    asked = {"arn": arn, "id": arn.rpartition("/")[2]}.get(name, name)
    theirs_before = buckets.key_policy(arn)["Statement"]
    made = buckets.run(kms_key=asked)
    assert made["bucket"]["encryption"] == {"algorithm": "aws:kms", "kms_key": arn, "bucket_key_enabled": False}
    assert made["key_policy"] == buckets.key_policy(arn)
    assert made["key_policy"]["Statement"][: len(theirs_before)] == theirs_before
    # As Terraform has it, or somebody by hand.
    buckets.encrypt(asked, NEW, BucketKeyEnabled=True)
    mended = buckets.run(kms_key="alias/audit")
    assert [change.split(" into ")[1] for change in mended["changes"]] == [f"the policy of the KMS key {arn}."]
    assert buckets.run(kms_key=asked)["changed"] is False
    assert buckets.run()["changed"] is False
    rule = buckets.s3.get_bucket_encryption(Bucket=NEW)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert (rule["BucketKeyEnabled"], rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == (True, asked)


def test_a_key_policy_that_is_managed_elsewhere(buckets: Buckets) -> None:
    arn = buckets.create_key()
    before = buckets.key_policy(arn)
    made = buckets.run(kms_key=arn, manage_kms_key_policy=False)
    assert (made["key_policy"], buckets.key_policy(arn)) == ({}, before)


def test_two_buckets_share_a_key(buckets: Buckets) -> None:
    arn = buckets.create_key()
    buckets.run(kms_key=arn)
    buckets.run(BUCKET, kms_key=arn)
    for name in (NEW, BUCKET):
        assert buckets.run(name, kms_key=arn)["changed"] is False
    contexts = json.dumps(buckets.key_policy(arn))
    assert f"{NEW}/audit-report/*" in contexts
    assert f"{BUCKET}/audit-report/*" in contexts


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kms_key": "alias/gone"}, "There is no KMS key alias/gone in us-east-1."),
        (
            {"account_ids": [f"{number:012}" for number in range(1500)]},
            "It would name 1500 accounts. Set organization_id",
        ),
        ({"reader_arns": ["*"]}, "reader_arns: '*' is not the ARN"),
        ({"region": "mars-1"}, "region: 'mars-1' is not an AWS region"),
        ({"region": None}, "region: no region is given"),
        ({"retention_mode": "GOVERNANCE"}, "parameters are required together: retention_mode, retention_days"),
    ],
)
def test_refused_before_anything_is_changed(buckets: Buckets, options: dict[str, t.Any], words: str) -> None:
    refused = buckets.run(**options)
    assert words in refused["msg"]
    assert (refused["failed"], buckets.written()) == (True, set())


def test_refused_in_one_sentence_with_the_bucket_as_it_is(buckets: Buckets) -> None:
    buckets.put_policy(theirs(Effect="Deny", Principal="*", Action="s3:*", Resource="*"))
    buckets.written()
    refused = buckets.run(BUCKET)
    assert refused["msg"].startswith(
        f"The statement 'Theirs' of the policy of the bucket {BUCKET} denies AWS Private CA"
    )
    assert refused["msg"].endswith("Nothing was changed.")
    assert (refused["changes"], refused["bucket"]["name"], buckets.written()) == ([], BUCKET, set())


def test_a_bucket_of_another_account(buckets: Buckets) -> None:
    sts = buckets.aws.clients("sts")
    made = sts.assume_role(RoleArn=f"arn:aws:iam::{STRANGER}:role/R", RoleSessionName="test")["Credentials"]
    keys = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    boto3.session.Session(*keys).client("s3", REGION).create_bucket(Bucket=NEW)
    refused = buckets.run()
    assert f"If it belongs to another account than {ACCOUNT}" in refused["msg"]
    assert (refused["failed"], buckets.written() & {"s3:PutBucketPolicy"}) == (True, set())


def test_a_bucket_in_another_region(buckets: Buckets) -> None:
    buckets.aws.clients("s3", "eu-south-1").create_bucket(
        Bucket=NEW, CreateBucketConfiguration={"LocationConstraint": "eu-south-1"}
    )
    made = buckets.run(regions=["us-east-1", "me-south-1"])
    assert made["bucket"]["region"] == "eu-south-1"
    services = ["acm-pca.amazonaws.com", "acm-pca.me-south-1.amazonaws.com"]
    assert buckets.policy()["Statement"][0]["Principal"] == {"Service": services}
    assert "does not write from other regions to such a bucket (us-east-1, me-south-1)" in warned(made)[1]


# Somebody else, at the same time


class Somebody:
    """Puts a statement of their own into the policy of the bucket, right before or after the module does something."""

    def __init__(self, buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
        self._buckets = buckets
        self._patch = monkeypatch
        self.times = 0

    def acts(self, method: str, *, after: bool, times: int = 1, drops_ours: bool = False) -> None:
        document = apply.BucketPolicy
        original = getattr(document, method)

        def wrapped(policy: t.Any, *args: t.Any) -> t.Any:
            if after:
                answer = original(policy, *args)
            if self.times < times:
                self.times += 1
                self._put(drops_ours)
            return answer if after else original(policy, *args)

        self._patch.setattr(document, method, wrapped)

    def _put(self, drops_ours: bool) -> None:
        found = [] if drops_ours else self._buckets.policy(BUCKET)["Statement"]
        self._buckets.put_policy(*found, theirs(f"Racing{self.times}"))


@pytest.fixture
def somebody(buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> Somebody:
    buckets.put_policy(theirs())
    return Somebody(buckets, monkeypatch)


def test_a_statement_that_comes_before_the_policy_is_written(buckets: Buckets, somebody: Somebody) -> None:
    somebody.acts("read", after=False)
    made = buckets.run(BUCKET)
    assert sids(buckets.policy(BUCKET)) == ["Theirs", "Racing1", *OUR_SIDS]
    assert any("Somebody else changed the policy" in warning for warning in warned(made))
    assert made["policy"] == buckets.policy(BUCKET)


@pytest.mark.parametrize("times", [1, 3])
def test_a_policy_that_takes_the_place_of_ours(buckets: Buckets, somebody: Somebody, times: int) -> None:
    somebody.acts("write", after=True, times=times, drops_ours=True)
    made = buckets.run(BUCKET)
    assert sids(buckets.policy(BUCKET)) == [f"Racing{times}", *OUR_SIDS]
    assert sum("Somebody else changed the policy" in warning for warning in warned(made)) == 1


def test_somebody_who_never_stops(buckets: Buckets, somebody: Somebody) -> None:
    somebody.acts("write", after=True, times=99, drops_ours=True)
    failed = buckets.run(BUCKET)
    assert "again and again. Run the task again later." in failed["msg"]
    assert "Block public access." in failed["changes"]


def test_two_tasks_that_add_accounts_at_the_same_time(buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets.run(BUCKET, account_ids=[ACCOUNT])
    original = apply.BucketPolicy.read

    def read(policy: t.Any) -> t.Any:
        monkeypatch.setattr(apply.BucketPolicy, "read", original)
        found = buckets.policy(BUCKET)["Statement"]
        found[-5]["Condition"]["StringEquals"]["aws:SourceAccount"] = [ACCOUNT, STRANGER]
        buckets.put_policy(*found)
        return original(policy)

    monkeypatch.setattr(apply.BucketPolicy, "read", read)
    made = buckets.run(BUCKET, account_ids=[MEMBER], purge_account_ids=False)
    accounts = made["policy"]["Statement"][-5]["Condition"]["StringEquals"]["aws:SourceAccount"]
    assert accounts == sorted([ACCOUNT, MEMBER, STRANGER])


def test_a_statement_that_denies_it_all_in_the_meantime(buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    original = apply.BucketPolicy.read
    denial = theirs(Effect="Deny", Principal="*", Action="s3:*", Resource="*")

    def read(policy: t.Any) -> t.Any:
        buckets.put_policy(denial)
        return original(policy)

    monkeypatch.setattr(apply.BucketPolicy, "read", read)
    failed = buckets.run(BUCKET)
    assert "The statement 'Theirs' of the policy" in failed["msg"]
    assert buckets.policy(BUCKET)["Statement"] == [denial]


# Principals that are not there yet, and failures halfway


def test_a_role_that_was_made_a_moment_ago(buckets: Buckets) -> None:
    invalid = {"error": "MalformedPolicy", "message": "Invalid principal in policy"}
    buckets.aws.emulator.fault("s3:PutBucketPolicy", count=3, **invalid)
    assert buckets.run(reader_arns=[HUB])["changed"] is True
    # The account itself has been there all the time.
    buckets.aws.emulator.fault("s3:PutBucketPolicy", **invalid)
    failed = buckets.run(account_ids=[MEMBER])
    assert "AWS does not know a principal of the policy" in failed["msg"]


def test_a_role_that_is_not_there(buckets: Buckets) -> None:
    buckets.aws.emulator.configure(require_roles=True)
    failed = buckets.run(reader_arns=[HUB], expiration_days=30)
    assert f"Check that these are there: {HUB} (reader_arns)" in failed["msg"]
    assert "Done before: Create the bucket" in failed["msg"]
    assert "Left to do: Delete reports after 30 days. That needs s3:PutLifecycleConfiguration as well." in failed["msg"]
    assert failed["changes"] == [f"Create the bucket {NEW} in {REGION}.", "Block public access.", "Enable versioning."]
    assert failed["changed"] is True
    buckets.aws.clients("iam").create_role(RoleName="PrivateCAAuditHub", AssumeRolePolicyDocument="{}")
    assert buckets.run(reader_arns=[HUB], expiration_days=30)["changes"][1:] == ["Delete reports after 30 days."]


def test_a_dead_principal_is_found_before_anything_is_changed(buckets: Buckets) -> None:
    key = buckets.create_key()
    policy = buckets.key_policy(key)
    policy["Statement"].append(theirs(Principal={"AWS": "AROAEXAMPLE0123456789"}))
    kms_backends[ACCOUNT][REGION].keys[key.rpartition("/")[2]].policy = json.dumps(policy)
    buckets.written()
    refused = buckets.run(kms_key=key)
    assert "names AROAEXAMPLE0123456789" in refused["msg"]
    assert buckets.written() == set()


@pytest.mark.parametrize("code", ["NoSuchBucket", "OperationAborted"])
def test_what_a_new_bucket_is_not_ready_for_yet(buckets: Buckets, code: str) -> None:
    for operation in ("s3:PutPublicAccessBlock", "s3:GetBucketPolicy"):
        buckets.aws.emulator.fault(operation, count=2, error=code)
    assert buckets.run()["changed"] is True


def test_a_name_that_somebody_took_in_the_meantime(buckets: Buckets) -> None:
    buckets.aws.emulator.fault("s3:CreateBucket", error="BucketAlreadyExists")
    failed = buckets.run()
    assert "Another account owns a bucket of this name" in failed["msg"]
    assert failed["changed"] is False


# Permissions

NOTES = " ".join(yaml.safe_load(acm_pca_audit_report_bucket.DOCUMENTATION)["notes"])
DOCUMENTED = set(re.findall(r"C\(((?:s3|kms):\w+)\)", NOTES))
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:reports"
EVERYTHING: dict[str, t.Any] = {
    "tags": {"team": "pki"},
    "expiration_days": 30,
    "kms_key": "alias/audit",
    "queue_arn": QUEUE,
}


class Least:
    """Runs the module as a role that may do what the documentation says, and no more."""

    ROLE = f"arn:aws:iam::{ACCOUNT}:role/PrivateCABucket"

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._iam = buckets.aws.clients("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        self._iam.create_role(
            RoleName="PrivateCABucket", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}), Path="/"
        )
        self.allow(*sorted(DOCUMENTED))
        made = buckets.aws.clients("sts").assume_role(RoleArn=self.ROLE, RoleSessionName="test")["Credentials"]
        self._credentials = {
            "access_key": made["AccessKeyId"],
            "secret_key": made["SecretAccessKey"],
            "session_token": made["SessionToken"],
        }
        buckets.aws.emulator.configure(enforce_permissions=True)
        buckets.aws.emulator.reset()

    def allow(self, *actions: str) -> None:
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        self._iam.put_role_policy(RoleName="PrivateCABucket", PolicyName="least", PolicyDocument=json.dumps(policy))

    def run(self, name: str = NEW, **options: t.Any) -> Result:
        return self._buckets.run(name, **self._credentials, **options)

    def used(self) -> set[str]:
        return set(self._buckets.aws.emulator.permissions()[self.ROLE])


@pytest.fixture
def least(buckets: Buckets) -> Least:
    buckets.create_key()
    buckets.aws.clients("sqs").create_queue(QueueName="reports")
    return Least(buckets)


def test_the_documented_permissions_are_enough_and_needed(least: Least) -> None:
    archive = {"purpose": "archive", "retention_mode": "GOVERNANCE", "retention_days": 1}
    for name, options in (
        (NEW, EVERYTHING),
        (BUCKET, EVERYTHING),
        ("new-archive", archive),
        (NEW, {"state": "absent"}),
    ):
        result = least.run(name, **options)
        assert result.get("failed", False) is False, result
    assert least.used() == DOCUMENTED


def test_every_missing_permission_to_read_is_named_at_once(least: Least) -> None:
    reading = {action for action in DOCUMENTED if ":Get" in action} - {"s3:GetBucketVersioning"}
    least.allow(*sorted(DOCUMENTED - reading))
    refused = least.run(BUCKET, **EVERYTHING)
    assert reading == set(re.findall(r"(?:s3|kms):Get\w+", refused["msg"]))
    assert "set manage_kms_key_policy to false" in refused["msg"]
    assert refused["msg"].endswith("Nothing was changed.")
    least.allow("kms:*")
    assert "may not be read. If it belongs to another account" in least.run(BUCKET, **EVERYTHING)["msg"]


def test_a_missing_permission_to_write_is_named_with_those_that_are_needed_later(least: Least) -> None:
    least.allow(*sorted(DOCUMENTED - {"s3:PutBucketVersioning"}))
    failed = least.run(**EVERYTHING)
    assert f"The credentials of this task need s3:PutBucketVersioning on the bucket {NEW}." in failed["msg"]
    later = ["kms:PutKeyPolicy", "s3:PutBucketPolicy", "s3:PutBucketTagging", "s3:PutEncryptionConfiguration"]
    assert all(permission in failed["msg"].partition("That needs")[2] for permission in later)
    least.allow(*sorted(DOCUMENTED))
    mended = least.run(**EVERYTHING)
    assert mended["changes"][0] == "Enable versioning."
    assert least.run(**EVERYTHING)["changed"] is False
