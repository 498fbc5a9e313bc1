# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say which certificate authorities a task is about, alike in every module."""

    DOCUMENTATION = r"""
options:
  certificate_authority_arn:
    description:
      - The ARNs of the certificate authorities (CAs) that the task is about, in any region of the partition.
      - Each is served by the account that its ARN names, which is one of O(accounts), or without that the account of
        the task's own credentials. A CA that others share by AWS RAM is served by the account that owns it.
      - When the option is left out, every CA that the accounts own in O(regions) is in scope.
      - An empty list is refused, so that an empty variable never means every CA.
    type: list
    elements: str
    aliases:
      - certificate_authority_arns
  accounts:
    version_added: 0.2.0
    description:
      - The accounts to work in, all at the same time. Each role is assumed once, with the task's own credentials, and
        again when its session is about to expire. The roles are used for AWS Private CA alone.
      - An account that cannot be entered fails by itself, and does not stop the others.
      - An account and region that is listed twice is looked at once, by the first entry. A CA is never dealt with
        twice.
      - When the option is left out, the account of the task's own credentials is the only one. Otherwise it takes
        part only if it is listed, as an entry without O(accounts[].role_arn).
      - An empty list is refused.
    type: list
    elements: dict
    suboptions:
      role_arn:
        description: The role to assume in the account. Left out, the account of the task's own credentials is meant.
        type: str
      external_id:
        description: The external ID that the trust policy of the role asks for.
        type: str
      role_session_name:
        description: The name of the session, which CloudTrail shows in the account.
        type: str
        default: cloudpki-aws
      duration_seconds:
        description:
          - For how long the session of the role lasts, V(900) to V(43200), and not longer than the role allows. A
            task that takes longer renews it.
          - AWS allows at most V(3600) where the task's own credentials are those of an assumed role.
        type: int
        default: 3600
      regions:
        description: The regions to look at in this account, instead of O(regions).
        type: list
        elements: str
  regions:
    version_added: 0.2.0
    description:
      - The regions in which CAs are discovered. When the option is left out, that is O(region).
      - V(all) is every region of the partition that offers AWS Private CA, as far as the installed botocore knows.
        Those that an account has not enabled are skipped. A region that is named and that the account has not enabled
        fails.
      - An empty list is refused. With O(certificate_authority_arn), the ARNs name the regions.
    type: list
    elements: str
  concurrency:
    description:
      - How many AWS requests are in flight at the same time at most, V(1) to V(256), over all accounts and regions.
      - There is a thread for each, and none for anything that waits.
    type: int
    default: 32
"""
