# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the integration targets with ansible-test against a local AWS: run_integration.py [TARGET ...]"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from local_aws_process import CREDENTIALS, FLEET, REGION, local_aws
from project import ToolError, main_of_tool, program, run
from stage import staged

# ansible-test leaves out targets with such an alias, and is content.
SKIPPED = ("cloud/", "disabled", "unsupported", "unstable")


def check_aliases(targets: Path) -> None:
    """Every target must run. :raises ToolError: for one that would be skipped silently"""
    for file in sorted(targets.glob("*/aliases")):
        for alias in file.read_text(encoding="utf-8").split():
            if alias.startswith(SKIPPED):
                raise ToolError(f"{file.parent.name} would not be run, because of the alias {alias} in {file.name}.")


def main(arguments: list[str]) -> int:
    """Run all targets, or those named."""
    with staged() as copy:
        folder = copy / "tests" / "integration" / "targets"
        check_aliases(folder)
        targets = sorted(path.name for path in folder.iterdir())
        for name in arguments:
            if not name.startswith("-") and name not in targets:
                raise ToolError(f"{name} is no integration target. There are: {', '.join(targets) or 'none'}.")

        # One for the targets that make what they need, and one with a fleet that is there already.
        with local_aws() as aws, local_aws(seed=FLEET, report_seconds=1) as fleet:
            # ansible-test hands these variables to every target.
            variables = {
                "local_aws_endpoint": aws.endpoint,
                "local_aws_region": REGION,
                "local_aws_access_key": CREDENTIALS["AWS_ACCESS_KEY_ID"],
                "local_aws_secret_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                "local_aws_organization": aws.get("/_emulator/seed"),
                "collection_path": str(copy),
                "local_fleet_endpoint": fleet.endpoint,
                "local_fleet": fleet.get("/_emulator/seed"),
            }
            config = copy / "tests" / "integration" / "integration_config.yml"
            config.write_text(yaml.safe_dump(variables), encoding="utf-8")
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            command = [program("ansible-test"), "integration", "--local", "--color", "no", "--python", version]
            return run([*command, *arguments], cwd=copy)


if __name__ == "__main__":
    main_of_tool(main)
