# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where faults happen: some CAs at the local AWS, and every request on its way there."""

from __future__ import annotations

import functools
import random
import socket
import struct
import threading
import typing as t
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import boto3
from botocore.exceptions import BotoCoreError
from moto.acmpca.models import acmpca_backends
from moto.core.models import botocore_stubber

from local_aws import clock
from local_aws.audit_reports import AuditReport, reports_of
from local_aws.bucket_access import find_bucket
from local_aws.emulator import Emulator
from local_aws.server import make_local_aws
from local_aws.wire import Answer, Call

from ..unit.plugins.modules.conftest import AWS
from .simulation import SimulatedClock

CREATE = "acm-pca:CreateCertificateAuthorityAuditReport"
DESCRIBE = "acm-pca:DescribeCertificateAuthorityAuditReport"
OWN, PAYMENTS, LOGISTICS = "123456789012", "100000000003", "100000000004"
#: The module's max_age, in seconds.
MAX_AGE = 1800
HOME, ELSEWHERE = "us-east-1", "eu-central-1"

#: What happens to a request: an answer in the place of AWS's, an exception that the client sees, or nothing.
Happening = Callable[[Call], "Answer | None"]
#: What arrives of a body: the bytes, and whether the connection is reset behind them.
Mangle = Callable[[Call, bytes], "tuple[bytes, bool]"]
#: What there is at AWS: the ARNs of CAs, and the options of the task.
Setting = Callable[[AWS], "tuple[list[str], dict[str, t.Any]]"]


def role_of(account: str) -> str:
    """The role that the task assumes in an account."""
    return f"arn:aws:iam::{account}:role/CertificateAuditor"


@dataclass
class Scene:
    """CAs, which of them a fault strikes, and what happens to requests meanwhile."""

    aws: AWS
    clock: SimulatedClock
    arns: list[str]
    struck: list[str]
    options: dict[str, t.Any]
    random: random.Random
    before: Happening | None = None
    after: Happening | None = None
    mangle: Mangle | None = None
    #: How often the fault has struck.
    happened: int = 0
    #: How far AWS's clock is ahead of the module's.
    ahead: float = 0.0
    #: Requests for a report of a CA that had one in the making or in the bucket, as the module had been told.
    twice: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    #: The call that a thread of the server is answering.
    in_thread: threading.local = field(default_factory=threading.local)
    _told: set[str] = field(default_factory=set)

    @property
    def emulator(self) -> Emulator:
        """The local AWS."""
        return self.aws.emulator

    def stay_at_home(self) -> None:
        """Leave out what is not in the region of the bucket."""
        self.arns = [arn for arn in self.arns if f":{HOME}:" in arn]
        self.struck = [arn for arn in self.struck if arn in self.arns]
        if "regions" in self.options:
            self.options["regions"] = [HOME]

    def strikes(self, call: Call) -> bool:
        """Whether a request is about a CA that the fault strikes."""
        return any(
            arn == call.certificate_authority_arn or (call.key is not None and arn.rpartition("/")[2] in call.key)
            for arn in self.struck
        )

    @staticmethod
    def reports(arn: str) -> list[AuditReport]:
        """The reports of a CA that AWS has, the oldest first."""
        parts = arn.split(":")
        authority = acmpca_backends[parts[4]][parts[3]].certificate_authorities.get(arn)
        return list(reports_of(authority).values()) if authority else []

    def report_of(self, arn: str) -> AuditReport | None:
        """The last report of a CA, if it is finished, still young enough to be reused, and in the bucket."""
        last = next(reversed(self.reports(arn)), None)
        bucket = find_bucket(last.bucket_name, "aws") if last else None
        if last is None or bucket is None or last.status != "SUCCESS" or last.key not in bucket.keys:
            return None
        age = clock.now() - last.created_at
        return last if age < timedelta(seconds=MAX_AGE) else None

    def pass_on(self, carry_out: Callable[..., t.Any]) -> Callable[..., t.Any]:
        """Wrap the local AWS's own way of a request."""

        def watched(call: Call | None, moto: Callable[[], t.Any]) -> t.Any:
            self.in_thread.call = call
            if call is None:
                return carry_out(call, moto)
            self.calls[call.name] += 1
            arn = str(call.certificate_authority_arn)
            if call.name == CREATE and arn in self._told and self._is_there(arn):
                self.twice += 1
            instead = self._strike(self.before, call)
            if instead is not None:
                return instead
            made = self._number_of_reports(call)
            response = carry_out(call, moto)
            self._strike(self.after, call)
            if self._number_of_reports(call) > made:
                self._told.add(arn)
            return response

        return watched

    def _strike(self, fault: Happening | None, call: Call) -> Answer | None:
        try:
            answer = fault(call) if fault else None
        except BotoCoreError:
            self.happened += 1
            raise
        self.happened += answer is not None
        return answer

    def untell(self, arn: str | None) -> None:
        """The answer to a request for a report does not arrive."""
        self._told.discard(str(arn))

    def _number_of_reports(self, call: Call) -> int:
        return len(self.reports(str(call.certificate_authority_arn))) if call.name == CREATE else 0

    def _is_there(self, arn: str) -> bool:
        return self.report_of(arn) is not None or self.reports(arn)[-1].status == "CREATING"


def single(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """One CA of another account, and the options that name it."""
    [arn] = [member_of(aws, PAYMENTS).create_ca()]
    return [arn], {"certificate_authority_arn": [arn], "accounts": [{"role_arn": role_of(PAYMENTS)}]}


def fleet(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """Five CAs in three accounts and two regions, the first of which is the one that is struck; found, not named."""
    payments, logistics = member_of(aws, PAYMENTS), member_of(aws, LOGISTICS)
    arns = [
        payments.create_ca(),
        payments.create_ca("DISABLED"),
        logistics.create_ca(),
        logistics.create_ca(region=ELSEWHERE),
        aws.create_ca(),
    ]
    accounts: list[dict[str, str]] = [{}, {"role_arn": role_of(PAYMENTS)}, {"role_arn": role_of(LOGISTICS)}]
    return arns, {"accounts": accounts, "regions": [HOME, ELSEWHERE]}


def member_of(aws: AWS, account: str) -> AWS:
    """The same local AWS, as a role of another account sees it."""
    session = aws.clients("sts").assume_role(RoleArn=role_of(account), RoleSessionName="test")["Credentials"]
    member = boto3.session.Session(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    return AWS(aws.emulator, functools.cache(lambda service, region=HOME: member.client(service, region)))


class _FaultyWire:
    """WSGI: the local AWS, of whose answers not all arrive as they were sent."""

    def __init__(self, application: t.Any, scene: Scene) -> None:
        self._application = application
        self._scene = scene

    def __call__(self, environ: dict[str, t.Any], start_response: Callable[..., t.Any]) -> Iterable[bytes]:
        answered: list[t.Any] = []

        def start(status: str, headers: list[tuple[str, str]], _info: t.Any = None) -> None:
            answered[:] = [status, headers]

        scene = self._scene
        body = b"".join(self._application(environ, start))
        call: Call | None = scene.in_thread.call
        arrives, reset = scene.mangle(call, body) if scene.mangle and call else (body, False)
        if arrives != body and call:
            scene.happened += 1
            scene.untell(call.certificate_authority_arn)
        status, headers = answered
        length = len(body) if reset else len(arrives)
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*headers, ("Content-Length", str(length))])
        yield arrives
        if reset:
            # Closed without lingering, a connection is reset.
            environ["werkzeug.socket"].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            environ["werkzeug.socket"].close()
            raise ConnectionAbortedError("The connection is reset in the middle of the body.")


@contextmanager
def served(wrap: Callable[[t.Any], t.Any]) -> Iterator[str]:
    """The same local AWS as a server as long as the block lasts; its URL.

    :param wrap: from the server's WSGI application to the one in its place.
    """
    server = make_local_aws(0)
    server.app = wrap(server.app)
    server.log = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def over_http(scene: Scene) -> Iterator[str]:
    """Clients of this process that reach the local AWS by HTTP as long as the block lasts; its URL."""
    with served(lambda application: _FaultyWire(application, scene)) as url:
        botocore_stubber.enabled = False
        try:
            yield url
        finally:
            botocore_stubber.enabled = True
