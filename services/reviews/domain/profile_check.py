"""Kiểm tra tệp bộ quy tắc: everything that keeps one profile file from being used, each with its place and a remedy.

Loading stops at the first mistake, which is right for a process that starts. Whoever writes a file wants to be told all
of them, and what to do.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_type_hints

import msgspec

from services.reviews.domain.citation import Certainty, Citation
from services.reviews.domain.profile import (
    RETIRED_SETTINGS,
    Profile,
    ProfileError,
    Settings,
    load_profiles,
)

_TOP = ("id", "title", "valid_from")
_CERTAINTIES = get_args(Certainty)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Lỗi trong tệp: where, what is wrong, and how to mend it."""

    place: str
    wrong: str
    mend: str


def faults(name: str, text: str, others: Mapping[str, str]) -> list[Fault]:
    """Return what is wrong with the file *name*; empty when it can be used.

    It stands beside the profiles that come with the service and *others* (file name → TOML) of the deployment; raises
    ProfileError when those cannot be used themselves.
    """
    known = load_profiles(others)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [Fault(place=name, wrong=f"không đọc được TOML: {error}", mend="Sửa tại dòng, cột đã nêu.")]
    found = [
        Fault(place=_line(text, each.place), wrong=each.wrong, mend=each.mend)
        for each in [*_heading(content, known), *_sources(content), *_settings(content)]
    ]
    if found:
        return found
    try:
        load_profiles({**others, name: text})
    except ProfileError as error:
        return [Fault(place=name, wrong=str(error), mend="Sửa mục đã nêu rồi kiểm tra lại.")]
    return []


def _heading(content: Mapping[str, Any], known: Sequence[Profile]) -> Iterator[Fault]:
    for key in _TOP:
        if key not in content:
            yield Fault(place=key, wrong=f"thiếu {key}", mend=f"Thêm dòng {key} = … ở đầu tệp.")
    for each in known:
        if content.get("id") == each.id:
            yield Fault(place="id", wrong=f"mã {each.id} đã có", mend="Đặt một mã khác.")
        if content.get("valid_from") == each.valid_from:
            wrong = f"ngày {each.valid_from:%d/%m/%Y} đã là ngày áp dụng của {each.id}"
            yield Fault(place="valid_from", wrong=wrong, mend="Mỗi bộ quy tắc có một ngày áp dụng riêng.")
    base = content.get("extends")
    if base is None:
        return
    if base not in {each.id for each in known}:
        ids = ", ".join(each.id for each in known)
        yield Fault(place="extends", wrong=f"không có bộ quy tắc {base}", mend=f"Chọn một trong: {ids}.")
    carried = content.get("carried_over", {})
    if not isinstance(carried, Mapping) or not {"certainty", "note"} <= set(carried):
        mend = "Thêm [carried_over] với certainty và note: các giá trị lấy theo bộ trước chắc chắn đến đâu."
        yield Fault(place="extends", wrong="thiếu carried_over", mend=mend)


def _sources(content: Mapping[str, Any]) -> Iterator[Fault]:
    sources = content.get("sources")
    if not isinstance(sources, Mapping) or not sources:
        mend = "Thêm ít nhất một [sources.<tên>] với document, number, issuer, date."
        yield Fault(place="sources", wrong="thiếu căn cứ (sources)", mend=mend)
        return
    for name, source in sources.items():
        try:
            msgspec.convert({**source, "clause": ""} if isinstance(source, Mapping) else source, Citation)
        except msgspec.ValidationError as error:
            mend = "Một căn cứ có document, number, issuer và date (ngày, không đặt trong ngoặc kép)."
            yield Fault(place=f"sources.{name}", wrong=str(error), mend=mend)


def _settings(content: Mapping[str, Any]) -> Iterator[Fault]:
    given = content.get("settings")
    if not isinstance(given, Mapping):
        mend = "Thêm các mục [settings.<tên>], hoặc settings = {} khi không có giá trị nào khác."
        yield Fault(place="settings", wrong="thiếu settings", mend=mend)
        return
    sources = content.get("sources", {})
    yield from _group("settings", given, Settings, sources, complete="extends" not in content)


def _group(
    place: str,
    given: Mapping[str, Any],
    kind: type[msgspec.Struct],
    sources: Mapping[str, Any],
    *,
    complete: bool,
) -> Iterator[Fault]:
    types = get_type_hints(kind)
    for name, entry in given.items():
        here = f"{place}.{name}"
        if here.removeprefix("settings.") in RETIRED_SETTINGS:
            mend = f"Bỏ mục này. {RETIRED_SETTINGS[name]}"
            yield Fault(place=here, wrong=f"{name} không còn có tác dụng", mend=mend)
        elif name not in types:
            near = difflib.get_close_matches(name, types, n=3, cutoff=0.5)
            mend = f"Có phải: {', '.join(near)}?" if near else f"Các tên có thể dùng: {', '.join(types)}."
            yield Fault(place=here, wrong=f"không có giá trị quy định {name}", mend=mend)
        elif not isinstance(entry, Mapping):
            yield Fault(
                place=here, wrong="không phải là một mục", mend=f"Viết thành [{here}] với value, source…"
            )
        elif (
            isinstance(types[name], type) and issubclass(types[name], msgspec.Struct) and "value" not in entry
        ):
            yield from _group(here, entry, types[name], sources, complete=complete)
        else:
            yield from _entry(here, entry, types[name], sources)
    for name in types if complete else ():
        if name not in given:
            mend = f"Thêm [{place}.{name}], hoặc dùng extends để lấy theo một bộ quy tắc có trước."
            yield Fault(place=place, wrong=f"thiếu {name}", mend=mend)


def _entry(place: str, entry: Mapping[str, Any], kind: Any, sources: Mapping[str, Any]) -> Iterator[Fault]:
    sound = True
    if entry.get("source") not in sources:
        sound = False
        mend = f"Ghi source là một trong: {', '.join(sources)}; hoặc thêm [sources.…]."
        yield Fault(place=place, wrong=f"căn cứ {entry.get('source')!r} không có trong tệp", mend=mend)
    if entry.get("certainty") not in _CERTAINTIES:
        sound = False
        mend = f"Ghi certainty là một trong: {', '.join(_CERTAINTIES)}."
        yield Fault(
            place=place, wrong=f"mức độ kiểm chứng {entry.get('certainty')!r} không hợp lệ", mend=mend
        )
    if not sound:
        return
    plain = {key: value for key, value in entry.items() if key not in {"source", "clause"}}
    source = sources[entry["source"]]
    citation = {**source, "clause": entry.get("clause", "")} if isinstance(source, Mapping) else source
    try:
        msgspec.convert({**plain, "citation": citation}, kind)
    except msgspec.ValidationError as error:
        shape = str(get_args(kind)[0] if get_args(kind) else kind).rsplit(".", 1)[-1]
        mend = f"Giá trị phải có kiểu {shape}; xem cùng mục trong bộ quy tắc đi kèm phần mềm."
        yield Fault(place=place, wrong=str(error), mend=mend)


def _line(text: str, place: str) -> str:
    """Return *place* with the line on which it stands, where that can be told."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() == f"[{place}]" or line.replace(" ", "").startswith(f"{place}="):
            return f"dòng {number}, {place}"
    return place
