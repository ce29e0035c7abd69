"""What can go wrong between a command and its record. The web layer turns each into a problem document."""

from __future__ import annotations


class StoreError(Exception):
    """Base of what the store raises on purpose."""


class MissingError(StoreError):
    """No record of that kind has that id."""

    def __init__(self, kind: str, record_id: str) -> None:
        """Remember which *kind* and *record_id* was asked for."""
        super().__init__(f"{kind} {record_id} does not exist")
        self.kind = kind
        self.record_id = record_id


class VersionConflictError(StoreError):
    """Somebody changed the record since it was read (412)."""

    def __init__(self, kind: str, record_id: str) -> None:
        """Remember which *kind* and *record_id* changed underneath."""
        super().__init__(f"{kind} {record_id} was changed meanwhile")
        self.kind = kind
        self.record_id = record_id


class AlreadyExistsError(StoreError):
    """A unique rule of the records would be broken (409); ``fields`` names what is taken."""

    def __init__(self, kind: str, fields: dict[str, object]) -> None:
        """Remember the *kind* and the *fields* that are already taken."""
        super().__init__(f"{kind} with {', '.join(fields)} already exists")
        self.kind = kind
        self.fields = fields


class StoreBusyError(StoreError):
    """The store could not take the command in time (503); nothing was written."""
