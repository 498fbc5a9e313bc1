# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings for the documentation site. tests/tools/build_site.py writes the pages that it makes."""

from __future__ import annotations

import typing as t

from docutils import nodes

project = "cloudpki.aws"
copyright = "Contributors to the cloudpki.aws project"
title = html_title = html_short_title = "cloudpki.aws"
extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "yaml+jinja"
html_theme = "sphinx_ansible_theme"
html_theme_options = {"display_version": False}
html_show_sphinx = False
html_copy_source = False
nitpicky = True

_ANSIBLE = "https://docs.ansible.com/ansible/latest"
_PAGES = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}


def _address(kind: str, target: str) -> str | None:
    """Where Ansible's own site describes something, or None if it is nothing of Ansible's."""
    if kind == "envvar" and target.startswith("ANSIBLE_"):
        return f"{_ANSIBLE}/reference_appendices/config.html#envvar-{target}"
    if kind == "ref" and target in _PAGES:
        return f"{_ANSIBLE}/{_PAGES[target]}"
    parts = target.split(".")
    if kind == "ref" and len(parts) == 4 and parts[0] == "ansible_collections" and parts[1] != "cloudpki":
        return f"{_ANSIBLE}/collections/{'/'.join(parts[1:])}.html"
    return None


def _link(_app: object, _environment: object, node: t.Any, content: nodes.Node) -> nodes.Node | None:
    # Instead of intersphinx, which downloads an inventory for each build.
    address = _address(node["reftype"], node["reftarget"])
    return nodes.reference("", "", content, refuri=address, internal=False) if address else None


def setup(app: t.Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("missing-reference", _link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
