# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-builder makes of the collection's requirements, and of the example of an execution environment."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from project import NAME, NAMESPACE, ROOT, clean_environment, program
from stage import staged

# The environments of the newest and the oldest ansible do not have it.
pytest.importorskip("ansible_builder")

EXAMPLE = ROOT / "docs" / "execution-environment.yml"


def builder(*arguments: str | Path) -> None:
    command = [program("ansible-builder"), *map(str, arguments)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def requirements_of(file: Path) -> dict[str, Requirement]:
    """The packages that a requirements file names. Of several for one package, that for the newest Python."""
    lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    parsed = [Requirement(line) for line in lines if line]
    return {each.name: each for each in parsed if not each.marker or each.marker.evaluate({"python_version": "3.13"})}


def pinned(name: str, file: str) -> str:
    """The version of a package that the tests run with."""
    [pin] = requirements_of(ROOT / "tests" / file)[name].specifier
    assert pin.operator == "=="
    return pin.version


@pytest.fixture
def example() -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))


def test_ansible_builder_finds_what_the_collection_requires(tmp_path: Path) -> None:
    found = tmp_path / "requirements.txt"
    with staged() as collection:
        builder("introspect", collection.parents[2], "--write-pip", found)
    lines = [line.partition("  # from collection ") for line in found.read_text(encoding="utf-8").splitlines()]
    wanted = {str(each) for each in requirements_of(ROOT / "requirements.txt").values()}
    assert {package for package, _from, owner in lines if owner == f"{NAMESPACE}.{NAME}"} == wanted


def test_the_collection_requires_the_oldest_versions_that_are_tested() -> None:
    required = {name: str(each) for name, each in requirements_of(ROOT / "requirements.txt").items()}
    assert required == {name: f"{name}>={pinned(name, 'requirements-oldest.txt')}" for name in ("boto3", "botocore")}
    assert f"pip install '{required['boto3']}'" in (ROOT / "README.md").read_text(encoding="utf-8")
    modules = [*ROOT.glob("plugins/modules/*.py"), ROOT / "plugins" / "inventory" / "aws_organization.py"]
    for file in modules:
        assert f"\n  - botocore >= {pinned('botocore', 'requirements-oldest.txt')}\n" in file.read_text(
            encoding="utf-8"
        )
    checked = (ROOT / "plugins/module_utils/_aws/module.py").read_text(encoding="utf-8")
    assert f'_OLDEST_BOTOCORE = "{pinned("botocore", "requirements-oldest.txt")}"' in checked
    supported = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    assert pinned("ansible-core", "requirements-oldest.txt").startswith(supported.removeprefix(">=").removesuffix("0"))


def test_ansible_builder_accepts_the_example(tmp_path: Path, example: dict[str, t.Any]) -> None:
    builder("create", "--file", EXAMPLE, "--context", tmp_path, "--output-filename", "Containerfile")
    containerfile = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    packages = [example["dependencies"][each]["package_pip"] for each in ("ansible_core", "ansible_runner")]
    assert f'ARG EE_BASE_IMAGE="{example["images"]["base_image"]["name"]}"' in containerfile
    assert f'ARG PYCMD="{example["dependencies"]["python_interpreter"]["python_path"]}"' in containerfile
    assert f'ARG ANSIBLE_INSTALL_REFS="{" ".join(packages)}"' in containerfile
    galaxy = yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert galaxy == {"collections": [{"name": f"{NAMESPACE}.{NAME}"}]}


@pytest.mark.parametrize(
    ("dependency", "file"), [("ansible_core", "requirements.txt"), ("ansible_runner", "requirements-tools.txt")]
)
def test_the_example_installs_what_is_tested(example: dict[str, t.Any], dependency: str, file: str) -> None:
    requirement = Requirement(example["dependencies"][dependency]["package_pip"])
    assert requirement.specifier.contains(pinned(requirement.name, file))
