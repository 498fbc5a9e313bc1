# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As whom AWS Private CA writes to a bucket, which depends on the regions of the CA and of the bucket. Pure.

AWS states this for CRLs, which the same service writes in the same way:
https://docs.aws.amazon.com/privateca/latest/userguide/crl-planning.html
"""

from __future__ import annotations

import typing as t

from .._aws.regions import is_opt_in

SERVICE_PRINCIPAL = "acm-pca.amazonaws.com"


def service_principal(authority_region: str, bucket_region: str, partition: str = "aws") -> str:
    """As whom the service writes for CAs of a region to a bucket in another one, or in the same."""
    if authority_region != bucket_region and is_opt_in(authority_region, partition):
        return f"acm-pca.{authority_region}.amazonaws.com"
    return SERVICE_PRINCIPAL


def can_write(authority_region: str, bucket_region: str, partition: str = "aws") -> bool:
    """Whether the service supports that its CAs in a region write to a bucket in another one, or in the same."""
    return authority_region == bucket_region or not is_opt_in(bucket_region, partition)


def service_principals(
    authority_regions: t.Iterable[str], bucket_region: str | None, partition: str = "aws"
) -> tuple[str, ...]:
    """As whom the service writes for CAs of these regions, the usual name first.

    :param bucket_region: None if it is not known.
    """
    names = {service_principal(region, bucket_region or "", partition) for region in authority_regions}
    return (SERVICE_PRINCIPAL, *sorted(names - {SERVICE_PRINCIPAL}))
