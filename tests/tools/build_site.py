# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site, of the guides and of the plugins' documentation, in build/site/: build_site.py"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from project import BUILD, NAME, NAMESPACE, ROOT, clean_environment, main_of_tool, program, run
from stage import staged

SITE = BUILD / "site"


def main(_arguments: list[str]) -> int:
    """Write the pages with antsibull-docs, and render them. Every warning fails."""
    shutil.rmtree(SITE, ignore_errors=True)
    with staged() as copy, tempfile.TemporaryDirectory(prefix=f"{NAMESPACE}-{NAME}-") as folder:
        pages = Path(folder) / "pages"
        pages.mkdir()
        write: list[str | Path] = [
            "collection",
            "--use-current",
            "--squash-hierarchy",
            "--fail-on-error",
            "--dest-dir",
            pages,
        ]
        variables = clean_environment(ANSIBLE_COLLECTIONS_PATH=str(copy.parents[2]))
        code = run([program("antsibull-docs"), *write, f"{NAMESPACE}.{NAME}"], cwd=copy, env=variables)
        if code:
            return code
        render: list[str | Path] = ["-q", "-W", "--keep-going", "-b", "html", "-c", ROOT / "tests" / "docsite"]
        code = run([program("sphinx-build"), *render, "-d", Path(folder) / "doctrees", pages, SITE])
    if not code:
        print(f"{SITE.relative_to(ROOT)}/index.html: {len(list(SITE.rglob('*.html')))} pages.")
    return code


if __name__ == "__main__":
    main_of_tool(main)
