# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter audit_summary_html: the document of audit_summary as a page. Documented in audit_summary_html.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._page.page import TITLE, summary_page
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.files import loaded
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data

NAME = "cloudpki.aws.audit_summary_html"


def audit_summary_html(document: t.Any, title: t.Any = TITLE) -> t.Any:
    """Render the page. :raises AnsibleFilterError: a sentence about what was given."""
    if not isinstance(title, str) or not title.strip():
        raise AnsibleFilterError(f"{NAME}: title must be a non-empty string.")
    try:
        return as_data(summary_page(loaded(document), title))
    except SummaryError as e:
        raise AnsibleFilterError(f"{NAME}: {e}") from e


class FilterModule:
    """Ansible's filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """By name."""
        return {"audit_summary_html": audit_summary_html}
