# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: making audit reports.

How the data flows, one file a step, no step calling back into an earlier one::

    options            -> what the task asks for             (pure)
    targets            -> which certificate authorities      (reads sts and acm-pca)
    tracking           -> the last report known of each      (reads S3)
    plan               -> reuse, wait, create or refuse      (pure; plan_job asks it)
    report_job         -> request and follow the reports     (writes acm-pca and the record)
    archive_job        -> a copy in the archive, if wanted   (writes S3)
    results            -> one entry per CA and a summary     (pure)

``run`` joins them. Each CA goes its own way, as jobs (``jobs``) that the scheduler runs at the pace of the quotas, so
that thousands overlap with few threads.
"""
