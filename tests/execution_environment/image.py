# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image from docs/execution-environment.yml, but on Debian's packages, because its base image needs a registry.

Images and containers are in a folder of their own, so that what the machine has of them is neither used nor changed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import typing as t
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from make_env import KINDS, requirements
from project import ROOT, ToolError, clean_environment, own_process_group, program
from stage import DEPENDENCIES, installed

DEFINITION = ROOT / "docs" / "execution-environment.yml"
IMAGE = "localhost/cloudpki-aws-test:latest"
BASE_IMAGE = "localhost/cloudpki-aws-test-base:latest"

# Where there is a newer one, it has another Python.
DEBIAN = "trixie"
MIRROR = "http://deb.debian.org/debian"
PYTHON_OF_DEBIAN = "3.13"
# Documentation and translations take as long to unpack as the rest.
UNWANTED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
# What the Containerfile of ansible-builder 3.2 installs on its own account.
WANTED_BY_BUILDER = ("bindep", "pyyaml", "packaging", "dumb-init==1.2.5")

STEP_SECONDS = 600  # far longer than a step takes, to stop one that hangs


@dataclass(frozen=True)
class Storage:
    """Where podman and buildah keep images and containers, as the environment variables that tell them."""

    variables: Mapping[str, str]


@contextmanager
def container_storage(folder: Path) -> Iterator[Storage]:
    """A storage in the folder, which is gone with all its containers when the block is left."""
    storage = folder / "storage.conf"
    storage.write_text(f'[storage]\ndriver = ""\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n', "utf-8")
    # What podman would share with the machine's own containers, and what not every machine has: systemd and crun.
    containers = folder / "containers.conf"
    containers.write_text(
        '[containers]\ndefault_ulimits = []\nlog_driver = "k8s-file"\n\n'
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nlock_type = "file"\n'
        f'tmp_dir = "{folder}/libpod"\n',
        "utf-8",
    )
    variables = clean_environment(CONTAINERS_STORAGE_CONF=str(storage), CONTAINERS_CONF=str(containers))
    try:
        yield Storage(variables)
    finally:
        # Those of a run that was interrupted are still mounted, and their files could not be removed.
        for command in (["podman", "rm", "--all", "--force", "--time", "0"], ["buildah", "rm", "--all"]):
            subprocess.run(command, env=variables, capture_output=True, timeout=STEP_SECONDS, check=False)
        subprocess.run(["umount", f"{folder}/images/overlay"], capture_output=True, check=False)


def do(what: str, command: Sequence[str | Path], storage: Storage, *, cwd: Path = ROOT) -> None:
    """One step, with one line about it. :raises ToolError: if it fails, with the end of its output"""
    began = time.monotonic()
    variables = storage.variables
    with own_process_group(
        command, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            output, _nothing = process.communicate(timeout=STEP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ToolError(f"{what}: not finished within {STEP_SECONDS} s.") from error
    if process.returncode:
        tail = "\n".join(output.strip().splitlines()[-40:])
        raise ToolError(f"{what}: {command[0]} failed with exit code {process.returncode}. It wrote:\n{tail}")
    print(f"  {what:<36}{time.monotonic() - began:>4.0f} s", flush=True)


def debian_definition(example: Mapping[str, t.Any], archive: str) -> dict[str, t.Any]:
    """The example's definition, with another base image, and with everything from files in place of the network."""
    return {
        **example,
        "images": {"base_image": {"name": BASE_IMAGE}},
        "build_arg_defaults": {"ANSIBLE_GALAXY_CLI_COLLECTION_OPTS": "--offline"},
        "dependencies": {
            **example["dependencies"],
            "python_interpreter": {"package_system": "python3", "python_path": "/usr/bin/python3"},
            "galaxy": {"collections": [{"name": f"collections/{archive}", "type": "file"}]},
        },
        "additional_build_files": [{"src": "wheels", "dest": "wheels"}, {"src": "collections", "dest": "collections"}],
        "additional_build_steps": {
            "prepend_base": ["COPY _build/wheels /wheels", "ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels"],
            "prepend_galaxy": [
                "COPY _build/collections/ansible_collections /usr/share/ansible/collections/ansible_collections"
            ],
        },
        "options": {"package_manager_path": "/usr/bin/apt-get", "skip_pip_install": True},
    }


def _python_packages(example: Mapping[str, t.Any], folder: Path, storage: Storage) -> None:
    """Download them with this machine's settings of pip, which the image does not have."""
    dependencies = example["dependencies"]
    constraints = folder / "constraints.txt"
    lines = [line for line in requirements(KINDS[""]) if "[" not in line and ";" not in line]
    constraints.write_text("\n".join(lines), encoding="utf-8")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:", "--python-version", PYTHON_OF_DEBIAN, "--dest", folder / "wheels"]
    pip += ["--constraint", constraints, "--requirement", ROOT / "requirements.txt", *WANTED_BY_BUILDER]
    pip += [dependencies[each]["package_pip"] for each in ("ansible_core", "ansible_runner")]
    do("Python packages", pip, storage)


def _collections(folder: Path, storage: Storage) -> str:
    """Put the collection's archive there, and what it depends on as installed. :returns: the archive's name"""
    collections = folder / "collections"
    galaxy: list[str | Path] = [program("ansible-galaxy"), "collection", "build", ROOT, "--output-path", collections]
    do("archive of the collection", galaxy, storage)
    for namespace, name in DEPENDENCIES:
        shutil.copytree(installed(namespace, name), collections / "ansible_collections" / namespace / name)
    return next(collections.glob("*.tar.gz")).name


def build_image(folder: Path, storage: Storage) -> None:
    """Build IMAGE. :raises ToolError: if that is not possible"""
    example = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    debian: list[str | Path] = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=python3,python3-pip"]
    debian += [f"--dpkgopt=path-exclude={each}" for each in UNWANTED]
    # Nothing of it has to survive a power failure, and a mirror may be busy.
    debian += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Retries "3"']
    base = folder / "base.tar"
    do(f"Debian {DEBIAN}", [*debian, DEBIAN, base, MIRROR], storage)
    do("base image", ["podman", "import", "--quiet", base, BASE_IMAGE], storage)
    base.unlink()

    _python_packages(example, folder, storage)
    definition = folder / "execution-environment.yml"
    definition.write_text(yaml.safe_dump(debian_definition(example, _collections(folder, storage))), encoding="utf-8")
    context = folder / "context"
    create: list[str | Path] = [program("ansible-builder"), "create", "--file", definition, "--context", context]
    do("ansible-builder", [*create, "--output-filename", "Containerfile"], storage)
    # Without layers, nothing is stored between the steps.
    bud: list[str | Path] = ["buildah", "bud", "--isolation", "chroot", "--network", "host", "--layers=false"]
    do("image", [*bud, "--pull-never", "--tag", IMAGE, "--file", context / "Containerfile", context], storage)
