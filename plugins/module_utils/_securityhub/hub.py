# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security Hub of an account in a region: its findings are looked up here, and sent from here."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import paginated_query_with_retries

from .._aws.clients import retry_of
from .._aws.errors import AWSError, Problem, aws_errors
from .advice import explain, explain_finding, explain_size
from .asff import ACTIVE, SERVICE, Asff, Hub

# https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
_MOST_AT_ONCE = 100
_LARGEST_BATCH = 6_000_000
# "240 Kb": https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
_LARGEST_FINDING = 240_000


class SecurityHub:
    """:param client: of Security Hub, whose calls take ``aws_retry=True``."""

    def __init__(self, client: t.Any, hub: Hub) -> None:
        self._client = client
        self._hub = hub

    @aws_errors("look up the findings in Security Hub")
    def active_findings(self, generator_id: str) -> dict[str, Asff]:
        """By id: the findings of a generator that are not in the archive.

        :raises AWSError: where they cannot be looked up.
        """
        # The administrator of an organization sees those of its members as well, and of other regions.
        wanted = {
            "ProductArn": self._hub.product_arn,
            "AwsAccountId": self._hub.account_id,
            "Region": self._hub.region,
            "GeneratorId": generator_id,
            "RecordState": ACTIVE,
        }
        filters = {name: [{"Comparison": "EQUALS", "Value": value}] for name, value in wanted.items()}
        answer = paginated_query_with_retries(
            self._client, "get_findings", retry_of(SERVICE), Filters=filters, MaxResults=_MOST_AT_ONCE
        )
        return {finding["Id"]: finding for finding in answer["Findings"]}

    def import_findings(self, findings: t.Sequence[Asff]) -> dict[str, Problem]:
        """Create or update findings, many with one request. By id: what went wrong with it."""
        sizes = [(finding, len(json.dumps(finding))) for finding in findings]
        too_large = explain_size(_LARGEST_FINDING)
        problems = {str(finding["Id"]): too_large for finding, size in sizes if size > _LARGEST_FINDING}
        batches = list(_batches([(finding, size) for finding, size in sizes if size <= _LARGEST_FINDING]))
        for number, batch in enumerate(batches):
            try:
                problems.update(self._import(batch))
            except AWSError as e:
                # Nobody knows whether the others would fare better, and each attempt repeats for a while.
                problem = explain(e, self._hub)
                for left in batches[number:]:
                    problems.update((str(finding["Id"]), problem) for finding in left)
                break
        return problems

    @aws_errors("send findings to Security Hub")
    def _import(self, batch: t.Sequence[Asff]) -> dict[str, Problem]:
        answer = self._client.batch_import_findings(Findings=list(batch), aws_retry=True)
        return {
            each["Id"]: explain_finding(each["ErrorCode"], each["ErrorMessage"], self._hub)
            for each in answer["FailedFindings"]
        }


def _batches(findings: t.Sequence[tuple[Asff, int]]) -> t.Iterator[list[Asff]]:
    """:param findings: each with its size."""
    batch: list[Asff] = []
    size = 0
    for finding, length in findings:
        if batch and (len(batch) == _MOST_AT_ONCE or size + length > _LARGEST_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(finding)
        size += length
    if batch:
        yield batch
