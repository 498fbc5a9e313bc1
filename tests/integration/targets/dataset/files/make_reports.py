# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put made-up audit reports of many CAs into a bucket: make_reports.py FILE

FILE is written as the module acm_pca_audit_report writes its results_file.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3

BUCKET = "dataset-audit-reports"
ACCOUNTS = ("111122223333", "444455556666")
CERTIFICATE_AUTHORITIES = 1002
NOW = datetime.now(UTC)
FIELDS = (
    *("awsAccountId", "requestedByServicePrincipal", "certificateArn", "serial", "subject", "notBefore", "notAfter"),
    *("issuedAt", "revokedAt", "revocationReason", "templateArn"),
)
# Reports from before 2020 do not have them.
NEW_FIELDS = ("requestedByServicePrincipal", "templateArn")
TEMPLATES = ("EndEntityCertificate/V1", "EndEntityServerAuthCertificate/V1", "RootCACertificate/V1")
REASONS = ("", "UNSPECIFIED", "SUPERSEDED", "KEY_COMPROMISE", "CERTIFICATE_AUTHORITY_COMPROMISE")


def certificates(arn: str, chance: random.Random) -> list[dict[str, str]]:
    """Those of one CA. What expires soon has often been replaced, and some subjects are those of other CAs too."""
    made = []
    for number in range(chance.randrange(9)):
        serial = f"{chance.getrandbits(128):032x}"
        # Hours, so that no two are issued at the same time, and none expires while the test runs.
        issued = NOW - timedelta(days=chance.randrange(1, 400), hours=number + 1)
        revoked = chance.random() < 0.2
        fields = {
            "awsAccountId": arn.split(":")[4],
            "requestedByServicePrincipal": chance.choice(("", "acm.amazonaws.com")),
            "certificateArn": f"{arn}/certificate/{serial}",
            "serial": ":".join(serial[place : place + 2] for place in range(0, 32, 2)),
            "subject": chance.choice(
                ("", "CN=www.example.com,O=Example", f"CN=host{chance.randrange(800)}.example.com")
            ),
            "notBefore": time(issued - timedelta(hours=1)),
            "notAfter": time(NOW + timedelta(days=chance.choice((-100, -5, 2, 5, 20, 300, 900)), hours=number + 1)),
            "issuedAt": time(issued),
            "revokedAt": time(NOW - timedelta(days=chance.choice((3, 50)), hours=1)) if revoked else "",
            "revocationReason": chance.choice(REASONS) if revoked else "",
            "templateArn": f"arn:aws:acm-pca:::template/{chance.choice(TEMPLATES)}",
        }
        made.append(fields)
    return made


def time(moment: datetime) -> str:
    """As reports have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def as_json(rows: list[dict[str, str]], fields: tuple[str, ...]) -> bytes:
    """A report in JSON, in which what is empty has no key."""
    return json.dumps([{name: row[name] for name in fields if row[name]} for row in rows]).encode()


def as_csv(rows: list[dict[str, str]], fields: tuple[str, ...]) -> bytes:
    """A report in CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def main() -> None:
    """Make all reports."""
    chance = random.Random(17)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    entries = []
    for number in range(CERTIFICATE_AUTHORITIES):
        identifier = f"{number:08x}-0000-4000-8000-000000000000"
        arn = f"arn:aws:acm-pca:us-east-1:{ACCOUNTS[number % 2]}:certificate-authority/{identifier}"
        old = number % 3 == 0
        fields = tuple(name for name in FIELDS if not (old and name in NEW_FIELDS))
        write, extension = ((as_json, "json"), (as_csv, "csv"))[number // 3 % 2]
        key = f"audit-report/{identifier}/{number:08x}-0000-4000-8000-00000000000a.{extension}"
        s3.put_object(Bucket=BUCKET, Key=key, Body=write(certificates(arn, chance), fields))
        entries.append(
            {
                "certificate_authority_arn": arn,
                "s3_bucket_name": BUCKET,
                "s3_key": key,
                "audit_report_status": "SUCCESS",
                "created_at": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )
    Path(sys.argv[1]).write_text(json.dumps({"audit_reports": entries}), encoding="utf-8")


if __name__ == "__main__":
    main()
