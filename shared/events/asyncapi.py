"""The catalogue of events as an AsyncAPI 3 document, generated from the registry."""

from __future__ import annotations

from typing import Any

import msgspec

import shared.events.catalogue  # noqa: F401 -- registers every type
from shared.events.envelope import SPEC_VERSION
from shared.events.registry import PREFIX, EventType, all_types

DOCUMENT_VERSION = "1"
_TEXT = {"type": "string", "minLength": 1}
_UUID = {"type": "string", "format": "uuid"}

HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka protocol binding, binary mode. Every value is UTF-8 text.",
    "required": [
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_time",
        "ce_partitionkey",
        "ce_sequence",
        "ce_position",
        "ce_correlationid",
    ],
    "properties": {
        "content-type": {"type": "string", "const": "application/json"},
        "ce_specversion": {"type": "string", "const": SPEC_VERSION},
        "ce_id": {**_UUID, "description": "UUIDv7; the same in every delivery of the event."},
        "ce_source": {"type": "string", "pattern": "^/khoi/[a-z0-9-]+/[a-z-]+$"},
        "ce_type": {"type": "string", "pattern": "^vn\\.khoi\\.[a-z]+\\.[A-Za-z]+\\.v[0-9]+$"},
        "ce_subject": {**_TEXT, "description": "Id of the record the event is about."},
        "ce_time": {"type": "string", "format": "date-time", "description": "Commit time, UTC."},
        "ce_partitionkey": {
            **_TEXT,
            "description": "Member id where there is one: the order is kept per key.",
        },
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Counts the events of one subject from 1 without gaps.",
        },
        "ce_position": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Counts all events of the source from 1 without gaps, in commit order.",
        },
        "ce_correlationid": {**_TEXT, "description": "Ties together everything one request set off."},
        "ce_traceparent": {**_TEXT, "description": "W3C trace context of the request, where there was one."},
    },
}


_PARAMETERS = {
    "khoi": {"description": "KHOI_ID of the deployment."},
    "service": {"description": "The service whose audit chain it is."},
}


def _log_of(producer: str) -> str:
    """Return the middle of a topic's name: every service has a chain of its own."""
    return "{service}-audit" if producer == "audit" else producer


def _producers() -> dict[str, list[EventType]]:
    found: dict[str, list[EventType]] = {}
    for entry in sorted(all_types().values(), key=lambda entry: entry.full_name):
        if entry.full_name.startswith(PREFIX):
            found.setdefault(entry.producer, []).append(entry)
    return found


def document() -> dict[str, Any]:
    """Return the AsyncAPI document of every registered type; the same registry gives the same document."""
    producers = _producers()
    entries = [entry for types in producers.values() for entry in types]
    references, schemas = msgspec.json.schema_components(
        [entry.data for entry in entries], ref_template="#/components/schemas/{name}"
    )
    messages = {
        entry.full_name: {
            "name": entry.full_name,
            "title": entry.name,
            "summary": entry.meaning,
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": reference,
            "bindings": {"kafka": {"key": {"type": "string", "description": "The same as ce_partitionkey."}}},
        }
        for entry, reference in zip(entries, references, strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sự kiện của đảng bộ Khối",
            "version": DOCUMENT_VERSION,
            "description": (
                "Events of the four services, one topic per producing service, and one for the audit chain of each "
                "({service}-audit). Within a version of a type "
                "fields may only be added, with a default; readers ignore fields they do not know."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            producer: {
                "address": f"{{khoi}}.{_log_of(producer)}.events",
                "parameters": {
                    name: text
                    for name, text in _PARAMETERS.items()
                    if f"{{{name}}}" in f"{{khoi}}{_log_of(producer)}"
                },
                "messages": {
                    entry.full_name: {"$ref": f"#/components/messages/{entry.full_name}"} for entry in types
                },
            }
            for producer, types in producers.items()
        },
        "operations": {
            f"publish-{producer}": {"action": "send", "channel": {"$ref": f"#/channels/{producer}"}}
            for producer in producers
        },
        "components": {
            "messages": messages,
            "schemas": {"CloudEventHeaders": HEADERS, **dict(sorted(schemas.items()))},
        },
    }


def text() -> str:
    """Return the document as it is committed: two-space JSON with a line end."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2).decode() + "\n"
