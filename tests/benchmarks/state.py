# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the stub knows: settings, reports, objects, and how often it was asked. No HTTP, no formats."""

from __future__ import annotations

import hashlib
import json
import time
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import fleet

_DAY = 86400
_NOW = time.time()


class Stored(NamedTuple):
    """An object in the bucket."""

    body: bytes
    etag: str
    modified: float


class Report(NamedTuple):
    """An audit report, finished at ``finished``."""

    arn: str
    bucket: str
    key: str
    created: float
    finished: float


class Listed(NamedTuple):
    """One object in a list of the bucket."""

    key: str
    modified: float


def etag_of(body: bytes) -> str:
    """As S3 makes it."""
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def report_of(arn: str) -> Stored:
    """What every report says: three certificates, of which one expires soon. Its size is not measured."""
    rows = [
        {
            "awsAccountId": arn.split(":")[4],
            "certificateArn": f"{arn}/certificate/{number:032x}",
            "serial": f"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:{number:02x}",
            "subject": f"CN=www-{number}.example.com,O=Example Corp",
            "notBefore": _time(-60),
            "notAfter": _time(days),
            "issuedAt": _time(-60),
            "templateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1",
        }
        for number, days in enumerate((20, 150, 300))
    ]
    body = json.dumps(rows, separators=(",", ":")).encode()
    return Stored(body, etag_of(body), 0.0)


def _time(days: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(_NOW + days * _DAY))


@dataclass
class Settings:
    """What can be set, when starting and later."""

    accounts: int = 1000
    cas: int = 1
    latency: float = 0.08
    report_seconds: float = 0.0
    # Per operation: requests per second in each account and region. Not named: as many as come.
    rates: dict[str, float] = field(default_factory=dict)
    # How many reports the CA with the ARN `history_of` had before; the newest is `history_age` seconds old.
    history_of: str = ""
    history: int = 0
    history_age: float = 7200.0
    # Objects that are files of this machine, by bucket and key: bucket/key.
    files: dict[str, str] = field(default_factory=dict)


@dataclass
class _Tokens:
    left: float
    at: float


class State:
    """All of it, in memory."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: no reports, no objects, nothing counted."""
        self._started = time.time()
        self.calls: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        # How often each object was fetched.
        self.fetched: Counter[str] = Counter()
        # The parts of uploads, by key.
        self.uploads: dict[str, list[bytes]] = {}
        # What Security Hub has, by id.
        self.findings: dict[str, dict[str, Any]] = {}
        self.reports: dict[str, Report] = {}
        self.created: list[float] = []
        self._objects: dict[str, Stored] = {}
        self._keys: dict[str, list[str]] = {}
        self._finished: dict[str, Report] = {}
        self._tokens: dict[tuple[str, str, str], _Tokens] = {}

    def change(self, settings: dict[str, object]) -> None:
        """Set what is named. :raises ValueError: for what there is not"""
        for name, value in settings.items():
            if not hasattr(self.settings, name):
                raise ValueError(f"there is no setting {name!r}")
            setattr(self.settings, name, value)

    # Accounts and CAs

    def owns(self, account: str, arn: str) -> bool:
        """Whether a CA is there, and belongs to the account."""
        parts = arn.split(":")
        if len(parts) != 6 or parts[3] != fleet.REGION or parts[4] != account:
            return False
        known = account == fleet.HUB or 0 <= int(account) - int(fleet.account_id(0)) < self.settings.accounts
        number = arn[-12:]
        return (
            known and number.isdigit() and int(number) < self.settings.cas and arn == fleet.ca_arn(account, int(number))
        )

    def arns(self, account: str, region: str) -> list[str]:
        """The CAs of an account in a region."""
        if region != fleet.REGION:
            return []
        return [fleet.ca_arn(account, number) for number in range(self.settings.cas)]

    def admit(self, operation: str, account: str, region: str) -> bool:
        """Whether the rate limit lets a request pass: a bucket of tokens, one second's worth of them."""
        rate = self.settings.rates.get(operation)
        if not rate:
            return True
        now, size = time.monotonic(), max(1.0, rate)
        tokens = self._tokens.setdefault((operation, account, region), _Tokens(size, now))
        tokens.left = min(size, tokens.left + (now - tokens.at) * rate)
        tokens.at = now
        if tokens.left < 1:
            return False
        tokens.left -= 1
        return True

    # Reports

    def create_report(self, arn: str, bucket: str, extension: str) -> str:
        """A new report; its object appears when it is finished."""
        now = time.time()
        self.created.append(now)
        # After all ids of the history, in the order of making.
        report_id = f"ff{len(self.reports):06x}-0000-4000-8000-{int(arn[-12:]):012x}"
        key = f"audit-report/{arn.rpartition('/')[2]}/{report_id}.{extension}"
        self.reports[report_id] = Report(arn, bucket, key, now, now + self.settings.report_seconds)
        self._finished[f"{bucket}/{key}"] = self.reports[report_id]
        self._add_key(bucket, key)
        return report_id

    # Objects

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Store an object. :returns: its ETag"""
        name = f"{bucket}/{key}"
        if name not in self._objects:
            self._add_key(bucket, key)
        self._objects[name] = Stored(body, etag_of(body), time.time())
        return self._objects[name].etag

    def get(self, bucket: str, key: str) -> Stored | None:
        """An object, if it is there."""
        name = f"{bucket}/{key}"
        stored = self._objects.get(name)
        if stored:
            return stored
        report = self._finished.get(name)
        if report:
            return report_of(report.arn)._replace(modified=report.finished) if report.finished <= time.time() else None
        index = self._history_index(key)
        if index is None:
            return None
        return report_of(self.settings.history_of)._replace(modified=self._history_time(index))

    def page(self, bucket: str, prefix: str, after: str, limit: int) -> tuple[list[Listed], bool]:
        """The objects whose keys begin with the prefix and come after a key, and whether there are more."""
        found: list[Listed] = []
        for listed in self._listed(bucket, prefix, after):
            if len(found) == limit:
                return found, True
            found.append(listed)
        return found, False

    def _listed(self, bucket: str, prefix: str, after: str) -> Iterator[Listed]:
        folder = self._history_folder()
        if folder and folder.startswith(prefix):
            start = 0
            if after.startswith(folder):
                index = self._history_index(after)
                start = self.settings.history if index is None else index + 1
            elif after > folder:
                start = self.settings.history
            for index in range(start, self.settings.history):
                yield Listed(self._history_key(index), self._history_time(index))
        # A folder at a time: a list of all keys would have to be kept in order.
        for keys in (
            [self._keys.get(f"{bucket}/{prefix.rpartition('/')[0]}")] if prefix.count("/") > 1 else self._all(bucket)
        ):
            for key in (keys or [])[bisect_right(keys or [], after) :]:
                stored = self.get(bucket, key) if key.startswith(prefix) else None
                if stored:
                    yield Listed(key, stored.modified)

    def _all(self, bucket: str) -> list[list[str]]:
        return [keys for folder, keys in sorted(self._keys.items()) if folder.startswith(f"{bucket}/")]

    def _add_key(self, bucket: str, key: str) -> None:
        insort(self._keys.setdefault(f"{bucket}/{key.rpartition('/')[0]}", []), key)

    # The history: made up when it is asked for

    def _history_folder(self) -> str:
        if not self.settings.history:
            return ""
        return f"audit-report/{self.settings.history_of.rpartition('/')[2]}/"

    def _history_key(self, index: int) -> str:
        return f"{self._history_folder()}{index:08x}-0000-4000-8000-000000000000.json"

    def _history_index(self, key: str) -> int | None:
        folder = self._history_folder()
        if not folder or not key.startswith(folder):
            return None
        try:
            index = int(key[len(folder) : len(folder) + 8], 16)
        except ValueError:
            return None
        return index if index < self.settings.history and key == self._history_key(index) else None

    def _history_time(self, index: int) -> float:
        # In no order of the keys, as with real ids, and the newest somewhere in the middle.
        place = (index * 7919 + self.settings.history // 2) % self.settings.history
        return self._started - self.settings.history_age - place * 1800.0
