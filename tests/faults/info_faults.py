# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults of acm_pca_audit_report_info: how each is set up, and what the module says of it."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable

from moto.s3.models import s3_backends

from local_aws import wire
from local_aws.wire import Answer, Call

from ..unit.plugins.modules.conftest import AWS, BUCKET, REGION
from .faults import ANY, NETWORK, Fault, Step, denied, error, for_struck, page, sometimes
from .scene import OWN, Scene

#: How many certificates each report has; reading them takes several pieces of the body.
CERTIFICATES = 4000
_READ = "s3:GetObject"
_COLUMNS = (
    "awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,notBefore,notAfter,issuedAt,revokedAt,"
    "revocationReason,templateArn"
)


def json_reports(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """Two CAs, each with a report in JSON."""
    return _reports(aws, "json")


def csv_reports(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """Two CAs, each with a report in CSV."""
    return _reports(aws, "csv")


def _reports(aws: AWS, extension: str) -> tuple[list[str], dict[str, t.Any]]:
    arns = sorted(aws.create_ca() for _number in range(2))
    for arn in arns:
        aws.s3.put_object(Bucket=BUCKET, Key=_key(arn, extension), Body=_body(arn, extension))
    return arns, {"certificate_authority_arn": arns, "region": REGION}


def _key(arn: str, extension: str) -> str:
    return f"audit-report/{arn.rpartition('/')[2]}/11111111-0000-4000-8000-000000000001.{extension}"


def _body(arn: str, extension: str, domain: str = "old") -> bytes:
    rows = [
        {
            "awsAccountId": OWN,
            "certificateArn": f"{arn}/certificate/{number:032x}",
            "serial": f"{number:032x}",
            "subject": f"CN=www{number}.{domain}.example.com",
            "notBefore": "2026-01-01T00:00:00+0000",
            "notAfter": "2126-01-01T00:00:00+0000",
            "issuedAt": "2026-01-01T00:00:00+0000",
        }
        for number in range(CERTIFICATES)
    ]
    if extension == "json":
        return json.dumps(rows).encode()
    lines = [_COLUMNS, *(",".join(row.get(name, "") for name in _COLUMNS.split(",")) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def _is_report(scene: Scene, call: Call) -> bool:
    return call.name == _READ and str(call.key).startswith("audit-report/") and scene.strikes(call)


def _bodies(mangle: Callable[[bytes], tuple[bytes, bool]], *, first: bool = False, then: Step | None = None) -> Step:
    """The bodies of the report that is struck, or only the first of them, do not arrive as they were sent.

    :param then: what happens when the first of them was sent.
    """

    def begin(scene: Scene) -> None:
        seen: list[Call] = []

        def strike(call: Call, body: bytes) -> tuple[bytes, bool]:
            if not _is_report(scene, call) or not body or (first and seen):
                return body, False
            seen.append(call)
            if then and len(seen) == 1:
                then(scene)
            return mangle(body)

        scene.mangle = strike

    return begin


def _reset_at(share: float) -> Callable[[bytes], tuple[bytes, bool]]:
    return lambda body: (body[: int(len(body) * share)], True)


def _cut_at(share: float) -> Callable[[bytes], tuple[bytes, bool]]:
    return lambda body: (body[: int(len(body) * share)], False)


def _stored(scene: Scene) -> tuple[t.Any, str]:
    """The bucket as moto has it: a client of this process cannot reach it while requests travel by HTTP."""
    backend = s3_backends[OWN]["aws"]
    name = scene.struck[0].rpartition("/")[2]
    return backend, next(key for key in backend.buckets[BUCKET].keys if name in key and "tracking" not in key)


def _replace(scene: Scene) -> None:
    backend, key = _stored(scene)
    backend.put_object(BUCKET, key, _body(scene.struck[0], key.rpartition(".")[2], "new"))


def _delete(scene: Scene) -> None:
    backend, key = _stored(scene)
    del backend.buckets[BUCKET].keys[key]


def _restore(scene: Scene) -> None:
    arn = scene.struck[0]
    extension = "json" if "json" in "".join(scene.aws.object_keys("audit-report/")) else "csv"
    scene.aws.s3.put_object(Bucket=BUCKET, Key=_key(arn, extension), Body=_body(arn, extension))


def _expire(scene: Scene) -> None:
    def expired(call: Call) -> Answer | None:
        return wire.error_answer(call, "ExpiredToken", "The token is expired.") if _is_report(scene, call) else None

    scene.before = expired


_TOKEN = "Check the credentials"
_KEY_DISABLED = "arn:aws:kms:us-east-1:111122223333:key/a is disabled."

FAULTS = [
    *NETWORK,
    Fault("50 % of requests to S3 answered with SlowDown", sometimes(0.5, error("SlowDown", "s3")), ANY, chance=True),
    Fault("body reset at 90 %", _bodies(_reset_at(0.9), first=True), one=True, http=True),
    Fault("body cut off at 90 %", _bodies(_cut_at(0.9), first=True), one=True, http=True),
    Fault("all bodies reset at 90 %", _bodies(_reset_at(0.9)), ANY, one=True, http=True),
    Fault(
        "all bodies reset at the first byte",
        _bodies(_reset_at(0.0)),
        "Failed to read the audit report",
        one=True,
        http=True,
    ),
    Fault("body replaced by a page in HTML", _bodies(page, first=True), ANY, one=True, http=True),
    Fault(
        "report replaced while it is read",
        _bodies(_reset_at(0.5), first=True, then=_replace),
        "replaced by another one while it was read; run the task again",
        one=True,
        http=True,
    ),
    Fault(
        "report deleted while it is read",
        _bodies(_reset_at(0.5), first=True, then=_delete),
        "Failed to read the audit report",
        one=True,
        http=True,
        end=_restore,
    ),
    Fault(
        "token expires while a report is read",
        _bodies(_reset_at(0.5), first=True, then=_expire),
        _TOKEN,
        one=True,
        http=True,
    ),
    Fault("s3:GetObject on the report denied", for_struck(_READ, "AccessDenied"), "s3:GetObject", one=True),
    Fault("s3:ListBucket denied", denied("s3:ListObjectsV2"), "s3:ListBucket"),
    Fault("KMS key disabled", for_struck(_READ, "KMS.DisabledException", _KEY_DISABLED), "enable the key", one=True),
]
