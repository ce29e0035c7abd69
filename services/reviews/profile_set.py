"""Thay đổi bộ quy tắc của một hệ thống: which profiles the deployment has taken into use, on the record.

The prepare step compares the profiles of the software and of ``KHOI_PROFILES`` with those taken into use before: a
new, changed or withdrawn one is entered into the audit by fingerprint. A profile that cases began under keeps its
values for ever: one that is missing, or whose known values changed, stops the start. (A later version of the
software may know more settings, or no longer one that ruled nothing; that is no change.) So does one that a round was
opened under.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping

import msgspec

from services.reviews.documents import CaseRecord, Round
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
    used: Counter[str] = Counter()
    for kind in (CaseRecord.kind(), Round.kind()):
        counted = store.collection(kind).aggregate([{"$group": {"_id": "$profile", "count": {"$sum": 1}}}])
        used.update({raw["_id"]: raw["count"] for raw in counted})
    for profile_id, count in used.items():
        found = profiles.get(profile_id)
        if found is None:
            raise SettingsError(
                f"KHOI_PROFILES: thiếu bộ quy tắc {profile_id}, theo đó {count} vụ việc, đợt rà soát đã bắt đầu; hãy"
                f" đặt lại tệp (profile {profile_id} is missing; {count} cases and rounds began under it: put its file"
                " back)"
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
                f"KHOI_PROFILES: bộ quy tắc {profile_id} đã đổi {', '.join(other)} trong khi {count} vụ việc, đợt rà"
                " soát đã bắt đầu theo giá trị cũ; hãy giữ tệp cũ và thêm bộ quy tắc mới với id và valid_from mới"
                f" (profile {profile_id} changed under {count} cases and rounds: keep it and add another, with its own"
                " id and day)"
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
