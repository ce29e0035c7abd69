"""Cursor pagination (keyset): each page starts behind the last key of the page before, at the same cost."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Generic, TypeVar

import msgspec
from pymongo.collection import Collection

from shared.store.connection import Document

T = TypeVar("T")
MAX_LIMIT = 200


class BadCursorError(ValueError):
    """The cursor was not made by this API."""


class Page(msgspec.Struct, Generic[T], kw_only=True):
    """One page and the cursor of the next, or None at the end."""

    items: list[T]
    next: str | None


def encode_cursor(key: str | int) -> str:
    """Return the opaque cursor that stands behind *key*."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> str | int:
    """Return the key a cursor stands behind; raise BadCursorError."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=str | int)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise BadCursorError("the cursor was not made here") from error


def page_of(
    collection: Collection[Document],
    match: dict[str, Any],
    *,
    order_by: str,
    after: str | None,
    limit: int,
    projection: list[str] | None = None,
) -> Page[Document]:
    """Return one page of documents by *order_by*, a field that is unique within *match*.

    ``limit`` is cut to 1..200; *after* is a cursor of an earlier page. Raises BadCursorError.
    """
    size = max(1, min(limit, MAX_LIMIT))
    query = dict(match)
    if after is not None:
        behind = {order_by: {"$gt": decode_cursor(after)}}
        # Side by side where they can be: the embedded server looks for no index within an $and.
        query = {"$and": [match, behind]} if order_by in match else {**match, **behind}
    found = list(collection.find(query, projection).sort(order_by, 1).limit(size + 1))
    items = found[:size]
    more = len(found) > size
    return Page(items=items, next=encode_cursor(items[-1][order_by]) if more else None)
