# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: reading audit reports.

How the data flows::

    options            -> what the task asks for             (pure)
    targets            -> which certificate authorities
    locator            -> the report of each, and an earlier one                  (reads S3)
    download, reader   -> its rows, in blocks    (fast_parser; strictly: json_parser, csv_parser)
    reading            -> what is asked of them: counts, changes; search: conditions, rules, replacements
    certificates_file  -> a file on this host       (csv_file; parquet_file, of certificate_columns)
    dataset            -> a file in the bucket                   (parquet_file, of certificate_columns)
    results            -> one entry per report, findings and a summary (pure)

``run`` joins them. However large a report is, memory does not grow with it (``memory``).
"""
