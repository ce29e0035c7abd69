"""Reading the text back out of a PDF as typst writes it: Identity-H fonts with ToUnicode maps, tagged content."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_MARKED = re.compile(rb"<</MCID \d+[^>]*>>\s*BDC(.*?)EMC", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [\d.]+ Tf")
_BLOCK = re.compile(rb"BT(.*?)ET", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def texts_of(pdf: bytes) -> list[list[str]]:
    """Return the texts of each page, one for each tagged piece of content, in the order of the page."""
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    tree = next(body for body in objects.values() if b"/Type/Pages" in body)
    kids = re.search(rb"/Kids\[([^\]]*)\]", tree)
    assert kids is not None
    return [_page(objects, int(number)) for number in re.findall(rb"(\d+) 0 R", kids[1])]


def _page(objects: dict[int, bytes], number: int) -> list[str]:
    page = objects[number]
    resources = _referred(objects, page, b"Resources")
    fonts = dict(re.findall(rb"/(f\d+) (\d+) 0 R", resources))
    maps = {
        name.decode(): _unicode(_inflated(_referred(objects, objects[int(at)], b"ToUnicode")))
        for name, at in fonts.items()
    }
    content = _inflated(_referred(objects, page, b"Contents"))
    return [_text(piece[1], maps) for piece in _MARKED.finditer(content)]


def _referred(objects: dict[int, bytes], body: bytes, name: bytes) -> bytes:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return objects[int(found[1])]


def _inflated(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1])


def _unicode(cmap: bytes) -> dict[int, str]:
    """Read the single characters and the ranges of a ToUnicode map."""
    known: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            known[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, text in re.findall(
            rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block
        ):
            start = int(text, 16)
            for offset in range(int(last, 16) - int(first, 16) + 1):
                known[int(first, 16) + offset] = chr(start + offset)
    return known


def _text(piece: bytes, maps: dict[str, dict[int, str]]) -> str:
    read = []
    for block in _BLOCK.findall(piece):
        named = _FONT.search(block)
        assert named is not None
        font = maps[named[1].decode()]
        for raw in map(_literal, _literals(block)):
            read += [font[int.from_bytes(raw[at : at + 2])] for at in range(0, len(raw), 2)]
    return "".join(read)


def _literals(block: bytes) -> Iterator[bytes]:
    """Yield the literal strings: a bracket within one needs no escape where it has its partner."""
    depth = start = at = 0
    while at < len(block):
        letter = block[at : at + 1]
        if letter == b"\\":
            at += 1
        elif letter == b"(":
            depth += 1
            start = at + 1 if depth == 1 else start
        elif letter == b")":
            depth -= 1
            if depth == 0:
                yield block[start:at]
        at += 1


def _literal(text: bytes) -> bytes:
    def unescaped(found: re.Match[bytes]) -> bytes:
        if found[1].isdigit():
            return bytes([int(found[1], 8)])
        return _ESCAPES.get(found[1], found[1])

    return re.sub(rb"\\([0-7]{1,3}|.)", unescaped, text, flags=re.DOTALL)
