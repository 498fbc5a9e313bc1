# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: findings in AWS Security Hub.

How the data flows, one file a step, no step calling back into an earlier one::

    options -> the findings that the task asks for                          (pure)
    hub     -> the findings that are there                                  (reads securityhub)
    plan    -> create, update, refresh or archive, in the form of asff      (pure)
    hub     -> the changes                                                  (writes securityhub)

``run`` joins the steps.
"""
