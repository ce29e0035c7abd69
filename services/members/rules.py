"""The transfer and readmission rules that this process knows, and which one holds for what happened on a day.

Those that come with the service, and those of the deployment's own folder (``KHOI_TRANSFER_RULES``), which may take the
place of one of the service's by having its first day. Each process reads them once, when it starts; a file that cannot
be trusted keeps it from starting. A clock keeps the day and the source it began with, whatever the rules say later.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from services.members.domain import dated_rules
from services.members.domain.dated_rules import DatedRule, RuleError, load_rules
from shared.access.actor import Context, system_actor
from shared.service import Runtime
from shared.settings import Settings, usable
from shared.store.connection import Document
from shared.store.unit_of_work import Transaction

RULES = "transfer_rules"
_folder: Path | None = None


def configure(settings: Settings) -> None:
    """Take the deployment's folder from the settings; raise SettingsError when a file in it cannot be used."""
    global _folder  # noqa: PLW0603 -- one process is of one deployment, and its rules do not change while it runs
    with usable("KHOI_TRANSFER_RULES", settings.transfer_rules, "quy định", RuleError):
        rules_with(settings.transfer_rules)
    _folder = settings.transfer_rules


@lru_cache(maxsize=4)
def rules_with(folder: Path | None) -> tuple[DatedRule, ...]:
    """Return the rules that come with the service and those in *folder*, oldest first.

    Raises RuleError, or OSError when the folder cannot be read.
    """
    files = [] if folder is None else [each for each in folder.iterdir() if each.suffix == ".toml"]
    return load_rules({each.name: each.read_text("utf-8") for each in files})


def known_rules() -> tuple[DatedRule, ...]:
    """Return every rule that this process knows, oldest first."""
    return rules_with(_folder)


def rule_on(day: date) -> DatedRule:
    """Return the rule for what happened on *day*; the first one for what lies before it."""
    return dated_rules.rule_on(day, known_rules())


def take_into_use(runtime: Runtime) -> None:
    """Enter into the audit which rules are new, changed or withdrawn since the deployment was prepared before."""
    rules = {each.valid_from.isoformat(): each for each in known_rules()}
    before: dict[str, Document] = {raw["_id"]: raw for raw in runtime.store.collection(RULES).find({})}
    if {day: each.fingerprint for day, each in rules.items()} == {
        day: raw["fingerprint"] for day, raw in before.items()
    }:
        return
    identifier = f"prepare-{uuid.uuid4()}"
    context = Context(
        actor=system_actor(runtime.definition.name), request_id=identifier, correlation_id=identifier
    )
    runtime.unit_of_work.run(context, lambda tx: _record(tx, rules, before))


def _record(tx: Transaction, rules: Mapping[str, DatedRule], before: Mapping[str, Document]) -> None:
    collection = tx.collection(RULES)
    for day, rule in rules.items():
        known = before.get(day, {}).get("fingerprint")
        if known == rule.fingerprint:
            continue
        action = "transfer_rule.take_into_use" if known is None else "transfer_rule.change"
        tx.record(action, day, before=known, after=rule.fingerprint)
        document = {"_id": day, "title": rule.title, "fingerprint": rule.fingerprint}
        collection.replace_one({"_id": day}, document, upsert=True, session=tx.session)
    for day in before.keys() - rules.keys():
        tx.record("transfer_rule.withdraw", day, before=before[day]["fingerprint"])
        collection.delete_one({"_id": day}, session=tx.session)
