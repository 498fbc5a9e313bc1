# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the local AWX: ``python tests/awx/serve.py --port 0``. Python puts the folder of a script first on sys.path."""

from __future__ import annotations

import sys

from local_awx.server import main

if __name__ == "__main__":
    sys.exit(main())
