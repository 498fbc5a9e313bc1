# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local AWX: as much of the REST API of AWX 24.6.1 as the modules of awx.awx use to set up jobs. It runs no jobs.

`models.py` says what there is, `store.py` keeps it, with AWX's rules, `server.py` speaks HTTP. What AWX does is taken
from its sources (awx/api/serializers.py, awx/api/views, awx/main/models), by reading.
"""
