# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket's notification of new reports, among the notifications of others. Pure."""

from __future__ import annotations

import typing as t

Notifications = t.Mapping[str, t.Any]

# The notification is found again by this.
NOTIFICATION = "cloudpki-audit-reports-created"
_EVENT = "s3:ObjectCreated:*"
_PREFIX = "audit-report/"


def merge_notifications(notifications: Notifications, queue_arn: str) -> dict[str, t.Any] | None:
    """The notifications of a bucket that tells a queue of new reports, as S3 takes them; None if it is that already.

    Everything else stays: other queues, topics and functions, and Amazon EventBridge.

    :param notifications: what S3 answered to GetBucketNotificationConfiguration.
    """
    queues = notifications.get("QueueConfigurations") or ()
    ours = [each for each in queues if each.get("Id") == NOTIFICATION]
    wanted = {
        "Id": NOTIFICATION,
        "QueueArn": queue_arn,
        "Events": [_EVENT],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": _PREFIX}]}},
    }
    if [_meaning(each) for each in ours] == [_meaning(wanted)]:
        return None
    kept = {name: value for name, value in notifications.items() if name != "ResponseMetadata"}
    return {**kept, "QueueConfigurations": [*(each for each in queues if each.get("Id") != NOTIFICATION), wanted]}


def queue_of(notifications: Notifications) -> str | None:
    """The ARN of the queue that is told of new reports; None without one."""
    for each in notifications.get("QueueConfigurations") or ():
        if each.get("Id") == NOTIFICATION:
            return str(each.get("QueueArn"))
    return None


def _meaning(queue: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    rules = ((queue.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    # S3 answers with capital letters.
    filters = sorted((str(rule.get("Name")).lower(), rule.get("Value")) for rule in rules if rule.get("Value"))
    return (queue.get("QueueArn"), sorted(queue.get("Events") or ()), filters)
