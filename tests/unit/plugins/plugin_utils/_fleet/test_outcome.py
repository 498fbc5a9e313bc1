# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.cloudpki.aws.plugins.plugin_utils._fleet.outcome import account_lines, outcome_of, progress_of

CA = "arn:aws:acm-pca:eu-central-1:{}:certificate-authority/{}"


def entry(action: str, account: str = "111111111111", number: int = 1, **more: t.Any) -> dict[str, t.Any]:
    place = {"certificate_authority_arn": CA.format(account, number), "account_id": account, "region": "eu-central-1"}
    return {**place, "action": action, **more}


def result(*entries: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    return {"audit_reports": list(entries), "summary": {"accounts": 1}, "changed": False, **more}


def test_progress_in_a_few_words() -> None:
    entries = [entry("reused")] * 97 + [entry("created")] * 2 + [entry("failed")]
    assert progress_of(result(*entries)) == "97 reused, 2 created, 1 failed"


def test_progress_of_accounts_without_cas_and_of_nothing() -> None:
    assert progress_of(result()) == "no private CA"
    assert progress_of({"msg": "The bucket is not there.", "failed": False}) == "failed"
    assert progress_of({"skipped": True}) == "nothing done"


def test_failures_are_a_line_each_and_the_same_one_is_told_once() -> None:
    trouble = entry("failed", number=2, error={"code": "X", "message": "It is\nin the \x1b[31mwrong status."})
    account = {"certificate_authority_arn": None, "account_id": "222222222222", "region": None, "action": "failed"}
    bucket = {"msg": "The bucket is not there.", "failed": False}
    outcome = outcome_of(
        [result(trouble, entry("reused")), bucket, result({**account, "error": {"message": "No entry."}}), bucket]
    )
    assert outcome["failures"] == [
        "222222222222: No entry.",
        f"{CA.format('111111111111', 2)}: It is in the [31mwrong status.",
        "The bucket is not there.",
    ]


def test_counts_of_all_batches() -> None:
    outcome = outcome_of(
        [result(entry("created"), changed=True), result(entry("reused", number=2), entry("skipped", number=0))]
    )
    assert outcome["changed"] is True
    assert outcome["summary"] == {
        "created": 1,
        "reused": 1,
        "pending": 0,
        "skipped": 1,
        "failed": 0,
        "certificate_authorities": 3,
        "accounts": 2,
    }
    assert [each["action"] for each in outcome["audit_reports"]] == ["skipped", "created", "reused"]


def test_a_failure_without_words_is_still_one() -> None:
    nowhere = {"certificate_authority_arn": None, "account_id": None, "region": "eu-central-1", "action": "failed"}
    assert outcome_of([result(nowhere), {}])["failures"] == ["eu-central-1: failed", "It failed without a message."]


def test_a_line_for_each_account() -> None:
    lines = account_lines([entry("reused"), entry("created", number=2), entry("failed", "222222222222")])
    assert lines == ["111111111111: 1 reused, 1 created (eu-central-1)", "222222222222: 1 failed (eu-central-1)"]
