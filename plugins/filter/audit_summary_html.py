# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_summary_html
short_description: The summary of a run as an HTML page
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Makes one page of a document of P(cloudpki.aws.audit_summary#filter), for people. It needs no network, and no script to be read.
  - Text from certificates and accounts is escaped; signs in it that cannot be seen are made visible.
positional: _input
options:
  _input:
    description: The document.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the page
  ansible.builtin.copy:
    dest: audit.html
    mode: "0644"
    content: "{{ audit.audit_reports | cloudpki.aws.audit_summary(contents=inside.audit_reports) | cloudpki.aws.audit_summary_html }}"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils.fleet_summary import SCHEMA_VERSION
from ansible_collections.cloudpki.aws.plugins.plugin_utils.summary_page import summary_page


def audit_summary_html(document: t.Mapping[str, t.Any]) -> str:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    if not isinstance(document, t.Mapping) or document.get("schema_version") != SCHEMA_VERSION:
        raise AnsibleFilterError(
            f"This is no document of cloudpki.aws.audit_summary with the schema_version {SCHEMA_VERSION}, so no page can be made."
        )
    try:
        return summary_page(document)
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        raise AnsibleFilterError(
            f"The document is not as cloudpki.aws.audit_summary makes it, so no page can be made: {type(e).__name__}: {e}. "
            "Give the document of that filter, unchanged."
        ) from None  # Ansible would add the cause to the sentence, which has it already.


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_summary_html": audit_summary_html}
