# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A summary document, read back where a playbook passes it on. Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime

from .input import Entry, SummaryError, entries_of


def rows_of_summary(summary: t.Any) -> list[Entry]:
    """The CAs of a document. :raises SummaryError: if it is none"""
    if not isinstance(summary, t.Mapping) or "certificate_authorities" not in summary:
        raise SummaryError("summary is not what the filter cloudpki.aws.audit_summary makes.")
    return entries_of(summary["certificate_authorities"], "summary.certificate_authorities")


def time_of_summary(summary: t.Mapping[str, t.Any]) -> datetime:
    """When it was made. :raises SummaryError: where it does not say so"""
    time = Entry(summary, "summary").time("generated_at")
    if time is None:
        raise SummaryError("summary.generated_at is missing.")
    return time
