# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: reaching AWS. Knows nothing of Private CA.

``clients`` makes botocore's clients from the task's options, and ``credentials`` says who signs a request;
``errors`` is the one exception type; ``scheduler`` runs many requests at once at the pace that the service takes;
``messages`` says much in few words.
"""
