"""Thay đổi bộ quy tắc của một hệ thống: which profiles the deployment has taken into use, on the record.

The prepare step compares the profiles of the software and of ``KHOI_PROFILES`` with those taken into use before: a
new, changed or withdrawn one is entered into the audit by fingerprint. A profile that cases began under keeps its
values for ever: one that is missing, or whose known values changed, stops the start. (A later version of the
software may know more settings, or no longer one that ruled nothing; that is no change.)
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from services.reviews.documents import CaseRecord
from services.reviews.domain.profile import RETIRED_SETTINGS, Profile
from services.reviews.profiles import known_profiles
from shared.access.actor import Context, system_actor
from shared.service import Runtime
from shared.settings import SettingsError
from shared.store.connection import Document, Store
from shared.store.unit_of_work import Transaction

PROFILES = "profiles"


def take_into_use(runtime: Runtime) -> None:
    """Record the profiles that are new or changed; raise SettingsError when cases began under other values."""
    profiles = {each.id: each for each in known_profiles()}
    before: dict[str, Document] = {raw["_id"]: raw for raw in runtime.store.collection(PROFILES).find({})}
    _refuse_other_values(runtime.store, profiles, before)
    identifier = f"prepare-{uuid.uuid4()}"
    context = Context(
        actor=system_actor(runtime.definition.name), request_id=identifier, correlation_id=identifier
    )
    runtime.unit_of_work.run(context, lambda tx: _record(tx, profiles, before))


def values_of(profile: Profile) -> dict[str, str]:
    """Return each setting's value as JSON text, by its dotted name: what a case lives by."""
    return {each.name: msgspec.json.encode(each.value).decode() for each in profile.listed()}


def _refuse_other_values(
    store: Store, profiles: Mapping[str, Profile], before: Mapping[str, Document]
) -> None:
    used = store.collection(CaseRecord.kind()).aggregate(
        [{"$group": {"_id": "$profile", "cases": {"$sum": 1}}}]
    )
    for profile_id, cases in [(raw["_id"], raw["cases"]) for raw in used]:
        found = profiles.get(profile_id)
        if found is None:
            raise SettingsError(
                f"KHOI_PROFILES: thiếu bộ quy tắc {profile_id}, theo đó {cases} vụ việc đã bắt đầu; hãy đặt lại tệp"
                f" (profile {profile_id} is missing; {cases} cases began under it: put its file back)"
            )
        known = {
            each["name"]: each["value"]
            for each in before.get(profile_id, {}).get("values", [])
            if each["name"] not in RETIRED_SETTINGS
        }
        now = values_of(found)
        other = sorted(name for name, value in known.items() if now.get(name) != value)
        if other:
            raise SettingsError(
                f"KHOI_PROFILES: bộ quy tắc {profile_id} đã đổi {', '.join(other)} trong khi {cases} vụ việc đã bắt đầu"
                " theo giá trị cũ; hãy giữ tệp cũ và thêm bộ quy tắc mới với id và valid_from mới"
                f" (profile {profile_id} changed under {cases} cases: keep it and add another, with its own id and day)"
            )


def _record(tx: Transaction, profiles: Mapping[str, Profile], before: Mapping[str, Document]) -> None:
    collection = tx.collection(PROFILES)
    for profile_id, profile in profiles.items():
        known = before.get(profile_id, {}).get("fingerprint")
        if known == profile.fingerprint:
            continue
        tx.record(
            "profile.take_into_use" if known is None else "profile.change",
            profile_id,
            before=known,
            after=profile.fingerprint,
        )
        document = {
            "_id": profile_id,
            "fingerprint": profile.fingerprint,
            "valid_from": profile.valid_from.isoformat(),
            "values": [{"name": name, "value": value} for name, value in values_of(profile).items()],
        }
        collection.replace_one({"_id": profile_id}, document, upsert=True, session=tx.session)
    for profile_id in before.keys() - profiles.keys():
        tx.record("profile.withdraw", profile_id, before=before[profile_id]["fingerprint"])
        collection.delete_one({"_id": profile_id}, session=tx.session)
