# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account of an access key, without a search.

For every request moto looks for the key in every partition of every account, twice as long for a key it never handed
out. With a thousand accounts that is most of the work of a request. The answers here are the same.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import AccessKey, iam_backends

#: The account of every access key that moto has made since install().
_accounts: dict[str, str] = {}


def remembering(create: Callable[..., None]) -> Callable[..., None]:
    """Wrap the constructor of moto's AccessKey."""

    @functools.wraps(create)
    def create_and_remember(self: AccessKey, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        _accounts[self.access_key_id] = inspect.signature(create).bind(self, *args, **kwargs).arguments["account_id"]

    return create_and_remember


def looking_up(search: Callable[[str], str]) -> Callable[[str], str]:
    """Wrap moto's get_account_id_from, which stays in charge of keys that were deleted."""

    @functools.wraps(search)
    def look_up(access_key: str) -> str:
        account = _accounts.get(access_key)
        if account is None:
            return str(DEFAULT_ACCOUNT_ID)
        if account in iam_backends:
            for backend in list(iam_backends[account].values()):
                if access_key in backend.access_keys:
                    return account
        return search(access_key)

    return look_up
