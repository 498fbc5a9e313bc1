# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from importlib import import_module

import pytest

from project import ROOT

# From the folder, so that no filter can be forgotten.
MODULES = [
    import_module(f"ansible_collections.cloudpki.aws.plugins.filter.{file.stem}")
    for file in sorted((ROOT / "plugins" / "filter").glob("*.py"))
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_file_has_the_filter_of_its_name(module: t.Any) -> None:
    assert list(module.FilterModule().filters()) == [module.__name__.rpartition(".")[2]]


def test_there_are_five() -> None:
    assert len(MODULES) == 5
