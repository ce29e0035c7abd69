"""How far a service is with the events of the others, from what was stored with their effects."""

from __future__ import annotations

from typing import Any

from shared.store.connection import Store


def applied(store: Store) -> dict[str, dict[str, Any]]:
    """Return by producing service: ``events`` applied (each once), highest ``position``, newest ``time``."""
    found: dict[str, dict[str, Any]] = {}
    for part in store.collection("consumed").find():
        source = str(part["source"]).rsplit("/", 1)[-1]
        reached = found.setdefault(source, {"events": 0, "position": 0, "time": None})
        reached["events"] += int(part.get("applied", 0))
        reached["position"] = max(reached["position"], int(part.get("last_position", 0)))
        times = [time for time in (reached["time"], part.get("last_time")) if time is not None]
        reached["time"] = max(times) if times else None
    return found


def stream_sequence(store: Store, source: str, subject: str) -> int:
    """Return up to which sequence the events of *subject* from service *source* were applied; 0 for none."""
    stream = f"{store.settings.event_source(source)}#{subject}"
    document = store.collection("inbox").find_one({"_id": stream}, ["sequence"])
    return 0 if document is None else int(document["sequence"])
