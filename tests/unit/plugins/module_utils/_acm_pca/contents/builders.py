# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports for tests: AWS's own examples, rows of all kinds, and what is read of them in the fast and the strict way."""

from __future__ import annotations

import json
import typing as t
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import reader
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import API_NAMES, Row
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.counts import SummaryBuilder
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.fast_parser import (
    ALL_FIELDS,
    SUMMARY_FIELDS,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.source import ReportDamaged

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
HEADER = ",".join(API_NAMES)

_LONG_NAME = (
    "2.5.4.5=#012345678901,2.5.4.44=#0a1b3c4d,2.5.4.65=#0a1b3c4d5e6f,2.5.4.43=#0a1b3c4d5e,"
    "2.5.4.42=#0123456789abcdef0123456789abcdef0123,2.5.4.4=#0123456789abcdef01234567,2.5.4.12=#0a1b3c4d5e,"
    "2.5.4.46=#0123456789ab,CN=www.example1.com,OU=Sales,O=Example Company,L=Seattle,ST=Washington,C=US"
)
_CA = "arn:aws:acm-pca:region:account:certificate-authority/CA_ID"
_TEMPLATE = "arn:aws:acm-pca:::template/EndEntityCertificate/V1"

#: The rows of the documentation's CSV example, which gives a reason where it gives no time.
DOCUMENTED_CSV = f"""{HEADER}
123456789012,,{_CA}/certificate/certificate_ID,00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff,"{_LONG_NAME}",\
2020-03-02T21:43:57+0000,2020-04-07T22:43:57+0000,2020-03-02T22:43:58+0000,,UNSPECIFIED,{_TEMPLATE}
123456789012,acm.amazonaws.com,{_CA}/certificate/certificate_ID,ff:ee:dd:cc:bb:aa:99:88:77:66:55:44:33:22:11:00,\
"{_LONG_NAME}",2020-03-02T20:53:39+0000,2020-04-07T21:53:39+0000,2020-03-02T21:53:40+0000,,,{_TEMPLATE}
""".encode()

#: The JSON example, in its white space. What a time or template is called that is not given there, is not here.
DOCUMENTED_JSON = f"""[
   {{
      "awsAccountId":"123456789012",
      "certificateArn":"{_CA}/certificate/certificate_ID",
      "serial":"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
      "subject":"{_LONG_NAME}",
      "notBefore":"2020-03-02T21:43:57+0000",
      "notAfter":"2020-04-07T22:43:57+0000",
      "issuedAt":"2020-03-02T22:43:58+0000",
      "revocationReason":"UNSPECIFIED",
      "templateArn":"{_TEMPLATE}"
   }},
   {{
      "awsAccountId":"123456789012",
      "requestedByServicePrincipal":"acm.amazonaws.com",
      "certificateArn":"{_CA}/certificate/certificate_ID",
      "serial":"ff:ee:dd:cc:bb:aa:99:88:77:66:55:44:33:22:11:00",
      "subject":"{_LONG_NAME}",
      "notBefore":"2020-03-02T20:53:39+0000",
      "notAfter":"2020-04-07T21:53:39+0000",
      "issuedAt":"2020-03-02T21:53:40+0000",
      "templateArn":"{_TEMPLATE}"
   }}
]
""".encode()


class Outcome(t.NamedTuple):
    """What reading a report came to."""

    rows: list[Row]
    bad: list[str]
    damage: str | None
    summary: dict[str, t.Any]


def read(
    data: bytes, response_format: str, *, fast: bool, fields: t.Sequence[int] = ALL_FIELDS, piece: int = 1 << 20
) -> Outcome:
    """Read a whole report, in pieces of so many bytes."""
    rows: list[Row] = []
    bad: list[str] = []
    summary = SummaryBuilder(NOW)
    damage = None
    pieces = [data[place : place + piece] for place in range(0, len(data), piece)]
    try:
        for block in reader.read_blocks(pieces, response_format, fields, bad.append, fast=fast):
            rows += block.rows()
            assert len(block.rows()) == block.size
            summary.add(block)
    except ReportDamaged as e:
        damage = str(e)
    return Outcome(rows, bad, damage, summary.build(len(bad)))


def read_in_every_way(data: bytes, response_format: str, piece: int = 1 << 20) -> Outcome:
    """Read it strictly; and make sure that the fast ways come to the same."""
    strict = read(data, response_format, fast=False, piece=piece)
    for fields in (ALL_FIELDS, SUMMARY_FIELDS):
        assert read(data, response_format, fast=True, fields=fields, piece=piece) == strict
    return strict


Values = dict[str, str]


def usual(number: int = 1, **fields: str) -> Values:
    """A row as AWS writes it; empty values are left out in JSON."""
    return {
        "awsAccountId": "123456789012",
        "requestedByServicePrincipal": "",
        "certificateArn": f"{_CA}/certificate/{number:032x}",
        "serial": ":".join(f"{number:032x}"[place : place + 2] for place in range(0, 32, 2)),
        "subject": f"CN=www{number}.example.com,O=Example Corp",
        "notBefore": "2026-01-01T00:00:00+0000",
        "notAfter": "2027-01-01T00:00:00+0000",
        "issuedAt": "2026-01-01T01:00:00+0000",
        "revokedAt": "",
        "revocationReason": "",
        "templateArn": _TEMPLATE,
        **fields,
    }


def as_json(rows: t.Iterable[Values], separators: tuple[str, str] = (",", ":"), indent: int | None = None) -> bytes:
    present = [{name: value for name, value in row.items() if value} for row in rows]
    return json.dumps(present, ensure_ascii=False, separators=separators, indent=indent).encode(
        "utf-8", "surrogatepass"
    )


def as_csv(rows: t.Iterable[Values], line_end: str = "\n") -> bytes:
    """As AWS writes it, with the subject alone in quotes. For others it is to be quoted where it has to be."""
    lines = [HEADER]
    for row in rows:
        cells = []
        for name in API_NAMES:
            quoted = name == "subject" or any(sign in row[name] for sign in ',"\r\n')
            doubled = row[name].replace('"', '""')
            cells.append(f'"{doubled}"' if quoted else row[name])
        lines.append(",".join(cells))
    return "".join(f"{line}{line_end}" for line in lines).encode("utf-8", "surrogatepass")


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000").rjust(24, "0")


def _moments(first: datetime, last: datetime) -> st.SearchStrategy[str]:
    return st.integers(0, int((last - first).total_seconds())).map(
        lambda after: _time(first + timedelta(seconds=after))
    )


_MOMENTS = _moments(datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)) | _moments(
    datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)
)
# Anything that UTF-8 has but NUL, which no format may have as it is; and often what formats are made of.
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_SUBJECTS = _TEXTS | st.text('{}[]",\\\n\r:aN#=', max_size=12) | st.just("CN=Example\\, Inc.,C=US")

#: Rows that are right, in whatever way.
ROWS = st.fixed_dictionaries(
    {
        "awsAccountId": st.from_regex(r"\A[0-9]{12}\Z"),
        "requestedByServicePrincipal": st.sampled_from(["", "acm.amazonaws.com"]) | _TEXTS,
        "certificateArn": st.just(f"{_CA}/certificate/0123") | _TEXTS.filter(bool),
        "serial": st.just("00:11") | _TEXTS.filter(bool),
        "subject": st.just("CN=www.example.com") | _SUBJECTS,
        "notBefore": _MOMENTS,
        "notAfter": _MOMENTS,
        "issuedAt": _MOMENTS,
        "revokedAt": st.just("") | _MOMENTS,
        "revocationReason": st.sampled_from(["", "UNSPECIFIED", "KEY_COMPROMISE", "CA_COMPROMISE"]) | _TEXTS,
        "templateArn": st.sampled_from(["", _TEMPLATE]),
    }
)
