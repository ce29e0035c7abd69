"""Golden samples and schema snapshots: what was published once must be readable for ever.

``samples/<type>.json`` holds headers and data of one published event of the type; ``samples/schemas/`` the
JSON schema as it was published. Both are committed. ``python -m shared.events.golden`` writes the snapshots
of new types and of compatible additions, and refuses anything else: that is a new version of the type.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

import shared.events.catalogue  # noqa: F401 -- registers every type
from shared.events.registry import EventType, all_types

FOLDER = Path(__file__).with_name("samples")
SCHEMAS = FOLDER / "schemas"
_PROSE = {"title", "description"}
_ALTERNATIVES = ("anyOf", "prefixItems")
_STRUCTURAL = {"properties", "required", "items", "$defs", "$ref", *_ALTERNATIVES}


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One published event: the headers as text, and the data."""

    headers: dict[str, str]
    data: msgspec.Raw

    def record_headers(self) -> list[tuple[str, bytes]]:
        """Return the headers as Kafka carries them."""
        return [(name, value.encode()) for name, value in self.headers.items()]


def sample(full_name: str) -> Sample:
    """Return the golden sample of a type; raise FileNotFoundError when there is none."""
    return msgspec.json.decode((FOLDER / f"{full_name}.json").read_bytes(), type=Sample)


def sampled_types() -> list[str]:
    """Return the full names of all types that were ever sampled."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def schema_of(entry: EventType) -> dict[str, Any]:
    """Return the JSON schema of a type's data as the code has it now."""
    return msgspec.json.schema(entry.data)


def snapshot(full_name: str) -> dict[str, Any] | None:
    """Return the committed JSON schema of a type, or None."""
    path = SCHEMAS / f"{full_name}.schema.json"
    if not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])


def incompatibilities(published: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Return what readers or old events would trip over; empty when *current* only adds fields with defaults."""
    return list(_differences(published, current, published, current, "data"))


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        schema = root["$defs"][name]
    return schema


def _differences(
    old: dict[str, Any], new: dict[str, Any], old_root: dict[str, Any], new_root: dict[str, Any], at: str
) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    yield from _presence(old, new, at)
    for place, one, other in _parts(old, new, at):
        yield from _differences(one, other, old_root, new_root, place)
    for key in sorted((set(old) | set(new)) - _STRUCTURAL - _PROSE):
        if old.get(key) != new.get(key):
            yield f"{at}: {key} was {old.get(key)!r} and is {new.get(key)!r}"


def _presence(old: dict[str, Any], new: dict[str, Any], at: str) -> Iterator[str]:
    before, now = set(old.get("required", [])), set(new.get("required", []))
    for name in old.get("properties", {}):
        if name not in new.get("properties", {}):
            yield f"{at}.{name} was removed"
    for name in sorted(now - before):
        yield f"{at}.{name} is required, but published events may lack it"
    for name in sorted(before - now):
        yield f"{at}.{name} is no longer always there"
    for kind in _ALTERNATIVES:
        if len(old.get(kind, [])) != len(new.get(kind, [])):
            yield f"{at} has other alternatives"


def _parts(
    old: dict[str, Any], new: dict[str, Any], at: str
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Pair the parts of two schemas that stand for the same thing."""
    for name, field in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield f"{at}.{name}", field, new["properties"][name]
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield f"{at}[]", old["items"], new["items"]
    for kind in _ALTERNATIVES:
        for number, (one, other) in enumerate(zip(old.get(kind, []), new.get(kind, []), strict=False)):
            yield f"{at}/{number}", one, other


def main(unpublished: list[str]) -> int:
    """Write the snapshots; those named in *unpublished* may change freely. Return 1 when one may not."""
    refused = 0
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    for name, entry in all_types().items():
        current, published = schema_of(entry), snapshot(name)
        if published is not None and name not in unpublished and "all" not in unpublished:
            wrong = incompatibilities(published, current)
            for line in wrong:
                sys.stderr.write(f"{name}: {line}; declare a new version of the type\n")
            if wrong:
                refused += 1
                continue
        encoded = msgspec.json.format(msgspec.json.encode(current, order="sorted"), indent=2)
        (SCHEMAS / f"{name}.schema.json").write_bytes(encoded + b"\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
