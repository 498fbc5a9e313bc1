# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text made by filters is data, never a template. This is the only place that knows how ansible-core is told so."""

from __future__ import annotations

import typing as t

from ansible import template

# From ansible-core 2.19 on, text is data unless somebody vouches for it. What marked it as data before goes away in 2.23.
_mark: t.Callable[[t.Any], t.Any] | None = None
if not hasattr(template, "trust_as_template"):
    from ansible.utils.unsafe_proxy import wrap_var as _mark


def as_data(value: t.Any) -> t.Any:
    """The same value, whose texts no version of ansible-core takes for templates."""
    return value if _mark is None else _mark(value)
