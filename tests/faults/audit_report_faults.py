# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults of acm_pca_audit_report: how each is set up, and what the module says of it."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable
from datetime import timedelta

from moto.acmpca.models import acmpca_backends
from moto.kms.models import kms_backends

from local_aws import wire
from local_aws.wire import Answer, Call

from ..unit.plugins.modules.conftest import BUCKET, record_key
from .faults import (
    ANY,
    NETWORK,
    Fault,
    Step,
    always,
    answers_to,
    do,
    error,
    for_struck,
    half,
    page,
    reset,
    sometimes,
)
from .scene import CREATE, DESCRIBE, HOME, OWN, Scene


def _list_denied(_scene: Scene, call: Call) -> Answer | None:
    return wire.error_answer(call, "AccessDenied", "Ordered.") if call.name == "s3:ListObjectsV2" else None


# --- credentials and clocks


def _short_sessions(scene: Scene) -> None:
    scene.emulator.configure(session_seconds=45, report_seconds=200)
    scene.happened += 1


def _own_token_expires(scene: Scene) -> None:
    began = scene.clock.monotonic()
    codes = {"s3": "ExpiredToken", "sts": "ExpiredToken"}

    def expired(call: Call) -> Answer | None:
        # In a while, and for all that is asked from then on, also by roles: their sessions cannot be renewed.
        if scene.clock.monotonic() < began + 20:
            return None
        return wire.error_answer(call, codes.get(call.service, "ExpiredTokenException"), "The token is expired.")

    scene.before = expired


def _clock(seconds: float) -> Step:
    def begin(scene: Scene) -> None:
        scene.ahead = seconds
        scene.happened += 1

    return begin


# --- what changes between the request and the completion of a report


def _once_requested(happen: Step) -> Step:
    """At AWS, as soon as it has accepted the request for the report of a CA that is struck."""

    def begin(scene: Scene) -> None:
        def after(call: Call) -> None:
            if call.name == CREATE and call.certificate_authority_arn in scene.struck:
                if any(len(scene.reports(arn)) == 0 for arn in scene.struck):
                    return
                scene.after = None
                do(happen, scene)

        scene.after = after

    return begin


def _delete_bucket(scene: Scene) -> None:
    for key in scene.aws.object_keys():
        scene.aws.s3.delete_object(Bucket=BUCKET, Key=key)
    scene.aws.s3.delete_bucket(Bucket=BUCKET)


def _create_bucket(scene: Scene) -> None:
    scene.aws.create_bucket(BUCKET)


def _remove_policy(scene: Scene) -> None:
    scene.aws.s3.delete_bucket_policy(Bucket=BUCKET)


def _deny_struck(scene: Scene) -> None:
    policy = json.loads(scene.aws.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    keys = [f"arn:aws:s3:::{BUCKET}/audit-report/{arn.rpartition('/')[2]}/*" for arn in scene.struck]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": keys}
    policy["Statement"].append(deny)
    scene.aws.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))


def _restore_policy(scene: Scene) -> None:
    scene.aws.admit(BUCKET)


def _encrypt(scene: Scene) -> None:
    kms = scene.aws.clients("kms")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "acm-pca.amazonaws.com"},
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    scene.aws.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _key(operation: str) -> Step:
    def turn(scene: Scene) -> None:
        kms = scene.aws.clients("kms")
        for key in list(kms_backends[OWN][HOME].keys):
            getattr(kms, operation)(KeyId=key)

    return turn


def _key_disabled_once_requested(scene: Scene) -> None:
    _encrypt(scene)
    _once_requested(_key("disable_key"))(scene)


def _stuck(scene: Scene) -> None:
    for arn in scene.struck:
        scene.reports(arn)[-1].ready_at += timedelta(days=3650)


def _unstick(scene: Scene) -> None:
    for arn in scene.struck:
        scene.reports(arn)[-1].ready_at -= timedelta(days=3650)


def _status(status: str) -> Step:
    def change(scene: Scene) -> None:
        for arn in scene.struck:
            parts = arn.split(":")
            acmpca_backends[parts[4]][parts[3]].certificate_authorities[arn].status = status

    return change


def _gone(scene: Scene) -> None:
    for arn in scene.struck:
        parts = arn.split(":")
        del acmpca_backends[parts[4]][parts[3]].certificate_authorities[arn]


def _before_request(happen: Step) -> Step:
    """Just before the request for a report arrives."""

    def begin(scene: Scene) -> None:
        def before(call: Call) -> None:
            if call.name == CREATE and call.certificate_authority_arn in scene.struck:
                scene.before = None
                do(happen, scene)

        scene.before = before

    return begin


# --- what lies in the bucket


def _record(change: Callable[[dict[str, t.Any]], t.Any]) -> Step:
    """The tracking records of the CAs that are struck, changed by somebody."""

    def begin(scene: Scene) -> None:
        for arn in scene.struck:
            if not scene.report_of(arn):
                scene.untell(arn)  # The record is all that a run knows of a report that is being made.
            body = scene.aws.s3.get_object(Bucket=BUCKET, Key=record_key(arn))["Body"].read()
            changed = change(json.loads(body))
            scene.aws.s3.delete_object(Bucket=BUCKET, Key=record_key(arn))
            if changed is not None:
                content = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
                scene.aws.s3.put_object(Bucket=BUCKET, Key=record_key(arn), Body=content)
        scene.happened += 1

    return begin


def _record_of_another(record: dict[str, t.Any]) -> dict[str, t.Any]:
    arn = record["certificate_authority_arn"]
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(record).replace(arn, arn[:-12] + "0" * 12)))


def _wrong_types(record: dict[str, t.Any]) -> dict[str, t.Any]:
    for report in record["audit_reports"].values():
        report.update(created_at=[1, {}], audit_report_id=7, s3_key=None, audit_report_status={"a": 1})
    return record


def _large(record: dict[str, t.Any]) -> bytes:
    return b" " * 50_000_000 + json.dumps(record).encode()


def _cut(record: dict[str, t.Any]) -> bytes:
    return json.dumps(record).encode()[:-40]


def _expire_file(scene: Scene) -> None:
    for arn in scene.struck:
        scene.aws.s3.delete_object(Bucket=BUCKET, Key=scene.reports(arn)[-1].key)
        scene.happened += 1


def _half_an_hour(scene: Scene) -> None:
    scene.clock.sleep(1800.0)


#: For what is waited for until the end of wait_timeout: fewer requests.
_SELDOM = {"wait_delay": 40}

_LISTED = "the bucket is listed instead"
_NOT_WRITTEN = "Add this statement to the policy of the bucket"
_PROXY = "Check endpoint_url, and the proxies"
_REFUSED = "RequestInProgressException"
_LATER = "run the task again later"

FAULTS = [
    *NETWORK,
    Fault("50 % of requests to S3 answered with SlowDown", sometimes(0.5, error("SlowDown", "s3")), ANY, chance=True),
    Fault("S3 answers only SlowDown", always(error("SlowDown", "s3")), _LATER),
    Fault("answers to requests for a report cut off", answers_to(CREATE, half), ANY, one=True, http=True),
    Fault("answers to requests for a report reset", answers_to(CREATE, reset), ANY, one=True, http=True),
    Fault(
        "answers about a report replaced by a page in HTML",
        answers_to(DESCRIBE, page),
        _PROXY,
        one=True,
        options=_SELDOM,
        http=True,
    ),
    Fault("sessions of roles end in the middle of a wait", _short_sessions, options=_SELDOM),
    Fault("own token expires in the middle of a wait", _own_token_expires, "Check the credentials"),
    Fault("clock of the module 10 minutes ahead", _clock(-600)),
    Fault("clock of the module 10 minutes behind", _clock(600)),
    Fault("bucket deleted once reports are requested", _once_requested(_delete_bucket), ANY, ANY, end=_create_bucket),
    Fault(
        "policy removed once reports are requested", _once_requested(_remove_policy), _NOT_WRITTEN, end=_restore_policy
    ),
    Fault(
        "KMS key disabled once reports are requested",
        _key_disabled_once_requested,
        _NOT_WRITTEN,
        ANY,
        home=True,
        end=_key("enable_key"),
    ),
    Fault("report FAILED", _once_requested(_deny_struck), "status FAILED", one=True, end=_restore_policy),
    Fault(
        "report stuck in CREATING",
        _once_requested(_stuck),
        "is waited for, not requested",
        one=True,
        options=_SELDOM,
        end=_unstick,
    ),
    Fault("CA disabled once its report is requested", _once_requested(_status("DISABLED")), one=True),
    Fault("CA deleted once its report is requested", _once_requested(_status("DELETED")), one=True),
    Fault("CA gone once its report is requested", _once_requested(_gone), ANY, one=True, options=_SELDOM, then=ANY),
    Fault("CA deleted just before the request", _before_request(_status("DELETED")), "DELETED", one=True, then=ANY),
    Fault("CA disabled just before the request", _before_request(_status("DISABLED")), one=True),
    Fault("tracking record missing", _record(lambda _record: None), one=True, again=True),
    Fault("tracking record cut off", _record(_cut), warns=_LISTED, one=True, again=True),
    Fault("tracking record of a newer version", _record(lambda r: {**r, "version": 2}), None, _LISTED, True, True),
    Fault("tracking record of another CA", _record(_record_of_another), None, _LISTED, True, True),
    Fault("tracking record with wrong types", _record(_wrong_types), None, _LISTED, True, True),
    Fault("tracking record of 50 MB", _record(_large), None, _LISTED, True, True),
    Fault(
        "tracking record missing while the report is made",
        _record(lambda _record: None),
        _REFUSED,
        one=True,
        requested=True,
    ),
    Fault(
        "tracking record cut off while the report is made",
        _record(_cut),
        _REFUSED,
        _LISTED,
        one=True,
        requested=True,
    ),
    Fault(
        "report deleted by a lifecycle rule",
        _expire_file,
        "A new report is possible from",
        one=True,
        again=True,
        end=_half_an_hour,
    ),
    Fault(
        "KMS key of the tracking record disabled",
        for_struck("s3:PutObject", "KMS.DisabledException", "arn:aws:kms:us-east-1:111122223333:key/a is disabled."),
        warns="enable the key",
        one=True,
    ),
    *(
        Fault(f"{action} denied", for_struck(f"s3:{operation}", "AccessDenied"), says, warns, one=True, again=again)
        for action, operation, says, warns, again in (
            ("s3:GetObject on the tracking record", "GetObject", "s3:GetObject", None, True),
            ("s3:GetObject on the report", "HeadObject", "s3:GetObject", None, True),
            ("s3:PutObject on the tracking record", "PutObject", None, "s3:PutObject", False),
        )
    ),
    Fault("s3:ListBucket denied", always(_list_denied), "s3:ListBucket"),
]
