"""SM3 and the masks of EAST: published vectors, a library's hash, and the edges of names and numbers."""

from __future__ import annotations

import hashlib

import duckdb
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from templates.cn_nfra_east.masking import masked_customer, masked_name, masked_number, masked_phone
from templates.cn_nfra_east.sm3 import sm3_hex, sm3_in_sql


def library(data: bytes) -> str:
    """SM3 by OpenSSL."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        # GB/T 32905-2016, annex A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        # EAST 5.0, annex 2 (five): telephones
        (b"010-66279455", "0702465666b4df0c2f7ddefe86f4be1c69c239765e2e8d3288128b5e1ba0be31"),
        (b"12345678912", "f30dbe8891134b9528adf0b6083246d7fa65eac0c546723ba79abeb595153f94"),
    ],
)
def test_published_vectors(data: bytes, digest: str) -> None:
    """The digests that the standard and EAST print."""
    assert sm3_hex(pa.array([data])).to_pylist() == [digest]
    assert library(data) == digest


@given(st.lists(st.none() | st.binary(max_size=200), max_size=20))
def test_every_length_agrees_with_a_library(texts: list[bytes | None]) -> None:
    """Whatever the bytes, block boundaries and nulls included, the kernel and OpenSSL agree."""
    expected = [None if text is None else library(text) for text in texts]
    whole = pa.array([b"first", *texts], pa.binary())
    assert sm3_hex(whole[1:]).to_pylist() == expected
    assert sm3_hex(pa.chunked_array([whole[1:]], pa.binary())).to_pylist() == expected


def test_lengths_around_a_block() -> None:
    """55, 56, 63 and 64 bytes are where the padding takes another block."""
    texts = [b"x" * size for size in range(130)]
    assert sm3_hex(pa.array(texts)).to_pylist() == [library(text) for text in texts]


def ask(expression: str, **values: str | None) -> object:
    with duckdb.connect() as con, sm3_in_sql(con):
        return con.execute(f"SELECT {expression}", values).fetchall()[0][0]


@pytest.mark.parametrize(
    ("name", "number", "prefix", "hashed"),
    [
        ("张三", "11010519491231002x", "110105", "张11010519491231002X".encode()),
        (" 张三 ", " 11010519491231002X ", "110105", "张11010519491231002X".encode()),
        ("John Smith", "e12345678", "E12345", b"JohE12345678"),
        ("Éva", "P1", "P1", "Év".encode() + b"P1"),
        ("𠮷田", "P1", "P1", "𠮷P1".encode()),
        ("李", "军字第001号", "军字", "李军字第001号".encode()),
        ("李", "AB军字第1号", "AB军", "李AB军字第1号".encode()),
    ],
)
def test_a_document_number_keeps_six_bytes(name: str, number: str, prefix: str, hashed: bytes) -> None:
    """Six bytes of the number in capitals, and the SM3 of the name's beginning and the number."""
    masked = masked_number("$name", "$number")
    assert ask(masked, name=name, number=number) == prefix + library(hashed)


def test_half_a_character_stays_out_of_the_file() -> None:
    """The first three bytes of a foreign name may cut a character in two; they are hashed as bytes."""
    assert ask(masked_number("$name", "$number"), name="aéz", number="P1") == "P1" + library("aé".encode() + b"P1")
    cut = "éé".encode()[:3]
    assert ask(masked_number("$name", "$number"), name="éé", number="P1") == "P1" + library(cut + b"P1")


@pytest.mark.parametrize("missing", ["", "  ", None])
def test_without_a_number_or_a_name_there_is_no_mask(missing: str | None) -> None:
    """Nothing is hashed for somebody who is not there."""
    assert ask(masked_number("$name", "$number"), name=missing, number="P1") is None
    assert ask(masked_number("$name", "$number"), name="张", number=missing) is None
    assert ask(masked_customer("$number"), number=missing) is None
    assert ask(masked_phone("$phone"), phone=missing) is None
    assert ask(masked_name("$name"), name=missing) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "三"), ("欧阳娜娜", "娜"), ("John Smith", "ith"), ("Li", "Li"), ("张Ann", "Ann"), ("𠮷", "𠮷")],
)
def test_a_name_keeps_its_end(name: str, shown: str) -> None:
    """The last Chinese character, or the last three letters."""
    assert ask(masked_name("$name"), name=name) == shown


def test_a_phone_is_hashed_as_it_is() -> None:
    """EAST's own example."""
    assert ask(masked_phone("$phone"), phone="010-66279455") == library(b"010-66279455")
    if "sm3" in hashlib.algorithms_available:
        assert library(b"") == hashlib.new("sm3", b"").hexdigest()
