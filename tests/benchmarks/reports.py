# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large audit reports, made up: the same certificates in both formats, newest first, as AWS writes them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

NAMES = (
    "awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,notBefore,notAfter,issuedAt,revokedAt,"
    "revocationReason,templateArn"
)
_ACCOUNT = "111122223333"
_CA = f"arn:aws:acm-pca:us-east-1:{_ACCOUNT}:certificate-authority/11223344-1234-1122-2233-112233445566"
_TEMPLATES = (
    "EndEntityCertificate/V1",
    "EndEntityServerAuthCertificate/V1",
    "BlankEndEntityCertificate_APICSRPassthrough/V1",
    "SubordinateCACertificate_PathLen0/V1",
)
_REASONS = ("UNSPECIFIED", "KEY_COMPROMISE", "SUPERSEDED", "CESSATION_OF_OPERATION")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reports(NamedTuple):
    """The files."""

    json: Path
    csv: Path


def make_reports(folder: Path, certificates: int, now: datetime) -> Reports:
    """Write both reports. A certificate a minute was issued until now; one in thirty is revoked."""
    made = Reports(folder / "report.json", folder / "report.csv")
    with made.json.open("w", encoding="ascii") as as_json, made.csv.open("w", encoding="ascii") as as_csv:
        as_json.write("[")
        as_csv.write(f"{NAMES}\n")
        for number, row in enumerate(_rows(certificates, int(now.timestamp()))):
            principal, arn, serial, subject, begin, end, issued, revoked, reason, template = row
            asked = f'"requestedByServicePrincipal":"{principal}",' if principal else ""
            gone = f'"revokedAt":"{revoked}","revocationReason":"{reason}",' if revoked else ""
            comma = "," if number else ""
            as_json.write(
                f'{comma}{{"awsAccountId":"{_ACCOUNT}",{asked}"certificateArn":"{arn}","serial":"{serial}",'
                f'"subject":"{subject}","notBefore":"{begin}","notAfter":"{end}","issuedAt":"{issued}",{gone}'
                f'"templateArn":"{template}"}}'
            )
            as_csv.write(
                f'{_ACCOUNT},{principal},{arn},{serial},"{subject}",{begin},{end},{issued},{revoked},{reason},{template}\n'
            )
        as_json.write("]")
    return made


def _rows(certificates: int, now: int) -> Iterator[tuple[str, ...]]:
    chance = random.Random(1)
    for number in range(certificates):
        issued = now - 60 * number - chance.randrange(60)
        identifier = f"{chance.getrandbits(128):032x}"
        revoked = min(now, issued + chance.randrange(60 * 86400)) if chance.random() < 1 / 30 else 0
        yield (
            "acm.amazonaws.com" if chance.random() < 0.5 else "",
            f"{_CA}/certificate/{identifier}",
            ":".join(identifier[place : place + 2] for place in range(0, 32, 2)),
            f"2.5.4.5=#130a{number:020x},CN=www{number}.service.example.com,OU=Sales {number % 97},O=Example Company,"
            "L=Seattle,ST=Washington,C=US",
            _time(issued - 3600),
            _time(_settled(issued + 86400 * chance.choice((90, 365, 395)), now)),
            _time(issued),
            _time(revoked) if revoked else "",
            chance.choice(_REASONS) if revoked else "",
            f"arn:aws:acm-pca:::template/{chance.choice(_TEMPLATES)}",
        )


def _settled(end: int, now: int) -> int:
    """None of the times that are counted passes an end while the programs run, which would then count differently."""
    for days in (0, 30, 60, 90):
        if -86400 <= end - now - 86400 * days < 86400:
            return end + 2 * 86400
    return end


def _time(seconds: int) -> str:
    day, rest = divmod(seconds, 86400)
    hour, rest = divmod(rest, 3600)
    return f"{_day(day)}T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}+0000"


@cache
def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).strftime("%Y-%m-%d")
