# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's managed policies about Private CA. moto has all of AWS's, and would take long to make them for each account."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

_PREFIX = "AWSPrivateCA"


def policies_of(backend: IAMBackend) -> list[AWSManagedPolicy]:
    """In place of moto's IAMBackend._init_aws_policies."""
    return [
        AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        for name, data in _about_private_ca().items()
    ]


@cache
def _about_private_ca() -> dict[str, Any]:
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {name: data for name, data in policies.items() if name.startswith(_PREFIX)}
