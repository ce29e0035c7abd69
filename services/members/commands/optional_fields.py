"""Write the sensitive fields of a record that the deployment keeps. Their values go into no event and no audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.members.documents import Member
from services.members.domain.optional_fields import not_kept, optional_value
from services.members.domain.violation import Violation
from services.members.refusals import RefusedError, refused
from shared.identifiers import InvalidIdentifierError
from shared.store.unit_of_work import Transaction


def change_optional(
    tx: Transaction, member: Member, *, values: Mapping[str, str | None], kept: Collection[str]
) -> Member:
    """Set fields, or take away those given as None, which is allowed for one that is kept no longer, too.

    Raises RefusedError for a field that is not kept, a value that cannot be, or where nothing changes.
    """
    given = {name: value for name, value in values.items() if value is not None}
    violations = not_kept(given, kept)
    new: dict[str, str] = {}
    for name, value in given.items():
        try:
            new[name] = optional_value(name, value)
        except InvalidIdentifierError as error:
            violations.append(Violation(code=error.code, field=name, detail_vi=error.detail_vi))
    if violations:
        raise RefusedError(violations)
    sealing, held = tx.store.sealing, dict(member.optional)
    # What is taken away is not opened: it may be sealed with a key that was lost.
    gone = {name for name, value in values.items() if value is None and name in held}
    before = sealing.opened_all({name: held[name] for name in new if name in held})
    changed = sorted(gone | set(differing(new, before)))
    if not changed:
        raise refused("nothing_changed", "", "Không có gì thay đổi.")
    stays = {name: value for name, value in held.items() if name not in changed}
    member.optional = stays | sealing.seal_all({name: new[name] for name in changed if name in new})
    record_change(tx, member, changed)
    tx.save(member)
    return member


def add_from_row(tx: Transaction, member: Member, sealed: Mapping[str, str]) -> list[str]:
    """Put what a row of a list says, sealed, into the record; a blank takes nothing away. Return what it changed."""
    sealing = tx.store.sealing
    changed = differing(sealing.opened_all(sealed), sealing.opened_all(member.optional))
    if changed:
        member.optional = {**member.optional, **sealed}
    return changed


def differing(given: Mapping[str, str], held: Mapping[str, str]) -> list[str]:
    """Return the fields of *given* that say something else than what is held."""
    return sorted(name for name, value in given.items() if held.get(name) != value)


def record_change(tx: Transaction, member: Member, changed: Collection[str]) -> None:
    """Enter which fields changed into the audit, and no value."""
    tx.record(
        "member.change_optional", str(member.id), member_id=str(member.id), after=",".join(sorted(changed))
    )
