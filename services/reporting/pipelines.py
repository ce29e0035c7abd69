"""Making the pipeline of an organisation: its cases, transfers and rounds, in all and for each organisation below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.reporting import queries, sight
from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import AGES, STAGES, Pipeline, figure_of, pipeline
from services.reporting.domain.rounds import InRounds, Standing, added
from services.reporting.domain.screening_report import Applied
from services.reporting.domain.small_organizations import WITHHELD
from services.reporting.levels import level_name
from services.reporting.reports import below
from services.reporting.rounds import standings
from shared.access.actor import Actor
from shared.clock import Clock
from shared.store.connection import Document, Store
from shared.web.problems import invalid

_ROUNDS = "rounds."


class PipelinePart(msgspec.Struct, frozen=True, kw_only=True):
    """Pipeline of one organisation — *tiến độ của một tổ chức*; None where its figures are kept back.

    ``rounds`` counts cells and what they owe, not members: it is kept back from nobody.
    """

    organization_id: str
    name: str
    level_name: str
    pipeline: Pipeline | None
    in_transit: int | None
    in_transit_overdue: int | None
    rounds: InRounds
    by_round: tuple[InRounds, ...]
    """The same for each of the report's rounds, in their order."""


class SilentCell(msgspec.Struct, frozen=True, kw_only=True):
    """Cell that has not reported — *chi bộ chưa báo cáo*; ``above``: names from below the organisation down."""

    organization_id: str
    name: str
    above: tuple[str, ...]
    overdue: bool


class RoundInPipeline(msgspec.Struct, frozen=True, kw_only=True):
    """Round that was open in the period or still is — *đợt rà soát*, and who has not reported in it."""

    round_id: str
    name: str
    opened_on: date
    due_on: date
    closed_on: date | None
    silent: tuple[SilentCell, ...]


class PipelineReport(msgspec.Struct, frozen=True, kw_only=True):
    """Pipeline of an organisation and of those directly below — *báo cáo tiến độ giải quyết*."""

    whole: PipelinePart
    items: tuple[PipelinePart, ...]
    period: Period
    rounds: tuple[RoundInPipeline, ...]
    stages: dict[str, str]
    ages: tuple[int, ...]
    withheld: str | None
    as_of: date
    applied: dict[str, Applied]


def pipeline_report(
    store: Store,
    clock: Clock,
    person: Actor,
    organization: queries.Organization,
    *,
    period: Period,
    as_of: date | None,
    sort: str,
) -> PipelineReport:
    """Return the pipeline as a person may see it — *tiến độ giải quyết*; end with 422 for a sort by no figure.

    Stages, ages, transfers and what cells owe are those at the end of the day; outcomes, complaints and reversals
    those of the period. A case counts where it stands on that day.
    """
    applied = queries.applied(store)
    day = as_of or clock.today()
    passages = queries.passages(store, organization.id, as_of=day)
    moving = queries.transfers_under(store, organization.id, on=day)
    rounds = standings(store, organization, period=period, as_of=day)
    parts = below(store, organization.id, [each.facts for each in passages], period=period, as_of=day)
    rolls = None
    if not sight.opens_cases(person, organization):
        rolls = sight.rolls(store, period=period, as_of=day)

    def part_of(part: queries.Organization) -> PipelinePart:
        version = part.version_on(day, known_on=day)
        in_rounds = tuple(each.under(part.id) for each in rounds)
        shown = rolls is None or rolls.shown(part.id)
        own = [each for each in passages if part.id in each.facts.as_known(day).path_on(day)]
        on_the_way = [each for each in moving if part.id in each["under"]]
        return PipelinePart(
            organization_id=part.id,
            name=version.name if version is not None else part.id,
            level_name=level_name(version.level) if version is not None else "",
            pipeline=pipeline(own, period=period, on=day) if shown else None,
            in_transit=len(on_the_way) if shown else None,
            in_transit_overdue=_overdue(on_the_way, day.isoformat()) if shown else None,
            rounds=added(in_rounds),
            by_round=in_rounds,
        )

    whole, items = part_of(organization), [part_of(part) for part in parts]
    return PipelineReport(
        whole=whole,
        items=tuple(_sorted(items, sort)),
        period=period,
        rounds=_rounds(store, organization, rounds, day),
        stages={str(stage): text for stage, text in STAGES.items()},
        ages=AGES,
        withheld=WITHHELD if any(each.pipeline is None for each in (whole, *items)) else None,
        as_of=day,
        applied=applied,
    )


def _rounds(
    store: Store, organization: queries.Organization, rounds: Sequence[Standing], day: date
) -> tuple[RoundInPipeline, ...]:
    silent = [[cell for cell in each.silent if organization.id in cell.path] for each in rounds]
    ids = {id_ for cells in silent for cell in cells for id_ in cell.path}
    names = queries.names_on(store, ids, day)

    def above(path: Sequence[str]) -> tuple[str, ...]:
        return tuple(names[id_] for id_ in path[path.index(organization.id) + 1 : -1])

    return tuple(
        RoundInPipeline(
            round_id=each.round.round_id,
            name=each.round.name,
            opened_on=each.round.opened_on,
            due_on=each.round.due_on,
            closed_on=each.round.closed_on,
            silent=tuple(
                sorted(
                    (
                        SilentCell(
                            organization_id=cell.cell_id,
                            name=names[cell.cell_id],
                            above=above(cell.path),
                            overdue=cell.overdue,
                        )
                        for cell in cells
                    ),
                    key=lambda cell: (cell.above, cell.name, cell.organization_id),
                )
            ),
        )
        for each, cells in zip(rounds, silent, strict=True)
    )


def _overdue(transfers: Sequence[Document], day: str) -> int:
    return sum(each["due_on"] is not None and each["due_on"] < day for each in transfers)


def _sorted(items: Sequence[PipelinePart], wanted: str) -> list[PipelinePart]:
    """Return the items in the order asked for; what is kept back or has no such figure stands last, by name."""
    key, downward = wanted.removeprefix("-"), wanted.startswith("-")
    by_name = sorted(
        items, key=lambda item: (item.name, item.organization_id), reverse=downward and key == "name"
    )
    if key == "name":
        return by_name
    values = {item.organization_id: _value(item, key) for item in items}
    known = [item for item in by_name if values[item.organization_id] is not None]
    unknown = [item for item in by_name if values[item.organization_id] is None]
    known.sort(key=lambda item: values[item.organization_id] or 0, reverse=downward)
    return [*known, *unknown]


def _value(item: PipelinePart, key: str) -> int | None:
    """Return the figure under a dotted key, None where it is kept back or not there; end with 422 for no figure."""
    if key in {"in_transit", "in_transit_overdue"}:
        count: int | None = getattr(item, key)
        return count
    if key.startswith(_ROUNDS) and key.removeprefix(_ROUNDS) in InRounds.__struct_fields__:
        owed: int = getattr(item.rounds, key.removeprefix(_ROUNDS))
        return owed
    if item.pipeline is None:
        return None
    try:
        return figure_of(item.pipeline, key)
    except KeyError as error:
        raise invalid("/query/sort", "unknown", f"Không có chỉ tiêu {key}.", f"No figure {key}.") from error
