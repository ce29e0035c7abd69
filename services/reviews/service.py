"""The reviews service (rà soát, giáo dục, giúp đỡ, sàng lọc): its composition, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.reviews.attachments.kept import SWEEP
from services.reviews.deadlines import INDEXES as DEADLINE_INDEXES
from services.reviews.deadlines import MEASURE
from services.reviews.documents import SERVICE_NAME
from services.reviews.domain.citation import Refusal
from services.reviews.domain.papers import NothingToPrintError
from services.reviews.handlers import apply_members_events
from services.reviews.history.job import HISTORY_IMPORTS
from services.reviews.profiles import configure
from services.reviews.refusals import (
    bad_template,
    member_unknown,
    nothing_to_print,
    organization_unknown,
    refused,
)
from services.reviews.roster import ROSTER, TREE, NoOrganizationError, NotOnRosterError
from services.reviews.told import INDEXES as TOLD_INDEXES
from services.reviews.typesetting import TemplateError
from services.reviews.upgrades import STEPS
from services.reviews.working_groups import GROUPS, narrow
from services.reviews.working_groups import INDEXES as GROUP_INDEXES
from shared.held import Held
from shared.imports.rows import INDEXES as IMPORT_INDEXES
from shared.service import Runtime, ServiceDefinition
from shared.store.indexes import Index, RetiredIndex


def _blueprints() -> Sequence[Any]:
    from services.reviews.api import blueprints  # noqa: PLC0415 -- only the web process needs the views

    return blueprints()


def _held() -> Held:
    from services.reviews.held import HELD  # noqa: PLC0415 -- only who asks for a copy needs it

    return HELD


def _prepare(runtime: Runtime) -> None:
    from services.reviews.profile_set import take_into_use  # noqa: PLC0415 -- only the prepare step needs it

    take_into_use(runtime)


SERVICE = ServiceDefinition(
    name=SERVICE_NAME,
    title="Rà soát, giáo dục, giúp đỡ, sàng lọc đảng viên",
    blueprints=_blueprints,
    held=_held,
    narrow=narrow,
    indexes=(
        # At most one case per member in which people still have to act.
        Index("cases", (("member_id", 1), ("open", 1)), unique=True, only_where={"open": True}),
        Index("cases", (("member_id", 1),)),
        Index("cases", (("organization_path", 1),)),
        Index("cases", (("cell_id", 1),)),
        Index("attachments", (("case_id", 1),)),
        Index("attachments", (("member_id", 1),)),
        Index("papers", (("case_id", 1),)),
        Index("papers", (("member_id", 1),)),
        Index("rounds", (("organization_id", 1),)),
        Index("rounds", (("state", 1),)),
        Index("round_reports", (("round_id", 1),)),
        Index("round_papers", (("round_id", 1),)),
        *DEADLINE_INDEXES,
        *TOLD_INDEXES,
        *GROUP_INDEXES,
        Index("imports", (("active", 1),)),
        *IMPORT_INDEXES,
        Index(ROSTER, (("marks", 1),)),
        Index(ROSTER, (("cells", 1),)),
        Index(TREE, (("path", 1),)),
    ),
    retired_indexes=(
        RetiredIndex(
            "deadlines", (("organization_path", 1), ("due_on", 1)), "lists go by order, which is unique"
        ),
    ),
    data_steps=STEPS,
    consumes=("members", "notifications"),
    batch_handler=apply_members_events,
    jobs=(SWEEP, HISTORY_IMPORTS, MEASURE),
    configure=configure,
    prepare=_prepare,
    problems={
        Refusal: refused,
        NothingToPrintError: nothing_to_print,
        TemplateError: bad_template,
        NotOnRosterError: member_unknown,
        NoOrganizationError: organization_unknown,
    },
    projections=(ROSTER, TREE, GROUPS),
)
