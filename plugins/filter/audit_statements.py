# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_statements
short_description: Generate the policy statements of a bucket for audit reports
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Generates the statements for the bucket policy and for the policy of its KMS key. Merge them into the policies with
    P(cloudpki.aws.merge_policy#filter).
  - The statements only allow access to C(audit-report/*), C(acm-pca-permission-test-key*) and C(audit-report-tracking/*).
positional: _input
options:
  _input:
    description: The name of the bucket.
    type: str
    required: true
  partition:
    description: The AWS partition of the bucket.
    type: str
    default: aws
  account_ids:
    description: The IDs of the accounts whose CAs may write reports to the bucket.
    type: list
    elements: str
    default: []
  certificate_authority_arns:
    description: ARNs of CAs. If not empty, only the reports of these CAs may be written to the bucket.
    type: list
    elements: str
    default: []
  organization_id:
    description:
      - The ID of an AWS Organization whose CAs may write reports to the bucket, instead of O(account_ids).
      - AWS does not state that Private CA sends C(aws:SourceOrgID), so try it with one CA first.
    type: str
    default: ""
  hub_principals:
    description: ARNs of the principals that read the reports and keep the tracking records.
    type: list
    elements: str
    required: true
  member_roles:
    description:
      - ARNs of roles that may also write reports. If empty, only the service may write reports.
      - With O(organization_id), the items are patterns of ARNs.
    type: list
    elements: str
    default: []
  bucket_key:
    description: Whether the bucket uses an S3 bucket key, which changes the KMS encryption context.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show the statements for two accounts
  ansible.builtin.debug:
    msg: "{{ statements.bucket.statements }}"
  vars:
    statements: >-
      {{ 'example-corp-pca-audit-reports' | cloudpki.aws.audit_statements(
         account_ids=['111122223333', '444455556666'], hub_principals=['arn:aws:iam::111122223333:root']) }}
"""

RETURN = r"""
_value:
  description:
    - The statements for the policies of the C(bucket) and the C(key). Each has C(statements), and in C(remove) the IDs of statements that these options
      do not require, but that an earlier run might have added.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket_statements import (
    BUCKET_SIDS,
    KEY_SIDS,
    Access,
    Statement,
    bucket_statements,
    key_statements,
)


def audit_statements(
    bucket: str,
    *,
    hub_principals: t.Sequence[str],
    partition: str = "aws",
    account_ids: t.Sequence[str] = (),
    certificate_authority_arns: t.Sequence[str] = (),
    organization_id: str = "",
    member_roles: t.Sequence[str] = (),
    bucket_key: bool = False,
) -> dict[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    if not organization_id and not account_ids:
        raise AnsibleFilterError(
            "Neither account_ids nor an organization_id was given, so nobody could use the bucket."
        )
    access = Access(
        bucket=bucket,
        partition=partition,
        account_ids=tuple(account_ids),
        hub_principals=tuple(hub_principals),
        certificate_authority_arns=tuple(certificate_authority_arns),
        organization_id=organization_id,
        member_roles=tuple(member_roles),
        bucket_key=bucket_key,
    )
    return {
        "bucket": _with_unused(bucket_statements(access), BUCKET_SIDS),
        "key": _with_unused(key_statements(access), KEY_SIDS),
    }


def _with_unused(statements: list[Statement], sids: t.Sequence[str]) -> dict[str, t.Any]:
    used = [statement["Sid"] for statement in statements]
    return {"statements": statements, "remove": [sid for sid in sids if sid not in used]}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_statements": audit_statements}
