# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.distinguished_names import (
    parse_distinguished_name,
)

Pairs = list[tuple[str, str]]

# A machine with other work to do is no failure.


def parsed(text: str) -> Pairs:
    return [(each["type"], each["value"]) for each in parse_distinguished_name(text)]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("CN=www.example.com", [("CN", "www.example.com")]),
        ("CN=", [("CN", "")]),
        ("CN=,O=", [("CN", ""), ("O", "")]),
        # The examples of RFC 4514, section 4.
        ("UID=jsmith,DC=example,DC=net", [("UID", "jsmith"), ("DC", "example"), ("DC", "net")]),
        (
            "OU=Sales+CN=J.  Smith,DC=example,DC=net",
            [("OU", "Sales"), ("CN", "J.  Smith"), ("DC", "example"), ("DC", "net")],
        ),
        (
            r"CN=James \"Jim\" Smith\, III,DC=example,DC=net",
            [("CN", 'James "Jim" Smith, III'), ("DC", "example"), ("DC", "net")],
        ),
        (r"CN=Before\0dAfter,DC=example,DC=net", [("CN", "Before\rAfter"), ("DC", "example"), ("DC", "net")]),
        # No string, but octets.
        ("1.3.6.1.4.1.1466.0=#04024869", [("1.3.6.1.4.1.1466.0", "#04024869")]),
        (r"CN=Lu\C4\8Di\C4\87", [("CN", "Lučić")]),
        # As in AWS's example of a report.
        (
            "2.5.4.5=#012345678901,CN=www.example1.com,C=US",
            [("serialNumber", "#012345678901"), ("CN", "www.example1.com"), ("C", "US")],
        ),
    ],
)
def test_names(text: str, pairs: Pairs) -> None:
    assert parsed(text) == pairs


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2.5.4.3", "CN"),
        ("2.5.4.6", "C"),
        ("2.5.4.7", "L"),
        ("2.5.4.8", "ST"),
        ("2.5.4.9", "STREET"),
        ("2.5.4.10", "O"),
        ("2.5.4.11", "OU"),
        ("0.9.2342.19200300.100.1.1", "UID"),
        ("0.9.2342.19200300.100.1.25", "DC"),
        ("2.5.4.5", "serialNumber"),
        ("2.5.4.42", "givenName"),
        ("1.2.840.113549.1.9.1", "emailAddress"),
        # Nobody has given it a name.
        ("1.2.3.4", "1.2.3.4"),
        ("serialNumber", "serialNumber"),
        ("x-1", "x-1"),
    ],
)
def test_types(number: str, name: str) -> None:
    assert parsed(f"{number}=a+{name}=b") == [(name, "a"), (name, "b")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\,\+\"\\\<\>\;\=\#\ ", ',+"\\<>;=# '),
        (r"a=b#c", "a=b#c"),
        (r"\#04024869", "#04024869"),
        # In hexadecimal digits: bytes of UTF-8, one after the other, in either case.
        (r"\e2\82\ACuro", "€uro"),
        (r"\F0\9F\94\91", "🔑"),
        (r"\5C2C", "\\2C"),
        (r"\\2C", "\\2C"),
        (r"\00", "\0"),
        ("Zürich\nWest", "Zürich\nWest"),
        # Spaces around a value are not part of it, but those that are escaped.
        ("  a b  ", "a b"),
        (r"\ a\ ", " a "),
        (r"a\   ", "a "),
        (r"a\20 ", "a "),
        ("a\\\\ ", "a\\"),
        ("a\\\\\\  ", "a\\ "),
    ],
)
def test_values(text: str, value: str) -> None:
    assert parsed(f"CN={text}") == [("CN", value)]
    assert parsed(f"O={text},OU={text}+CN= {text}") == [("O", value), ("OU", value), ("CN", value)]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        # AWS's own sample has an empty part.
        (
            "1.2.840.113549.1.9.1=#161173616c6573406578616d706c652e636f6d,,OU=Sales,O=Example Company",
            [("emailAddress", "sales@example.com"), ("OU", "Sales"), ("O", "Example Company")],
        ),
        ('CN=a "b" c,O=x', [("CN", 'a "b" c'), ("O", "x")]),
        (" ", []),
        (",", []),
        ("CN", []),
        ("=a", []),
        ("CN=a,", [("CN", "a")]),
        ("CN=a+", [("CN", "a")]),
        (",CN=a", [("CN", "a")]),
        ("CN=a,O", [("CN", "a")]),
        ("CN=a;O=b", [("CN", "a;O=b")]),
        ("C_N=a,O=b", [("O", "b")]),
        ("2..5=a", []),
        ("CN=a<b,O=c", [("CN", "a<b"), ("O", "c")]),
        ("CN=a\0b", [("CN", "a\0b")]),
        # What cannot be escaped, and what is not UTF-8, stays as it is written.
        ("CN=a\\", [("CN", "a\\")]),
        (r"CN=a\b,O=c", [("CN", r"a\b"), ("O", "c")]),
        (r"CN=\FF\,d,O=c", [("CN", r"\FF\,d"), ("O", "c")]),
        ("CN=#0g,O=b", [("CN", "#0g"), ("O", "b")]),
        (r"CN=#04\,,O=b", [("CN", "#04,"), ("O", "b")]),
    ],
)
def test_what_can_be_read_of_other_texts(text: str, pairs: Pairs) -> None:
    assert parsed(text) == pairs


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("#0c05c3a96c616e", "élan"),
        ("#1303616263", "abc"),
        ("#16117" + "3616c6573406578616d706c652e636f6d", "sales@example.com"),
        ("#1e0400e90041", "éA"),
        ("#0c8180" + "61" * 128, "a" * 128),
        ("#0c00", ""),
        # Not a string, cut off, too long, or not what its type says.
        ("#012345678901", None),
        ("#0c", None),
        ("#0c0261", None),
        ("#0c016161", None),
        ("#0c01ff", None),
        ("#1601ff", None),
        ("#0c80", None),
        ("#0cff", None),
    ],
)
def test_encoded_values(encoded: str, value: str | None) -> None:
    [attribute] = parse_distinguished_name(f"2.5.4.5={encoded}")
    if value is None:
        assert attribute == {"type": "serialNumber", "value": encoded}
    else:
        assert attribute == {"type": "serialNumber", "value": value, "encoded": encoded}


NUMBERS = st.lists(st.integers(0, 99999), min_size=2, max_size=6).map(lambda each: "9." + ".".join(map(str, each)))
TYPES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,9}", fullmatch=True) | NUMBERS
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(' ",#+;<=>\\\0')


@st.composite
def written_values(draw: st.DrawFn) -> tuple[str, str]:
    """A value, and it as somebody may write it: escaped where it must be, and now and then where it need not be."""
    value = draw(st.text(CHARACTERS, max_size=12))
    written = []
    for place, character in enumerate(value):
        ways = ["".join(f"\\{byte:02x}" for byte in character.encode())]
        if character in ' ",#+;<=>\\':
            ways.append(f"\\{character}")
        at_edge = place in (0, len(value) - 1)
        if (
            character not in '",+;<>\\\0'
            and not (character == " " and at_edge)
            and not (character == "#" and not place)
        ):
            ways.append(character)
        written.append(draw(st.sampled_from(ways)))
    return value, "".join(written)


@given(
    st.lists(st.tuples(TYPES, written_values()), max_size=5),
    st.lists(st.sampled_from([",", "+", ", ", " + "]), min_size=5, max_size=5),
)
def test_what_is_written_is_read(attributes: list[tuple[str, tuple[str, str]]], separators: list[str]) -> None:
    text = ""
    for number, (name, (_value, written)) in enumerate(attributes):
        text += f"{separators[number] if number else ''}{name}={written}"
    assert parsed(text) == [(name, value) for name, (value, _written) in attributes]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.5", "1.2.3.4"]),
            st.text(CHARACTERS, min_size=1, max_size=12),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_names_that_others_write_are_read(attributes: Pairs) -> None:
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(number), value) for number, value in attributes])
    short = {"2.5.4.3": "CN", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.5": "serialNumber"}
    # RFC 4514 begins with the last.
    expected = [(short.get(number, number), value) for number, value in reversed(attributes)]
    assert parsed(name.rfc4514_string()) == expected


@given(st.text(st.sampled_from('CNO=,+;#\\" 0aF2.\0é') | st.characters(), max_size=40))
def test_any_text_is_read(text: str) -> None:
    assert all(each["type"] for each in parse_distinguished_name(text))
