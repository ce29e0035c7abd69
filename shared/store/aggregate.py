"""The base of every aggregate: schema and validation by mongoengine, version and event count by us."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from mongoengine import Document, IntField, StringField
from mongoengine.base import BaseField


class DayField(BaseField):
    """A plain date, kept as ISO text: it sorts, and no time zone can shift it."""

    def to_mongo(self, value: Any) -> str | None:
        """Return the ISO text of a date."""
        return value.isoformat() if isinstance(value, date) else value

    def to_python(self, value: Any) -> Any:
        """Return the date of an ISO text."""
        return date.fromisoformat(value) if isinstance(value, str) else value

    def validate(self, value: Any) -> None:
        """Refuse anything that is not a plain date."""
        if type(value) is not date:
            self.error(f"{value!r} is not a date")


class Aggregate(Document):
    """A record that changes as one. ``version`` guards every change; ``sequence`` counts its events."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    version = IntField(required=True, default=1)
    sequence = IntField(required=True, default=0)

    @property
    def partition_key(self) -> str:
        """Return what keeps the order of its events: the member where there is one, else itself."""
        return str(getattr(self, "member_id", None) or self.id)

    @classmethod
    def kind(cls) -> str:
        """Return the collection's name, which also names the kind in problems and audit."""
        return str(cls._get_collection_name())

    def to_document(self) -> dict[str, Any]:
        """Validate and return the Mongo document; raise mongoengine.ValidationError."""
        self.validate()
        return dict(self.to_mongo())

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Any:
        """Build the aggregate from its Mongo document."""
        return cls._from_son(document)
