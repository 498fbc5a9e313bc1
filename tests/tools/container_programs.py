# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make ee` needs of the machine: programs that build and run containers. Standard library only.

Started by .ci/run: container_programs.py, which prints the packages to install, or nothing if all programs exist.
"""

from __future__ import annotations

import os
import shutil
import subprocess

# Also the names of their packages, on Debian and Ubuntu.
PROGRAMS = ("podman", "buildah", "mmdebstrap", "runc")
PACKAGES = (*PROGRAMS, "debian-archive-keyring")


def absent() -> list[str]:
    """The programs that do not exist here."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def obstacle() -> str | None:
    """Why an execution environment cannot be built and run here, as a sentence, or None if it can."""
    if absent():
        return (
            f"The test of the execution environment needs {', '.join(absent())}. On Debian and Ubuntu, install "
            f"everything with: apt-get install --no-install-recommends {' '.join(PACKAGES)}"
        )
    if os.geteuid() != 0:
        return "The test of the execution environment needs root, who can build an image without a registry."
    # In a container without privileges, the programs exist, but not the permission to use them.
    probe = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        done = subprocess.run(probe, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"The test of the execution environment needs `unshare`, which does not work here: {error}."
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        return f"The test of the execution environment cannot run containers here: {said}"
    return None


if __name__ == "__main__":
    print(*(PACKAGES if absent() else ()))
