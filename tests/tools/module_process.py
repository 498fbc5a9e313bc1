# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of acm_pca_audit_report as processes of their own, which can be killed.

They are forked from a process that has imported everything once, so that a run costs little more than its requests.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import botocore.session
from ansible.module_utils import basic
from botocore.loaders import Loader

from ansible_collections.cloudpki.aws.plugins.module_utils._aws import module as end_of_module
from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report
from fast_clock import FastClock
from project import clean_environment

_END_SECONDS = 300


class _Clock(FastClock):
    """Not as fast as in tests without processes: those of a busy machine must keep up."""

    SPEED = 4


def _read_descriptions() -> Loader:
    """The descriptions of the APIs, read before any run is forked: reading them is most of the work of a run."""
    session = botocore.session.Session()
    loader: Loader = session.get_component("data_loader")
    session.set_credentials("testing", "testing")
    for service in ("acm-pca", "s3", "sts"):
        session.create_client(service, region_name="us-east-1")
    return loader


_LOADER = _read_descriptions()
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


class ModuleProcess:
    """A run. What it writes goes to files in a folder."""

    def __init__(self, options: Mapping[str, Any], folder: Path, last_seconds: int) -> None:
        """:param last_seconds: how long requests have to end after an interrupt."""
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": dict(options)}).encode()
        self._files = [folder / "stdout", folder / "stderr"]
        # A daemon is ended with the tests, also if one of them fails and does not wait for it.
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=_run, args=(arguments, last_seconds, *map(str, self._files)), daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._process.start()

    def send(self, number: signal.Signals) -> None:
        """A signal, unless the run has ended."""
        if self._process.pid and self._process.is_alive():
            os.kill(self._process.pid, number)

    def wait(self) -> int:
        """The exit code, negative after a signal.

        :raises TimeoutError: if the run does not end; then it is killed.
        """
        self._process.join(_END_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
            raise TimeoutError(f"The run did not end within {_END_SECONDS} seconds.")
        return self._process.exitcode

    def result(self) -> dict[str, Any]:
        """What the run, once it has ended, told Ansible; empty if it had not come to that."""
        text = self._files[0].read_text(encoding="utf-8").strip()
        return dict(json.loads(text.splitlines()[-1])) if text else {}

    def errors(self) -> str:
        """What the run wrote to stderr."""
        return self._files[1].read_text(encoding="utf-8")


def _run(arguments: bytes, last_seconds: int, stdout: str, stderr: str) -> None:
    """In the forked process."""
    for number, path in ((1, stdout), (2, stderr)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    # As buffered as a pipe to Ansible, whatever PYTHONUNBUFFERED says where the tests run.
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(clean_environment(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull))
    vars(botocore.session)["create_loader"] = lambda _paths=None: _LOADER
    vars(acm_pca_audit_report)["Clock"] = _Clock
    vars(end_of_module)["_LAST_SECONDS"] = last_seconds
    vars(basic).update(_ANSIBLE_ARGS=arguments, _ANSIBLE_PROFILE="legacy")
    acm_pca_audit_report.main()
