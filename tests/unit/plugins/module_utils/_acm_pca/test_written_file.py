# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.written_file import check_place, read_mode
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption


@pytest.mark.parametrize(("given", "mode"), [(None, None), ("0640", 0o640), ("640", 0o640), (0o640, 0o640), ("000", 0)])
def test_permissions(given: t.Any, mode: int | None) -> None:
    assert read_mode(given) == mode


# YAML reads 640 without quotes as a decimal number, which would be --w-rwxr--x and the sticky bit.
@pytest.mark.parametrize("given", ["rw-r-----", "u=rw", "0999", "4755", "", 640, -1, True, 4.5, ["0640"]])
def test_what_no_permissions_are(given: t.Any) -> None:
    with pytest.raises(InvalidOption, match=r"mode: .* is not accepted; give octal digits in quotes"):
        read_mode(given)


def refusal(path: Path | str) -> str:
    with pytest.raises(InvalidOption) as refused:
        check_place("results_file", str(path))
    return str(refused.value.message)


def test_only_files_are_replaced(tmp_path: Path) -> None:
    place = tmp_path / "file"
    assert check_place("results_file", str(place)) == place
    place.touch()
    assert check_place("results_file", str(place)) == place
    assert refusal(tmp_path) == f"results_file: {tmp_path} is a directory; give the path of a file."
    # As root, it would be replaced by a file.
    assert refusal("/dev/null").startswith("results_file: /dev/null is no file, but a device")
    assert refusal(tmp_path / ("x" * 300)).endswith("(File name too long); give another path.")
    assert refusal(place / "file").endswith("(Not a directory); give another path.")


def test_links_to_directories_and_directories_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    link = tmp_path / "link"
    assert refusal(link / "file") == (
        f"results_file: the directory {link} is a symbolic link; give the path of the directory that it leads to, "
        f"{os.path.realpath(folder)}."
    )
    if os.geteuid() == 0:
        os.chown(folder, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert f"results_file: the directory {folder} belongs to another user (UID " in refusal(folder / "file")
