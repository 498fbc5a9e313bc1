# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that select certificate authorities, which are the same in every module."""

    DOCUMENTATION = r"""
options:
  certificate_authority_arn:
    description:
      - The ARNs of the certificate authorities (CAs) in scope, in any region of the partition.
      - Each CA is accessed in the account that its ARN contains, which is one of O(accounts), or if that option is
        omitted, the account of the task's own credentials. A CA that is shared through AWS RAM is accessed in the
        account that owns it.
      - If omitted, every CA that the accounts own in O(regions) is in scope.
      - The list must not be empty, so that an empty variable does not select every CA.
    type: list
    elements: str
    aliases:
      - certificate_authority_arns
  accounts:
    version_added: 0.2.0
    description:
      - The accounts in scope, which are processed in parallel. Each role is assumed once with the task's own
        credentials, and again when its session is about to expire. The roles are only used for AWS Private CA.
      - If the role in an account cannot be assumed, this account fails and the others continue.
      - If an account and region is listed twice, only the first entry is used. A CA is never processed twice.
      - If omitted, only the account of the task's own credentials is in scope. Otherwise that account is in scope only
        if the list contains its ID, or an entry without O(accounts[].role_arn) and O(accounts[].account_id).
      - The list must not be empty.
    type: list
    elements: dict
    suboptions:
      role_arn:
        description:
          - The ARN of the role to assume.
          - If this and O(accounts[].account_id) are omitted, the entry is the account of the task's own credentials.
        type: str
      account_id:
        version_added: 0.9.0
        description:
          - The ID of the account, 12 digits in quotes. The role to assume has the name O(role_name).
          - No role is assumed in the account of the task's own credentials. To determine which account this is, the
            module sends one request to STS, which requires no permission.
          - If O(accounts[].role_arn) is also given, it must be a role in this account, and is assumed in any case.
        type: str
      name:
        version_added: 0.9.0
        description:
          - A name for the account, which can be any text. The results contain it as C(account_name) next to
            C(account_id). It has no other effect.
        type: str
      external_id:
        description: The external ID that the trust policy of the role requires, instead of O(external_id).
        type: str
      role_session_name:
        description: The name of the session, which CloudTrail records in the account.
        type: str
        default: cloudpki-aws
      duration_seconds:
        description:
          - The duration of the session in seconds, between V(900) and V(43200), up to the maximum that the role allows.
            A task that takes longer renews the session.
          - AWS allows at most V(3600) if the task's own credentials are those of an assumed role.
        type: int
        default: 3600
      regions:
        description: The regions in which to discover CAs of this account, instead of O(regions), in the same format.
        type: list
        elements: str
  role_name:
    version_added: 0.9.0
    description:
      - The name of the role to assume in accounts that are listed by O(accounts[].account_id), including its path if it
        has one. Requires O(accounts).
    type: str
  external_id:
    version_added: 0.9.0
    description:
      - The external ID for all roles in O(accounts) whose entries have no O(accounts[].external_id). Requires
        O(accounts).
    type: str
  regions:
    version_added: 0.2.0
    description:
      - The regions in which to discover CAs. If omitted, this is O(region).
      - The items are names of regions, V(all), shell-style patterns such as V(eu-*), and exclusions such as
        V(!sa-east-1) or V(!me-*). Put patterns and exclusions in quotes, because C(*) and C(!) have a meaning in YAML.
      - V(all) is every region of the partition that offers AWS Private CA according to the installed botocore. A
        pattern selects the regions among them that it matches, and must match at least one.
      - Exclusions apply to the whole list, whatever their position. A list that only contains exclusions excludes them
        from V(all). A region that is both named and excluded is an error.
      - A region that V(all) or a pattern selected is skipped if the account has not enabled it, or if a policy of the
        organization denies it. RV(regions_skipped) lists the skipped regions. A region that is listed by name fails
        instead. An account fails if the organization denies it every region in scope.
      - Regions that an account has to enable also refuse session tokens that the global endpoint of STS issued
        (version 1), even if they are enabled. If the task's own session is refused, the permission
        C(account:ListRegions) is required to determine whether a region is enabled. Without it, the region is skipped
        with a warning. An enabled region fails. The module assumes the roles of O(accounts) at a regional endpoint, so
        they do not need this permission.
      - The list must not be empty. With O(certificate_authority_arn), the ARNs determine the regions.
    type: list
    elements: str
  concurrency:
    description:
      - The maximum number of concurrent AWS requests over all accounts and regions, between V(1) and V(256).
      - The module uses one thread for each concurrent request, and none while it waits for reports.
    type: int
    default: 32
"""
