# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from emulator_helpers import Server

from local_aws.control import answer
from local_aws.emulator import Emulator
from local_aws.wire import Call

LIST = "acm-pca:ListCertificateAuthorities"


def ask(emulator: Emulator, method: str, name: str, body: Any = None) -> tuple[int, Any]:
    raw = b"" if body is None else json.dumps(body).encode()
    reply = answer(emulator, method, f"/_emulator/{name}", raw)
    return reply.status, reply.body


def test_settings_are_read_and_changed() -> None:
    emulator = Emulator()
    status, body = ask(emulator, "POST", "settings", {"report_seconds": 7, "rate_limits": {LIST: 1.0}})
    assert (status, body["report_seconds"], body["rate_limits"]) == (200, 7.0, {LIST: 1.0})
    assert ask(emulator, "GET", "settings") == (200, body)


def test_every_setting_of_the_design_is_accepted() -> None:
    emulator = Emulator()
    settings = {
        "report_seconds": 2,
        "report_interval": 1800,
        "rate_limits": {"acm-pca:CreateCertificateAuthorityAuditReport": 1.0},
        "refusal_code": "RequestInProgressException",
        "bucket_refusal": "later",
        "require_caller_write": False,
    }
    status, body = ask(emulator, "POST", "settings", settings)
    assert status == 200
    assert settings.items() <= body.items()


def test_faults_are_added_and_reset() -> None:
    emulator = Emulator()
    fault = {"operation": LIST, "count": 3, "error": "ThrottlingException"}
    assert ask(emulator, "POST", "faults", fault) == (200, {"faults": [fault]})
    assert ask(emulator, "GET", "faults") == (200, {"faults": [fault]})
    assert ask(emulator, "POST", "reset") == (200, {})
    assert ask(emulator, "GET", "faults") == (200, {"faults": []})


def counting() -> Emulator:
    emulator = Emulator()
    for account, name in [("111111111111", "ListTags"), ("222222222222", "ListTags"), ("222222222222", "GetPolicy")]:
        emulator.pass_on(Call("acm-pca", name, "us-east-1", "A", forced_account=account), lambda: None)
    return emulator


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("", 200, {"acm-pca:GetPolicy": 1, "acm-pca:ListTags": 2}),
        (
            "by=account",
            200,
            {"111111111111": {"acm-pca:ListTags": 1}, "222222222222": {"acm-pca:GetPolicy": 1, "acm-pca:ListTags": 1}},
        ),
        ("by=region", 400, {"error": "by is 'region', but has to be one of account."}),
        ("by=", 400, {"error": "by is '', but has to be one of account."}),
        ("for=me", 400, {"error": "'for' is not known to calls, which accepts by."}),
    ],
)
def test_calls_by_account(query: str, status: int, expected: Any) -> None:
    reply = answer(counting(), "GET", "/_emulator/calls", b"", query)
    assert (reply.status, reply.body) == (status, expected)


def test_reset_keeps_settings_and_seed() -> None:
    emulator = Emulator()
    emulator.seeded = {"accounts": []}
    emulator.configure(report_seconds=9)
    ask(emulator, "POST", "reset", {})
    assert emulator.settings.report_seconds == 9
    assert ask(emulator, "GET", "seed") == (200, {"accounts": []})


def test_advance_without_reports() -> None:
    assert ask(Emulator(), "POST", "advance", {"seconds": 1800}) == (200, {"seconds": 1800, "reports": 0})


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("settings", {"report_second": 1}, "'report_second' is not known to settings"),
        ("settings", {"report_seconds": "x"}, "report_seconds is 'x', but has to be a number of 0 or more."),
        ("settings", [1], "has to be a JSON object, but is [1]"),
        ("advance", {}, "seconds is missing"),
        ("advance", {"seconds": -5}, "seconds is -5, but has to be a number above 0."),
        ("advance", {"seconds": "10"}, "seconds is '10'"),
        ("advance", {"seconds": 10, "unit": "h"}, "'unit' is not known to advance, which accepts seconds."),
        ("faults", {"operation": LIST, "eror": "X"}, "'eror' is not known to a fault"),
        ("faults", {"error": "X"}, "operation is missing"),
        ("faults", None, "operation is missing"),
        ("reset", {"faults": True}, "'faults' is not known to reset, which accepts nothing."),
    ],
)
def test_bad_input_is_refused_with_a_sentence(name: str, body: Any, sentence: str) -> None:
    status, reply = ask(Emulator(), "POST", name, body)
    assert status == 400
    assert sentence in reply["error"]


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"report_seconds=2"])
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    reply = answer(Emulator(), "POST", "/_emulator/settings", raw)
    assert reply.status == 400
    assert "is not JSON at all" in reply.body["error"]


@pytest.mark.parametrize(("method", "name"), [("GET", "advance"), ("POST", "calls"), ("DELETE", "settings")])
def test_wrong_method(method: str, name: str) -> None:
    status, reply = ask(Emulator(), method, name)
    assert status == 405
    assert f"not {method}" in reply["error"]


def test_unknown_endpoint_says_which_there_are() -> None:
    status, reply = ask(Emulator(), "GET", "nothing")
    assert status == 404
    assert "/_emulator/settings" in reply["error"]


def test_over_http(server: Server) -> None:
    assert server.request("POST", "settings", {"report_interval": 1800})[1]["report_interval"] == 1800
    assert server.request("GET", "calls") == (200, {})
    assert server.request("GET", "calls?by=account") == (200, {})
    assert server.request("GET", "calls?by=x")[0] == 400
    assert server.request("POST", "reset") == (200, {})
    assert server.request("GET", "seed") == (200, {})
    status, reply = server.request("POST", "faults", {"operation": "s3:Nothing", "error": "X"})
    assert status == 400
    assert "s3 has no operation 'Nothing'" in reply["error"]
    status, reply = server.request("POST", "settings", "{")
    assert (status, set(reply)) == (400, {"error"})
