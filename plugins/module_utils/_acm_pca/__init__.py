# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: what AWS Private CA is. Nothing outside this collection may import from here.

``selection`` reads which CAs a task is about, ``targets`` finds them over accounts and regions, and ``authorities``
asks about one; ``report_bucket`` and ``tracking_record`` are where reports and what is known of them lie; ``quotas``
says how often the service may be asked; ``advice`` turns what AWS refuses into sentences. Two rooms stand on it:
``audit`` makes reports, ``contents`` reads them. They know nothing of each other.
"""
