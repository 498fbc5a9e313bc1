# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: the bucket that audit reports are written to, and its KMS key.

How the data flows::

    options            -> what the task asks for                         (pure)
    state              -> the bucket and its key as they are             (reads S3 and KMS)
    plan               -> what has to change, or why nothing may         (pure)
      settings, lifecycle, keys      the bucket's settings, and keys that it can be encrypted with
      policies, denials              statements merged, and statements of others that stop AWS Private CA
    apply              -> the changes, in an order in which a failure leaves nothing open

``run`` joins them.
"""
