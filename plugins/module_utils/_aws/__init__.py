# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to cloudpki.aws: reaching AWS. Knows nothing of Private CA.

``module`` runs a module: it connects and reports an ``outcome``. ``clients`` makes botocore's clients from the task's
options, and ``credentials`` says who signs a request for which of the ``accounts``; ``scheduler`` runs many requests at
once at the pace that services take. ``errors`` is the one exception type, and ``advice`` says what to do about it.
``messages``, ``text``, ``times`` and ``options`` are small things that all modules share.
"""
