"""The members service: tổ chức đảng và đảng viên. Its composition."""

from __future__ import annotations

from services.members.handlers import HANDLERS
from services.members.imports.job import IMPORTS
from services.members.imports.undecided import UNDECIDED
from services.members.reconciliation.job import RECONCILIATIONS
from services.members.reconciliation.reads import INDEXES as RECONCILIATION_INDEXES
from services.members.refusals import RefusedError, as_problem
from services.members.rules import configure as configure_rules
from services.members.rules import take_into_use
from services.members.transfers import INDEXES as TRANSFER_INDEXES
from services.members.transfers import RETIRED_INDEXES as TRANSFER_RETIRED_INDEXES
from services.members.tree import TREE
from services.members.upgrades import STEPS
from services.members.working_groups import INDEXES as WORKING_GROUP_INDEXES
from services.members.working_groups import narrow
from shared.held import Held
from shared.imports.rows import INDEXES as IMPORT_INDEXES
from shared.imports.rows import KEPT_DAYS
from shared.service import ServiceDefinition
from shared.settings import Settings, SettingsError
from shared.store.indexes import Index, RetiredIndex
from shared.store.sealed import read_keys


def _blueprints() -> list[object]:
    from services.members.api import (  # noqa: PLC0415 -- a blueprint belongs to one application
        classification,
        endings,
        imports,
        members,
        optional_fields,
        organizations,
        reconciliations,
        revocations,
        roster,
        transfers,
        working_groups,
    )

    return [
        organizations.blueprint,
        members.blueprint,
        endings.blueprint,
        optional_fields.blueprint,
        imports.blueprint,
        classification.blueprint,
        transfers.blueprint,
        roster.blueprint,
        reconciliations.blueprint,
        working_groups.blueprint,
        revocations.blueprint,
    ]


def _held() -> Held:
    from services.members.held import HELD  # noqa: PLC0415 -- only who asks for a copy needs it

    return HELD


def _configure(settings: Settings) -> None:
    configure_rules(settings)
    if settings.field_keys is not None:
        read_keys(settings.field_keys)
    elif settings.is_production and settings.optional_fields:
        raise SettingsError(
            "KHOI_FIELD_KEYS: KHOI_OPTIONAL_FIELDS cho lưu trường nhạy cảm, vậy phải có tệp khóa để mã hóa, xem "
            "docs/operate/keys.md (sensitive fields are kept only under keys)"
        )


SERVICE = ServiceDefinition(
    name="members",
    title="Khối — Tổ chức đảng và đảng viên",
    blueprints=_blueprints,
    held=_held,
    narrow=narrow,
    indexes=(
        Index("organizations", (("path", 1),)),
        Index("organizations", (("parents", 1),)),
        Index("organizations", (("code", 1),)),
        Index(
            "organizations",
            (("code", 1), ("in_force", 1)),
            unique=True,
            only_where={"in_force": True, "code": {"$exists": True}},
        ),
        Index(TREE, (("changes", 1),)),
        Index("members", (("cell_id", 1),)),
        Index("members", (("past_stays.cell_id", 1),), only_where={"past_stays": {"$exists": True}}),
        Index("members", (("search_terms", 1), ("order", 1))),
        *TRANSFER_INDEXES,
        *RECONCILIATION_INDEXES,
        *WORKING_GROUP_INDEXES,
        Index("imports", (("active", 1),)),
        *IMPORT_INDEXES,
        Index(UNDECIDED, (("import_id", 1),)),
        Index(UNDECIDED, (("created_at", 1),), expire_after_seconds=KEPT_DAYS * 24 * 3600),
    ),
    retired_indexes=(
        RetiredIndex("members", (("search_terms", 1),), "search reads terms in the order of lists"),
        *TRANSFER_RETIRED_INDEXES,
    ),
    data_steps=STEPS,
    consumes=("reviews",),
    jobs=(IMPORTS, RECONCILIATIONS),
    handlers=HANDLERS,
    configure=_configure,
    prepare=take_into_use,
    problems={RefusedError: as_problem},
)
"""What `deploy.process` runs."""
