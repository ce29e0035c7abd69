"""Whether an ordered export may still be had — *còn quyền hay không*: asked with the grants of the moment."""

from __future__ import annotations

from typing import Any

import msgspec

from services.reporting import queries
from services.reporting.documents import ExportJob
from services.reporting.export_jobs.contents import CONTENTS
from services.reporting.export_jobs.order import read_stored
from shared.access.actor import Actor, Context, Grant
from shared.access.table import decide
from shared.imports.record import author_of, context_of
from shared.store.connection import Store
from shared.store.errors import MissingError


def author_with_grants(context: Context) -> dict[str, Any]:
    """Return what the worker must know of whoever orders: who, for which request, and under which grants."""
    return {**author_of(context), "grants": msgspec.to_builtins(context.actor.grants)}


def person_of(found: ExportJob) -> Actor:
    """Return whoever ordered, with the grants held then: the worker has no token to ask about those of now."""
    actor = context_of(found).actor
    return msgspec.structs.replace(actor, grants=msgspec.convert(found.author["grants"], tuple[Grant, ...]))


def still_allowed(store: Store, person: Actor, found: ExportJob) -> bool:
    """Tell whether a person may have all that an export holds, by the places of today."""
    content = CONTENTS[found.what]
    try:
        ids = content.organizations(store, read_stored(found.request))
        if ids is None:
            return decide(person, content.action, path=()) is not None
        places = queries.organizations_of(store, ids)
    except MissingError:
        return False
    return all(decide(person, content.action, path=places[each].path) is not None for each in ids)
