# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How AWX says no."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer with an error: its status, and its body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


def not_found() -> ApiError:
    """The answer for an object or path that does not exist."""
    return ApiError(404, {"detail": "Not found."})


def bad_field(name: str, message: str) -> ApiError:
    """The answer for a field with a bad value."""
    return ApiError(400, {name: [message]})
