# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all unit tests share."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader
from hypothesis import HealthCheck, settings

# However slow the machine is, or whatever else it does meanwhile: no test fails for the time that it takes.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")


class SharedLoader(Loader):
    """The descriptions of AWS's APIs for all sessions: reading them is most of the work of a new session."""

    @property
    def search_paths(self) -> list[str]:
        """A copy, because every session of boto3 appends the same folder."""
        return list(super().search_paths)


@pytest.fixture(scope="session", autouse=True)
def _descriptions_are_read_once() -> Iterator[None]:
    loader = SharedLoader(extra_search_paths=[f"{boto3.__path__[0]}/data"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _paths=None: loader)
        yield
