# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at the summary page: writes it, its document and pictures of it to build/summary-page/."""

from __future__ import annotations

import json

from ansible_collections.cloudpki.aws.plugins.plugin_utils._page.page import summary_page
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from chromium import Browser, find_chromium
from project import BUILD, main_of_tool
from sample_fleet import NOW, sample_fleet


def main(_arguments: list[str]) -> int:
    """Write everything."""
    folder = BUILD / "summary-page"
    folder.mkdir(parents=True, exist_ok=True)
    document = fleet_document(**sample_fleet().arguments(), now=NOW)
    page = folder / "summary.html"
    page.write_text(summary_page(document), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    with Browser(find_chromium()) as browser:
        for width in (1280, 400):
            for scheme in ("light", "dark"):
                browser.open(page, width=width, scheme=scheme)
                browser.screenshot(folder / f"{scheme}-{width}.png")
        browser.open(page)
        browser.print(folder / "printed.pdf")
    print(f"{page} and pictures of it.")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
