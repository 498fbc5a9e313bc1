# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults of the message that the role sends with community.aws.sns."""

from __future__ import annotations

import dataclasses
import typing as t

from moto.sns.models import sns_backends

from ..unit.plugins.modules.conftest import AWS, REGION
from .faults import ANY, NETWORK, Fault, denied, once
from .scene import OWN, Scene

PUBLISH = "sns:Publish"
_TOPIC = f"arn:aws:sns:{REGION}:{OWN}:private-ca-alerts"


def topic(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """A topic, and what the role says in roles/audit_reports/tasks/_send.yml."""
    aws.clients("sns").create_topic(Name=_TOPIC.rpartition(":")[2])
    return [], {"topic": _TOPIC, "region": REGION, "subject": "Private CAs. 1 critical", "msg": "A key was lost."}


def sent() -> int:
    """How many messages the topic has passed on."""
    found = sns_backends[OWN][REGION].topics.get(_TOPIC)
    return len(found.sent_notifications) if found else 0


def _delete(scene: Scene) -> None:
    scene.aws.clients("sns").delete_topic(TopicArn=_TOPIC)


def _create(scene: Scene) -> None:
    topic(scene.aws)


_FAILED = "Failed to publish message"

FAULTS = [
    # Not those in which the answer is not AWS's: community.aws.sns does not expect any, and fails with a traceback. The
    # role then sends the message again.
    *(dataclasses.replace(each, says=ANY) for each in NETWORK if not each.http),
    Fault("sns:Publish denied", denied(PUBLISH), _FAILED),
    Fault("topic deleted", once(PUBLISH, _delete), _FAILED, end=_create),
]
