# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists: Private CA's, page by page (ListCertificateAuthorities and ListTags), and what S3 sends with that of a bucket.

moto gives pages as long as they are asked for, lists no shared CAs, and knows no pages of tags.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from moto.acmpca.models import CertificateAuthority
from moto.acmpca.responses import ACMPCAResponse
from moto.core.exceptions import JsonRESTError
from moto.s3.responses import S3Response

from local_aws import sharing

Item = TypeVar("Item")

#: "Although the maximum value is 1000, the action only returns a maximum of 100 items", says the API reference.
LONGEST_PAGE = 100
_MOST_RESULTS = 1000
_OWNERS = ("SELF", "OTHER_ACCOUNTS")


def list_certificate_authorities(self: ACMPCAResponse) -> str:
    """The account's own CAs, newest first, or those that others share with it."""
    given = json.loads(self.body or "{}")
    owner = given.get("ResourceOwner") or "SELF"
    if owner not in _OWNERS:
        raise _invalid("resourceOwner", owner, f"Member must satisfy enum value set: [{', '.join(_OWNERS)}]")
    if owner == "SELF":
        found = list(self.acmpca_backend.certificate_authorities.values())
    else:
        found = sharing.shared_with(self.current_account, self.region)
    found.sort(key=_created, reverse=True)
    page, token = _page([(ca.arn, ca) for ca in found], given, "InvalidNextTokenException")
    return _answer("CertificateAuthorities", [ca.to_json() for ca in page], token)


def list_tags(self: ACMPCAResponse) -> str:
    """The tags of a CA, which has to be there."""
    given = json.loads(self.body or "{}")
    arn = given.get("CertificateAuthorityArn")
    backend = self.acmpca_backend
    backend.describe_certificate_authority(arn)
    tags = backend.tagger.list_tags_for_resource(arn)["Tags"]
    page, token = _page([(tag["Key"], tag) for tag in tags], given, "InvalidArgsException")
    return _answer("Tags", page, token)


def telling_the_region(list_objects: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """Wrap moto's ListObjectsV2: S3 names the bucket's region (github.com/versity/versitygw pull request 2002)."""

    @functools.wraps(list_objects)
    def list_and_tell(self: S3Response) -> Any:
        status, headers, body = list_objects(self)
        return status, {**headers, "x-amz-bucket-region": self.backend.get_bucket(self.bucket_name).region_name}, body

    return list_and_tell


def _created(ca: CertificateAuthority) -> float:
    return float(ca.created_at)


def _page(items: Sequence[tuple[str, Item]], given: dict[str, Any], bad_token: str) -> tuple[list[Item], str | None]:
    """One page of named items, and the token of the next: the name that it begins with."""
    wanted = given.get("MaxResults")
    wanted = LONGEST_PAGE if wanted is None else wanted
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        raise JsonRESTError("SerializationException", "MaxResults can not be converted to an Integer.")
    if wanted < 1:
        raise _invalid("maxResults", wanted, "Member must have value greater than or equal to 1")
    if wanted > _MOST_RESULTS:
        raise _invalid("maxResults", wanted, f"Member must have value less than or equal to {_MOST_RESULTS}")
    start = 0
    if given.get("NextToken"):
        names = [name for name, _item in items]
        first = _name_in(given["NextToken"])
        if first not in names:
            raise JsonRESTError(bad_token, "The token specified in the NextToken argument is not valid.")
        start = names.index(first)
    end = start + min(wanted, LONGEST_PAGE)
    token = base64.b64encode(items[end][0].encode()).decode() if end < len(items) else None
    return [item for _name, item in items[start:end]], token


def _name_in(token: Any) -> str | None:
    try:
        return base64.b64decode(str(token), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _invalid(field: str, value: Any, constraint: str) -> JsonRESTError:
    return JsonRESTError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {constraint}",
    )


def _answer(name: str, items: list[Any], token: str | None) -> str:
    return json.dumps({name: items, **({"NextToken": token} if token else {})})
