# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet that is audited: which accounts and CAs there are, and what they are called. Pure, and alike everywhere."""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"
BUCKET = "example-corp-pca-audit-reports"

# The account that everything is run from, and to which all credentials belong that the stub has not handed out.
HUB = "999999999999"

# The organizational units that the accounts are in.
UNITS = 50


def account_id(number: int) -> str:
    """The account of this number, from 0."""
    return f"{100_000_000_000 + number:012d}"


def role_arn(account: str) -> str:
    """The role that audits an account."""
    return f"arn:aws:iam::{account}:role/Audit"


def ca_id(account: str, number: int) -> str:
    """The id of an account's CA of this number, from 0: a UUID that tells the account and the number."""
    return f"{account[:8]}-{account[8:]}-4000-8000-{number:012d}"


def ca_arn(account: str, number: int, region: str = REGION) -> str:
    """The ARN of an account's CA."""
    return f"arn:aws:acm-pca:{region}:{account}:certificate-authority/{ca_id(account, number)}"


def account(number: int) -> dict[str, object]:
    """The account of this number, as AWS Organizations returns it: in one of fifty organizational units."""
    own = account_id(number)
    return {
        "Id": own,
        "Arn": f"arn:aws:organizations::{HUB}:account/o-example1234/{own}",
        "Email": f"aws+{own}@example.com",
        "Name": f"Account {number}",
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": 1_700_000_000.0,
        "Paths": [f"o-example1234/r-abcd/ou-abcd-000000{number % UNITS:02d}/{own}/"],
    }


@dataclass(frozen=True)
class Fleet:
    """So many accounts with so many CAs each."""

    accounts: int
    cas: int = 1

    def account_ids(self) -> list[str]:
        """The accounts, in order."""
        return [account_id(number) for number in range(self.accounts)]

    def arns(self) -> list[str]:
        """The CAs, in order."""
        return [ca_arn(account, number) for account in self.account_ids() for number in range(self.cas)]

    def roles(self) -> list[str]:
        """The roles, one per account, in order."""
        return [role_arn(account) for account in self.account_ids()]

    @property
    def size(self) -> int:
        """How many CAs there are."""
        return self.accounts * self.cas
