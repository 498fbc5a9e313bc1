# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from moto.acmpca.models import CertificateAuthority
from pki_helpers import entry, utc

from local_aws import ledger
from local_aws.install import install

MOMENT = utc(2026, 1, 1)


@pytest.fixture
def ca() -> CertificateAuthority:
    install()
    return CertificateAuthority("us-east-1", "123456789012", {"KeyAlgorithm": "EC_prime256v1"}, "ROOT", {}, None)


def test_a_new_ca_has_an_empty_ledger(ca: CertificateAuthority) -> None:
    assert ledger.ledger_of(ca) == ()
    assert ledger.find(ca, "00:11") is None


def test_newest_first(ca: CertificateAuthority) -> None:
    for serial, days in (("01", 2), ("02", 0), ("03", 2), ("04", 1), ("05", 2)):
        ledger.add(ca, entry(serial=serial, issued_at=MOMENT + timedelta(days=days)))
    # Of those issued in the same second the last is the newest.
    assert [each.serial for each in ledger.ledger_of(ca)] == ["05", "03", "01", "04", "02"]


def test_each_ca_has_a_ledger_of_its_own(ca: CertificateAuthority) -> None:
    other = CertificateAuthority("us-east-1", "123456789012", {}, "ROOT", {}, None)
    ledger.add(ca, entry())
    assert (len(ledger.ledger_of(ca)), len(ledger.ledger_of(other))) == (1, 0)


def test_a_snapshot_stays_as_it_was(ca: CertificateAuthority) -> None:
    ledger.add(ca, entry(serial="01"))
    before = ledger.ledger_of(ca)
    ledger.add(ca, entry(serial="02"))
    ledger.revoke(ca, "01", "SUPERSEDED", MOMENT)
    assert before == (entry(serial="01"),)
    assert set(ledger.ledger_of(ca)) == {
        entry(serial="02"),
        entry(serial="01", revoked_at=MOMENT, revocation_reason="SUPERSEDED"),
    }


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        entry().serial = "02"  # type: ignore[misc]


@pytest.mark.parametrize("spelling", ["0a:bc:de", "0A:BC:DE", "0abcde", "abcde", "A:BC:DE"])
def test_a_serial_is_found_however_it_is_written(ca: CertificateAuthority, spelling: str) -> None:
    ledger.add(ca, entry(serial="0a:bc:de"))
    assert ledger.find(ca, spelling) == entry(serial="0a:bc:de")


@pytest.mark.parametrize(
    ("serial", "text"),
    [
        (0, "00"),
        (1, "01"),
        (0xFF, "ff"),
        (0x100, "01:00"),
        (0xABCDE, "0a:bc:de"),
        ("ABCDE", "0a:bc:de"),
        ("00:1", "00:01"),
    ],
)
def test_serial_text(serial: int | str, text: str) -> None:
    assert ledger.serial_text(serial) == text


def test_many_threads_at_once(ca: CertificateAuthority) -> None:
    def work(worker: int) -> int:
        for number in range(100):
            serial = ledger.serial_text(worker * 1000 + number)
            ledger.add(ca, entry(serial=serial))
            if number % 2:
                ledger.revoke(ca, serial, "SUPERSEDED", MOMENT)
            ledger.ledger_of(ca)
        return 100

    with ThreadPoolExecutor(8) as pool:
        added = sum(pool.map(work, range(8)))
    entries = ledger.ledger_of(ca)
    assert len({each.serial for each in entries}) == len(entries) == added
    assert sum(each.revoked_at is not None for each in entries) == added // 2
