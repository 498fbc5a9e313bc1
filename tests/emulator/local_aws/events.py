# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EventBridge event of a finished report."""

from __future__ import annotations

import json
import logging

from moto.acmpca.models import CertificateAuthority
from moto.events.models import events_backends

log = logging.getLogger(__name__)


def announce(ca: CertificateAuthority, report_id: str, success: bool) -> None:
    """Tell the default event bus of the CA's account and region. Best effort, as Private CA says of it."""
    # Without a backend there is no rule; looking for one would make a backend for every account of a fleet.
    if ca.account_id not in events_backends or ca.region_name not in list(events_backends[ca.account_id].keys()):
        return
    try:
        events_backends[ca.account_id][ca.region_name].put_events(
            [
                {
                    "Source": "aws.acm-pca",
                    "DetailType": "ACM Private CA Audit Report Generation",
                    "Resources": [ca.arn, report_id],
                    "Detail": json.dumps({"result": "success" if success else "failure"}),
                }
            ]
        )
    except Exception:
        log.info("The event of audit report %s could not be delivered.", report_id, exc_info=True)
