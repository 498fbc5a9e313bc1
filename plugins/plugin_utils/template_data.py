# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text made by filters is data, never a template. This is the only place that knows how ansible-core is told so."""

from __future__ import annotations

import importlib
import typing as t

from ansible import template


def as_data(value: t.Any) -> t.Any:
    """The same value, whose texts no version of ansible-core takes for templates."""
    # From ansible-core 2.19 on, text is data unless somebody vouches for it. What marked it before goes away in 2.23.
    if hasattr(template, "trust_as_template"):
        return value
    return importlib.import_module("ansible.utils.unsafe_proxy").wrap_var(value)
