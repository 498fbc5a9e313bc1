# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make ee` needs of the machine: programs that build and run containers. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess

# Also the names of the packages, on Debian and Ubuntu.
PROGRAMS = ("podman", "buildah", "mmdebstrap", "runc")


def missing() -> str | None:
    """What prevents `make ee` here, as a sentence, or None if nothing does."""
    if os.geteuid() != 0:
        return "The execution environment is only tested as root, who may build an image without a registry."
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        return (
            f"The test of the execution environment needs {' and '.join(absent)}. Install what it needs: "
            f"apt-get install --no-install-recommends {' '.join(PROGRAMS)} debian-archive-keyring"
        )
    # A container without privileges has the programs, but not the permission to use them.
    probe = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        done = subprocess.run(probe, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"The execution environment is not tested, because `unshare` does not work here: {error}"
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        return f"The execution environment is not tested, because no containers can be run here: {said}"
    return None
