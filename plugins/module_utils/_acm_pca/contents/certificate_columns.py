# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Certificates as typed columns, in which DuckDB, Athena, Spark and pandas read them. Pure.

docs/dataset.md describes the columns. Whatever changes their names, types or meaning is another ``SCHEMA_VERSION``.
"""

from __future__ import annotations

import array
import dataclasses
import importlib
import os
import typing as t
from datetime import datetime

from ansible.module_utils.basic import missing_required_lib

from ..._aws.errors import InvalidOption
from .certificates import ACCOUNT, NAMES, OWN_TEMPLATE, SUBJECT, TEMPLATE_ARN, TIMES, time_bytes
from .distinguished_names import parse_distinguished_name
from .fast_parser import ALL_FIELDS
from .memory import return_memory

if t.TYPE_CHECKING:
    from ..arns import CertificateAuthorityArn
    from .reader import Block

SCHEMA_VERSION = 1
VERSION_KEY = "cloudpki.aws.schema_version"

# The attributes of subjects that have a column, by the types that results have them under.
ATTRIBUTES = {
    "CN": "subject_common_name",
    "OU": "subject_organizational_unit",
    "O": "subject_organization",
    "L": "subject_locality",
    "ST": "subject_state",
    "C": "subject_country",
}
ORIGIN_COLUMNS = ("certificate_authority_arn", "account_id", "region", "audit_report_created_at")
OWN_CERTIFICATE = "own_certificate"

# Which columns hold few different values, and which make it worth while to look into a part of a file or not.
REPEATED = (
    *ORIGIN_COLUMNS,
    "aws_account_id",
    "requested_by_service_principal",
    "revocation_reason",
    "template_arn",
    *(name for name in ATTRIBUTES.values() if name != "subject_common_name"),
)
SORTED = (*ORIGIN_COLUMNS, *(NAMES[field] for field in sorted(TIMES)))

# How much is turned into columns at once. Larger groups are hardly read faster, and have to fit into memory.
_LARGEST_GROUP = 6 * 1024 * 1024

# What has the same length in all rows.
_LENGTHS = {**dict.fromkeys(TIMES, len("2026-03-02T21:43:57")), ACCOUNT: 12}

# Where a subject has one of these, somewhere, it cannot be taken apart at its commas alone.
_ODD = (
    r'[\\+"<>;\x00]|^ | $|, | ,| =|= '
    r"|(?:CN|OU|O|L|ST|C)=(?:#|,|$)|2\.5\.4\.(?:3|11|10|7|8|6)="
)


@dataclasses.dataclass(frozen=True)
class Arrow:
    """The parts of pyarrow that are used."""

    lib: t.Any
    compute: t.Any
    parquet: t.Any


def load_arrow(option: str) -> Arrow:
    """Load pyarrow. That takes a third of a second and 90 MiB, so it is not done before it is needed.

    :param option: what needs it.
    :raises InvalidOption: where it is not installed.
    """
    # Its own pools keep more of what is not used any more. set_memory_pool() does not reach the writer of Parquet.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    return_memory()
    try:
        return Arrow(*map(importlib.import_module, ("pyarrow", "pyarrow.compute", "pyarrow.parquet")))
    except ImportError as e:
        message = missing_required_lib("pyarrow", reason="to write Parquet files", url="https://arrow.apache.org")
        raise InvalidOption(f"{option}: {message}") from e


@dataclasses.dataclass(frozen=True)
class Origin:
    """Whose certificates they are, and as of when. ``arn`` is None where only the key of the report is known."""

    arn: CertificateAuthorityArn | None
    created_at: datetime


def schema_of(arrow: Arrow) -> t.Any:
    """Names and types of the columns."""
    text, moment = arrow.lib.string(), _moment(arrow)
    types = dict.fromkeys(ORIGIN_COLUMNS, text) | {"audit_report_created_at": moment}
    types |= {name: moment if field in TIMES else text for field, name in enumerate(NAMES)}
    types |= dict.fromkeys(ATTRIBUTES.values(), text) | {OWN_CERTIFICATE: arrow.lib.bool_()}
    return arrow.lib.schema(list(types.items()))


class Texts:
    """Collects texts, of which those that are None, or empty, become nulls.

    pyarrow.array() and pyarrow.scalar() are not used: they import pandas where it is installed, only to look whether
    they were given something of it. That takes 60 MiB, and more time than a small report.
    """

    def __init__(self, arrow: Arrow, length: int | None = None) -> None:
        """:param length: that of all texts, if it is known."""
        self._arrow = arrow
        self._length = length
        self.clear()

    def clear(self) -> None:
        """Forget all of them."""
        self._joined: list[bytes] = []
        # Summed up, they are where the texts begin and end.
        self._lengths = array.array("i", [0])

    def add(self, values: t.Sequence[bytes | None]) -> int:
        """Take texts; returns how many bytes they have."""
        present = t.cast("t.Sequence[bytes]", values)
        length = self._length
        try:
            joined = b"".join(present)
        except TypeError:
            present, length = [value or b"" for value in values], None
            joined = b"".join(present)
        if length is None:
            self._lengths.fromlist(list(map(len, present)))
        else:
            self._lengths.extend(array.array("i", [length]) * len(present))
        self._joined.append(joined)
        return len(joined)

    def array(self) -> t.Any:
        """All of them."""
        lib, compute = self._arrow.lib, self._arrow.compute
        lengths = lib.Array.from_buffers(lib.int32(), len(self._lengths), [None, lib.py_buffer(self._lengths)])
        buffers = [None, compute.cumulative_sum(lengths).buffers()[1], lib.py_buffer(b"".join(self._joined))]
        texts = lib.Array.from_buffers(lib.string(), len(lengths) - 1, buffers)
        full = compute.cast(compute.binary_length(texts), lib.bool_())
        return texts if full.true_count == len(texts) else compute.if_else(full, texts, lib.nulls(1, texts.type)[0])


class CertificateColumns:
    """Collects blocks of certificates, and hands them over as columns in groups of some megabytes."""

    def __init__(self, arrow: Arrow, origin: Origin, write: t.Callable[[t.Any], None]) -> None:
        """:param write: is given the groups, as record batches of the schema."""
        self._arrow = arrow
        self._origin = origin
        self._write = write
        self._schema = schema_of(arrow)
        self._clear()

    def add(self, block: Block) -> None:
        """Take a block. It has all fields."""
        if not block.size:
            return
        for field, texts in enumerate(self._texts):
            self._bytes += texts.add(block.columns[field])
        self._rows += block.size
        if self._bytes >= _LARGEST_GROUP:
            self.finish()

    def finish(self) -> None:
        """Hand over what is left."""
        if not self._rows:
            return
        arrow, rows, texts = self._arrow, self._rows, self._texts
        self._clear()
        columns = []
        for field in ALL_FIELDS:
            # What was collected is not needed any more, and is not to be in memory twice.
            column = texts[field].array()
            texts[field].clear()
            columns.append(_times(arrow, column) if field in TIMES else column)
        subjects, templates = columns[SUBJECT], columns[TEMPLATE_ARN]
        columns = [*self._origin_columns(rows), *columns, *self._attributes(subjects), self._own(templates)]
        self._write(arrow.lib.record_batch(columns, schema=self._schema))

    def _clear(self) -> None:
        self._texts = [Texts(self._arrow, _LENGTHS.get(field)) for field in ALL_FIELDS]
        self._rows = self._bytes = 0

    def _origin_columns(self, rows: int) -> t.Iterator[t.Any]:
        lib, arn = self._arrow.lib, self._origin.arn
        for value in map(str.encode, (arn.text, arn.account_id, arn.region)) if arn else (None, None, None):
            yield lib.repeat(_array(self._arrow, [value])[0], rows)
        created_at = _array(self._arrow, [time_bytes(self._origin.created_at)])
        yield lib.repeat(_times(self._arrow, created_at)[0], rows)

    def _own(self, templates: t.Any) -> t.Any:
        """Which certificates are that of the CA itself."""
        compute, texts = self._arrow.compute, templates.buffers()[2]
        if texts is None or OWN_TEMPLATE not in texts.to_pybytes():
            return compute.xor(compute.is_valid(templates), compute.is_valid(templates))
        return _or_false(self._arrow, compute.match_substring(templates, OWN_TEMPLATE.decode("ascii")))

    def _attributes(self, subjects: t.Any) -> list[t.Any]:
        """The first of each of the attributes."""
        compute = self._arrow.compute
        parts = compute.split_pattern(subjects, ",")
        found = self._attributes_in_order(parts)
        if found is None:
            rows, values = compute.list_parent_indices(parts), parts.flatten()
            every = _numbers(self._arrow, len(subjects))
            found = []
            for name in ATTRIBUTES:
                has = compute.starts_with(values, f"{name}=")
                those, of = compute.filter(values, has), compute.filter(rows, has)
                if not of.equals(every):
                    those = compute.take(those, compute.index_in(every, value_set=of))
                found.append(compute.binary_replace_slice(those, 0, len(name) + 1, ""))
        odd = _or_false(self._arrow, compute.match_substring_regex(subjects, _ODD))
        return self._with_odd(found, subjects, odd) if odd.true_count else found

    def _attributes_in_order(self, parts: t.Any) -> list[t.Any] | None:
        """The same where all subjects have the same attributes, as those of most CAs do; else None."""
        compute = self._arrow.compute
        names = [part.partition("=")[0] for part in parts[0].as_py() or ()]
        sizes = compute.list_value_length(parts)
        if sizes.null_count or sizes.unique().to_pylist() != [len(names)]:
            return None
        columns = [compute.list_element(parts, place) for place in _numbers(self._arrow, len(names))]
        if any(compute.starts_with(column, f"{name}=").false_count for name, column in zip(names, columns)):
            return None
        return [
            compute.binary_replace_slice(columns[names.index(name)], 0, len(name) + 1, "")
            if name in names
            else self._arrow.lib.nulls(len(parts), self._arrow.lib.string())
            for name in ATTRIBUTES
        ]

    def _with_odd(self, found: list[t.Any], subjects: t.Any, odd: t.Any) -> list[t.Any]:
        compute = self._arrow.compute
        read: dict[str, list[bytes | None]] = {name: [] for name in ATTRIBUTES}
        for subject in compute.filter(subjects, odd):
            first: dict[str, str] = {}
            for attribute in parse_distinguished_name(subject.as_py()):
                first.setdefault(attribute["type"], attribute["value"])
            for name, values in read.items():
                values.append(first.get(name, "").encode("utf-8"))
        return [
            compute.replace_with_mask(each, odd, _array(self._arrow, read[name]))
            for name, each in zip(ATTRIBUTES, found)
        ]


def _moment(arrow: Arrow) -> t.Any:
    return arrow.lib.timestamp("ms", "UTC")


def _times(arrow: Arrow, texts: t.Any) -> t.Any:
    """Times, of texts such as 2026-03-02T21:43:57. To name a zone any earlier would need a list of them."""
    return arrow.compute.cast(texts, arrow.lib.timestamp("ms")).view(_moment(arrow))


def _numbers(arrow: Arrow, count: int) -> t.Any:
    return arrow.lib.Array.from_buffers(
        arrow.lib.int64(), count, [None, arrow.lib.py_buffer(array.array("q", range(count)))]
    )


def _array(arrow: Arrow, values: t.Sequence[bytes | None]) -> t.Any:
    texts = Texts(arrow)
    texts.add(values)
    return texts.array()


def _or_false(arrow: Arrow, answers: t.Any) -> t.Any:
    """The answers, and false in place of nulls."""
    return arrow.compute.and_kleene(arrow.compute.is_valid(answers), answers)
