# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults of securityhub_findings: how each is set up, and what the module says of it."""

from __future__ import annotations

import json
import typing as t

from moto.securityhub.models import securityhub_backends

from local_aws import wire
from local_aws.wire import Answer, Call

from ..unit.plugins.modules.conftest import AWS, REGION
from .faults import ANY, NETWORK, Fault, Step, always, denied, once
from .scene import OWN, Scene

IMPORT, LOOK_UP = "securityhub:BatchImportFindings", "securityhub:GetFindings"


def few(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """Findings that one request takes."""
    return _findings(aws, 3)


def many(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """Findings that need three requests."""
    return _findings(aws, 250)


def _findings(aws: AWS, count: int) -> tuple[list[str], dict[str, t.Any]]:
    aws.clients("securityhub").enable_security_hub()
    findings = [
        {"id": f"{number:03}", "title": "A title.", "description": "A description.", "resources": [{"id": "arn:a"}]}
        for number in range(count)
    ]
    return [], {"generator_id": "tests/faults", "region": REGION, "purge": True, "findings": findings}


def active(aws: AWS) -> list[str]:
    """The ids of the findings that Security Hub has, without its archive."""
    backend = securityhub_backends[OWN][REGION]
    return sorted(each.data["Id"] for each in backend.findings if each.data["RecordState"] == "ACTIVE")


def _from_the_second_on(code: str) -> Step:
    def begin(scene: Scene) -> None:
        sent: list[Call] = []

        def strike(_scene: Scene, call: Call) -> Answer | None:
            if call.name != IMPORT:
                return None
            sent.append(call)
            return wire.error_answer(call, code, "Ordered.") if len(sent) > 1 else None

        always(strike)(scene)

    return begin


def _some_fail(scene: Scene) -> None:
    """Security Hub takes each request, but not its first finding."""
    backend = securityhub_backends[OWN][REGION]

    def mangle(call: Call, body: bytes) -> tuple[bytes, bool]:
        if call.name != IMPORT:
            return body, False
        answer = json.loads(body)
        stored = backend.findings[-answer["SuccessCount"]]
        backend.findings.remove(stored)
        problem = {"Id": stored.data["Id"], "ErrorCode": "InternalError", "ErrorMessage": "Ordered."}
        changed = {"FailedCount": 1, "SuccessCount": answer["SuccessCount"] - 1, "FailedFindings": [problem]}
        return json.dumps(changed).encode(), False

    scene.mangle = mangle


def _disable(scene: Scene) -> None:
    scene.aws.clients("securityhub").disable_security_hub()


def _enable(scene: Scene) -> None:
    scene.aws.clients("securityhub").enable_security_hub()


FEW = [
    *NETWORK,
    Fault("some findings not accepted", _some_fail, "Ordered.", http=True),
    Fault("securityhub:GetFindings denied", denied(LOOK_UP), "securityhub:GetFindings"),
    Fault("securityhub:BatchImportFindings denied", denied(IMPORT), "securityhub:BatchImportFindings"),
    Fault("Security Hub disabled after the look-up", once(LOOK_UP, _disable, after=True), "enable it", end=_enable),
]
MANY = [
    *NETWORK,
    Fault("some findings of each request not accepted", _some_fail, "Ordered.", http=True),
    Fault("throttled from the second request on", _from_the_second_on("LimitExceededException"), "run the task again"),
    Fault("denied from the second request on", _from_the_second_on("AccessDeniedException"), "need securityhub:"),
    Fault("token expires after the first request", _from_the_second_on("ExpiredTokenException"), "Check the cred"),
    Fault("500 from the second request on", _from_the_second_on("InternalException"), ANY),
]
