"""Pages of the register at 60,000 members: a late page must cost what the first does, listed or searched by name."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast
from urllib.parse import urlencode

import msgspec

from deploy.bench.arena import Arena
from deploy.bench.http_client import Repeated
from deploy.bench.measuring import Figure, Outcome, Target, ratios, timed
from deploy.bench.parts import running
from deploy.demo.synthetic import SyntheticKhoi
from deploy.process import definition
from deploy.stack.stack import fetch_token
from services.members.commands.organizations import new_organization
from services.members.documents import Member, Organization, index_keys
from services.members.levels import SCHEME
from shared.ids import new_id
from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.indexes import create_indexes

SERVICE = "members"
MEMBERS = 60_000
PAGE = 50
WALKED = 200
"""Rows of a page while the register is walked from end to end."""
NEIGHBOURS = 5
"""Pages measured at each place: cells and stretches of names differ in size, and one page may meet a large one."""
TIMES = 5
WARM = 1
FILL = 2_000
AT_MOST = 1.3
COMMON = "nguyen"
"""The family name that a third of all members bear, written as people type it."""

METHOD = (
    "The members API as the stack runs it, over a register put into its database directly, by the service's own "
    "records and indexes. The whole list, and a search for the family name that a third of the members bear, are "
    "each walked once from end to end in pages of 200, every member once; then five neighbouring pages of 50 are "
    "asked for at the beginning, in the middle and at the end, one request after the other, the three alternately. "
    "Seconds, late pages ÷ first pages. Beside them the same search by the secretary of one cell, who sees that cell "
    "alone."
)
LIMIT = (
    "A page of the list reads whole cells, a page of a common name whole stretches of the order of names, and both "
    "differ in size."
)


class _Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A list walked once: what its pages begin behind, how many rows it has, how long it took."""

    starts: Sequence[str | None]
    rows: int
    seconds: float

    def positions(self) -> dict[str, list[str | None]]:
        """Return where the measured pages of each place begin; behind the last of them a whole page follows."""
        # The last page walked may be short.
        whole = self.starts[:-1] if len(self.starts) > 1 else self.starts
        middle = max(0, len(whole) // 2 - NEIGHBOURS // 2)
        return {
            "beginning": list(whole[:NEIGHBOURS]),
            "middle": list(whole[middle : middle + NEIGHBOURS]),
            "end": list(whole[-NEIGHBOURS:]),
        }


def measure(arena: Arena) -> Outcome:
    """Fill a register, walk both lists, then measure their pages alternately."""
    size = arena.sized(MEMBERS, least=3_000)
    settings = arena.deployment()
    arena.say(f"register: {size:,} members")
    cell_id, sort_of_all = _fill(settings, size)
    figures: list[Figure] = []
    with running(arena, settings, ["members-web"]) as parts:
        port, token = parts.plan.ports.web[SERVICE], parts.token("organizing_board")
        for title, query in (("list", {}), (f"search for “{COMMON}”", {"q": COMMON})):
            arena.say(f"register: walking the {title}")
            walk = _walk(port, token, query)
            expected = size if not query else sort_of_all
            if walk.rows != expected:
                raise RuntimeError(f"the {title} has {walk.rows} rows, not {expected}")
            times = _pages(arena, port, token, query, walk.positions())
            figures += _figures(title, times)
            figures.append(
                Figure(name=f"{title}, {walk.rows:,} rows walked", unit="s", samples=(walk.seconds,))
            )
        secretary = fetch_token(
            parts.plan.issuer_url,
            {"subject": "bench:secretary", "grants": [{"role": "cell_secretary", "organization": cell_id}]},
        )
        own = _pages(arena, port, secretary, {"q": COMMON}, {"own": [None]})["own"]
        figures.append(
            Figure(
                name=f"search for “{COMMON}” in one cell",
                unit="ms",
                samples=tuple(each * 1e3 for each in own),
            )
        )
    arena.forget(settings)
    return Outcome(
        key="register",
        title="Register",
        method=f"{METHOD} {size:,} members.",
        figures=tuple(sorted(figures, key=lambda figure: figure.target is None)),
        limit=LIMIT,
    )


def _pages(
    arena: Arena,
    port: int,
    token: str,
    query: Mapping[str, str],
    positions: Mapping[str, Sequence[str | None]],
) -> dict[str, list[float]]:
    """Return the seconds of a page at each position, measured alternately as often as the run repeats."""
    times: dict[str, list[float]] = {name: [] for name in positions}
    for _ in range(arena.repeats):
        for name, starts in positions.items():
            seconds = []
            for start in starts:
                # A connection of its own each time: one kept while the others are measured may be closed meanwhile.
                with Repeated(port, _path({**query, **_behind(start)}, PAGE), token=token) as client:
                    client.seconds(WARM)
                    seconds.append(client.seconds(arena.sized(TIMES, least=3)))
            times[name].append(statistics.mean(seconds))
    return times


def _figures(title: str, times: Mapping[str, Sequence[float]]) -> list[Figure]:
    first = times["beginning"]
    return [
        *(
            Figure(
                name=f"{title}: page {where} ÷ at the beginning",
                unit="×",
                samples=ratios(times[place], first),
                target=Target(at_most=AT_MOST),
            )
            for place, where in (("end", "at the end"), ("middle", "in the middle"))
        ),
        *(
            Figure(
                name=f"{title}: page of {PAGE}, {place}",
                unit="ms",
                samples=tuple(each * 1e3 for each in found),
            )
            for place, found in times.items()
        ),
    ]


def _walk(port: int, token: str, query: Mapping[str, str]) -> _Walk:
    """Read the list to its end, each page once; raise RuntimeError when a member comes twice."""
    starts: list[str | None] = [None]
    seen: set[str] = set()
    rows = 0
    with timed() as watch:
        while True:
            with Repeated(port, _path({**query, **_behind(starts[-1])}, WALKED), token=token) as client:
                page = client.json()
            items = cast("list[dict[str, Any]]", page["items"])
            rows += len(items)
            seen.update(item["id"] for item in items)
            if page["next"] is None:
                break
            starts.append(cast("str", page["next"]))
    if len(seen) != rows:
        raise RuntimeError(f"{rows} rows name {len(seen)} members")
    return _Walk(starts=starts, rows=rows, seconds=watch.seconds)


def _behind(start: str | None) -> dict[str, str]:
    return {} if start is None else {"after": start}


def _path(query: Mapping[str, str], limit: int) -> str:
    return f"/api/members/members?{urlencode({**query, 'limit': limit})}"


def _fill(settings: Settings, size: int) -> tuple[str, int]:
    """Put an invented Khối into the register; return the first cell, and how many members bear the common name."""
    khoi = SyntheticKhoi(members=size)
    organizations = _organizations(khoi)
    store = Store(settings, SERVICE)
    named = 0
    try:
        store.collection(Organization.kind()).insert_many(
            [each.to_document() for each in organizations.values()]
        )
        records = _records(khoi, organizations)
        while batch := list(islice(records, FILL)):
            named += sum(COMMON in raw["search_terms"] for raw in batch)
            store.collection(Member.kind()).insert_many(batch)
        # Behind the records: one pass over them costs less than an entry at each insert.
        create_indexes(store, definition(SERVICE).indexes)
    finally:
        store.close()
    return next(str(each.id) for each in organizations.values() if each.is_cell), named


def _organizations(khoi: SyntheticKhoi) -> dict[str, Organization]:
    """Return the organisations by code, parents first."""
    made: dict[str, Organization] = {}
    for row in khoi.organizations:
        parent = None if row.parent_code is None else made[row.parent_code]
        made[row.code] = new_organization(
            organization_id=new_id(),
            name=row.name,
            level=SCHEME.kind(row.level),
            code=row.code,
            parent_id=None if parent is None else str(parent.id),
            parent_path=[] if parent is None else list(parent.path),
            on=row.established_on,
        )
    return made


def _records(khoi: SyntheticKhoi, organizations: Mapping[str, Organization]) -> Iterator[Document]:
    """Yield the records that an import leaves: one is made by the service, the others are that one with other facts."""
    pattern: Document | None = None
    for row in khoi.members():
        cell = organizations[row.cell_code]
        facts: Document = {
            "_id": new_id(),
            "full_name": row.full_name,
            "gender": row.gender,
            "card_number": row.card_number,
            "dossier_number": row.dossier_number,
            "native_place": row.native_place,
            "admitted_on": row.admitted_on.isoformat(),
            "official_on": None if row.official_on is None else row.official_on.isoformat(),
            "cell_id": str(cell.id),
            "organization_path": list(cell.path),
            "organization_since": row.admitted_on.isoformat(),
        }
        if pattern is None:
            pattern = Member.from_document({**facts, **index_keys(facts)}).to_document()
        known = {name: value for name, value in {**pattern, **facts}.items() if value is not None}
        yield {**known, **index_keys(facts)}
