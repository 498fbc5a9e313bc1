# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often AWS Private CA may be asked, in each account and region."""

from __future__ import annotations

from .._aws.scheduler import Pace

ASSUME = "assume"
LIST_AUTHORITIES = "list authorities"
DESCRIBE_AUTHORITY = "describe authority"
LIST_TAGS = "list tags"
CREATE_REPORT = "create report"
DESCRIBE_REPORT = "describe report"

# The service takes 1 request for a report and 20 of the others per second, account and region; not adjustable. A little
# more than a second lies between two requests for reports, since not all of them take equally long to arrive.
# https://docs.aws.amazon.com/general/latest/gr/pca.html
PACES = {
    # No quota: those who need a role that is being assumed wait for it outside the threads.
    ASSUME: Pace(0.0, serial=True),
    LIST_AUTHORITIES: Pace(0.05),
    DESCRIBE_AUTHORITY: Pace(0.05),
    LIST_TAGS: Pace(0.05),
    CREATE_REPORT: Pace(1.02, serial=True),
    DESCRIBE_REPORT: Pace(0.05),
}
