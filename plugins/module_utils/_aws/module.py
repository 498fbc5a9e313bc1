# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of this collection does in the same way: it connects, and it reports to Ansible."""

from __future__ import annotations

import json
import signal
import sys
import typing as t

from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.botocore import gather_sdk_versions

from .accounts import external_ids
from .clients import Clients
from .errors import AWSError, Problem
from .outcome import Outcome

if t.TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

# The oldest botocore that knows S3's conditional writes.
_OLDEST_BOTOCORE = "1.35.69"

# -vvv
_VERBOSE = 3

# How long requests that are under way have to end after an interrupt. Most take less than a second.
_LAST_SECONDS = 30

# AWX keeps results of up to 700,000 bytes, and Ansible adds all arguments to a result.
_LARGEST_ARGUMENT = 20_000


def run_module(
    module: AnsibleAWSModule,
    work: t.Callable[[Clients], Outcome],
    *,
    explain: t.Callable[[AWSError], Problem],
    interrupted: str = "Interrupted.",
) -> None:
    """Do the work and end the module with its outcome. Does not return.

    Failures look like those of amazon.aws's modules, with a traceback only for a fault of this collection's own.

    :param explain: what failed and what to do about it, where that concerns all of the task.
    :param interrupted: what to say if the task is interrupted.
    """
    module.require_botocore_at_least(_OLDEST_BOTOCORE, reason="for conditional writes to S3")
    stopped = False
    try:
        outcome = work(Clients.of_module(module))
    except AWSError as e:
        outcome = Outcome({}, explain(e))
    except KeyboardInterrupt:
        stopped = True
        outcome = Outcome({}, Problem("Interrupted", interrupted))
    _begin_to_end(stopped)
    try:
        _tell(module, outcome)
    finally:
        # Python itself does so only once it has waited for threads, whose requests may hang.
        sys.stdout.flush()


def _tell(module: AnsibleAWSModule, outcome: Outcome) -> None:
    """End the module with the outcome. Does not return."""
    for warning in outcome.warnings:
        # Not by amazon.aws's own method, which passes warnings in a way that ansible-core 2.19 calls deprecated.
        warn(warning)
    results = {"invocation": {"module_args": _without_secrets(module)}, **outcome.results}
    if not module._diff:
        results.pop("diff", None)
    problem = outcome.failure
    if problem:
        details: dict[str, t.Any] = {**gather_sdk_versions(), **results}
        if problem.traceback:
            details["exception"] = problem.traceback
            # ansible-core 2.19 and later show exceptions only if they are configured to, whatever the verbosity.
            if module._verbosity >= _VERBOSE:
                details["traceback"] = problem.traceback.splitlines()
        module.fail_json(msg=problem.message, **details)
    module.exit_json(**results)


def _begin_to_end(stopped: bool) -> None:
    """From here on, there is a result to be told, which another interrupt would replace with a traceback.

    Python waits for threads, and their requests may hang, or be repeated for minutes. After an interrupt they have
    some time to end and to write down what was done. Then the system ends the process, from which the next run
    recovers as from every other sudden end.

    :param stopped: whether an interrupt is why the module ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if stopped:
        signal.alarm(_LAST_SECONDS)


def _without_secrets(module: AnsibleAWSModule) -> dict[str, t.Any]:
    """The arguments as they may be shown. From then on, Ansible hides external IDs nowhere else.

    It hides a secret wherever it is a part of any text. An external ID may be as short as two characters, or the ID of
    an account, so ARNs and IDs of reports would come out maimed. No result contains one but the arguments.
    """
    shown: dict[str, t.Any] = remove_values(_shown(module.params), module.no_log_values)
    module.no_log_values.difference_update(external_ids(module.params))
    return shown


def _shown(arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The arguments, with a number in place of a list that nobody reads in a log."""
    return {
        name: f"{len(value):,} entries"
        if isinstance(value, list) and len(json.dumps(value, default=str)) > _LARGEST_ARGUMENT
        else value
        for name, value in arguments.items()
    }
