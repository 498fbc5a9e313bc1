# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS regions: which of them an account has to enable, and reading options that name them. Pure."""

from __future__ import annotations

import fnmatch
import re

from .errors import InvalidOption
from .options import Partitions
from .text import quoted

ALL_REGIONS = "all"

_EXCLUDED = "!"
_WILDCARDS = re.compile(r"[*?[]")

# Regions of the partition aws that were launched before 20 March 2019, which no account can disable. The list is
# complete for ever: every region since then is an opt-in region, so a new one needs no change here.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
DEFAULT_REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)


def is_opt_in(region: str, partition: str = "aws") -> bool:
    """Whether accounts have to enable a region. Other partitions than ``aws`` have no such regions."""
    return partition == "aws" and region not in DEFAULT_REGIONS


def read_regions(
    option: str, given: list[str] | None, *, service: str, partition: str, partitions: Partitions
) -> dict[str, bool] | None:
    """The regions in the order given, and of each whether it was named (and not only comprised in all or a pattern).

    Exclusions count wherever they stand in the list. Alone, they are exclusions from all. What can only be a mistake is
    refused: a pattern that matches nothing, and a region that is both named and excluded.

    :param option: the name of the option, for messages.
    :param service: what the regions have to offer, as boto3 names it.
    :returns: None where the option is left out.
    :raises InvalidOption: for the first entry that cannot be used.
    """
    if given is None:
        return None
    if not given:
        raise InvalidOption(
            f"{option}: the list is empty; name at least one region, give {ALL_REGIONS}, or leave the option out."
        )
    offered = partitions.regions_of(service, partition)

    def meant(entry: str, text: str) -> dict[str, bool]:
        if text == ALL_REGIONS:
            return dict.fromkeys(offered, False)
        if _WILDCARDS.search(text):
            found = [name for name in offered if fnmatch.fnmatchcase(name, text)]
            if not found:
                raise InvalidOption(
                    f"{option}: {quoted(entry)} matches none of the {len(offered)} regions of the partition "
                    f"'{partition}' that this botocore knows to offer {service}; correct the pattern, or update "
                    "botocore."
                )
            return dict.fromkeys(found, False)
        _check_partition(option, text, partition, partitions)
        return {text: True}

    included = [entry for entry in given if not entry.startswith(_EXCLUDED)] or [ALL_REGIONS]
    excluded: dict[str, str] = {}
    for entry in given:
        if entry.startswith(_EXCLUDED):
            excluded.update(dict.fromkeys(meant(entry, entry[len(_EXCLUDED) :]), entry))
    regions: dict[str, bool] = {}
    for entry in included:
        for name, named in meant(entry, entry).items():
            regions[name] = regions.get(name, False) or named
    for name, entry in excluded.items():
        if regions.pop(name, False):
            raise InvalidOption(
                f"{option}: {quoted(name)} is named and also excluded, by {quoted(entry)}; remove one of the two."
            )
    if not regions:
        raise InvalidOption(f"{option}: the exclusions leave no region; remove one of them.")
    return regions


def partition_of_region(option: str, region: str, partitions: Partitions) -> str:
    """The partition of a region that an option names.

    :raises InvalidOption: if there is no such region.
    """
    partition = partitions.partition_of(region)
    # botocore would take a line break at the end for part of the name, and put it into a header.
    if partition is None or not re.fullmatch(r"[a-z0-9-]+", region):
        more = (
            f", {ALL_REGIONS}, a pattern such as eu-*, or an exclusion such as !sa-east-1" if option != "region" else ""
        )
        raise InvalidOption(f"{option}: {quoted(region)} is not an AWS region; give one such as us-east-1{more}.")
    return partition


def _check_partition(option: str, name: str, partition: str, partitions: Partitions) -> None:
    found = partition_of_region(option, name, partitions)
    if found != partition:
        raise InvalidOption(
            f"{option}: '{name}' is in the partition '{found}', but this task works in '{partition}'; credentials "
            "of one partition are not valid in another, so look at each partition in a task of its own."
        )
