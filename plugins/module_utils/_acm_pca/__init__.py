# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: everything that talks to AWS Private CA or decides about it.

Nothing outside this collection may import from here; names and behaviour change without notice.

How the data flows, one file a step, no step calling back into an earlier one::

    options, selection -> what the task asks for            (pure)
    targets            -> which certificate authorities     (reads sts and acm-pca)
    tracking           -> the last report known of each     (reads S3, through bucket and record)
    plan               -> reuse, wait, create or refuse     (pure; planning asks it)
    reporting          -> request and follow the reports    (writes acm-pca and the record)
    results            -> one entry per CA and a summary    (pure)

And for reading them::

    report_options -> what the task asks for                (pure)
    targets        -> which certificate authorities
    report_finding -> the report of each, and an earlier one (reads S3)
    report_reader  -> its rows, in blocks                    (fast: report_fast; strictly: report_json, report_csv)
    report_summary, report_changes, report_replacements, certificate_filter -> what they come to (pure)
    report_results -> one entry per report and a summary     (pure)

``report_info`` joins those, and ``audit`` the ones above. Each CA goes its own way through them, as jobs (``jobs``)
that take their turns in ``rounds`` at the pace of ``quotas``, so that thousands overlap with few threads. ``models``
holds what travels between them; ``authorities``, ``reports`` and ``bucket`` make the calls, with the botocore clients
of ``clients``, signed by whose turn it is (``credentials``); ``errors`` and ``advice`` turn what AWS refuses into
sentences.
"""
