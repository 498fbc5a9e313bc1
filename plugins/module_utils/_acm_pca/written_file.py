# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that modules write on their host: where they may be, their permissions, and putting them there as a whole."""

from __future__ import annotations

import os
import re
import stat
import typing as t
from pathlib import Path

from .._aws.errors import InvalidOption
from .._aws.text import quoted

_MOST_PERMISSIONS = 0o777


def read_mode(given: t.Any) -> int | None:
    """The permissions that the option mode gives, as Ansible's own modules take them: octal digits, or their number.

    :returns: None where it is left out.
    :raises InvalidOption: for anything else.
    """
    if given is None:
        return None
    number = given
    if isinstance(given, str) and re.fullmatch(r"[0-7]{3,4}", given, re.ASCII):
        number = int(given, 8)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST_PERMISSIONS:
        raise InvalidOption(f"mode: {quoted(str(given))} is not accepted; give octal digits in quotes, such as '0640'.")
    return number


def check_place(option: str, path: str) -> Path:
    """Where a file is going to be put. What is there already has to be a file.

    Whoever owns the directory, or made a link that looks like it, could exchange the file for another one.

    :raises InvalidOption: where no file can be put there.
    """
    place = Path(path)
    folder = place.parent
    try:
        found = place.stat().st_mode
    except FileNotFoundError:
        found = None
    except OSError as e:
        raise InvalidOption(f"{option}: no file can be at {quoted(path)} ({e.strerror}); give another path.") from e
    if found is not None and not stat.S_ISREG(found):
        what = "a directory" if stat.S_ISDIR(found) else "no file, but a device or the like"
        raise InvalidOption(f"{option}: {path} is {what}; give the path of a file.")
    if folder.is_symlink():
        raise InvalidOption(
            f"{option}: the directory {folder} is a symbolic link; give the path of the directory that it leads to, "
            f"{os.path.realpath(folder)}."
        )
    try:
        owner = folder.stat().st_uid
    except OSError as e:
        raise not_writable(option, folder, e) from e
    if owner not in (0, os.geteuid()):
        raise InvalidOption(
            f"{option}: the directory {folder} belongs to another user (UID {owner}); give a path in a directory that "
            f"belongs to the user who runs the module (UID {os.geteuid()}) or to root, such as a new one below it."
        )
    return place


def not_writable(option: str, folder: Path, error: OSError) -> InvalidOption:
    """What to say where nothing can be written to a directory."""
    return InvalidOption(
        f"{option}: {folder} cannot be written to ({error.strerror}); give a path in a directory that exists and is "
        "writable."
    )


def put_into_place(new: Path, place: Path, mode: int | None) -> None:
    """Put a file that is complete, from the same file system, where another one may be.

    :param mode: its permissions. None: as they are.
    """
    if mode is not None:
        new.chmod(mode)
    new.replace(place)
