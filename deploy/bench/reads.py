"""GET of one member and a list of 50 against a bare Flask view on the same records."""

from __future__ import annotations

from typing import Any, cast

from deploy.bench.arena import Arena
from deploy.bench.bare import LIST_SIZE
from deploy.bench.http_client import Repeated
from deploy.bench.measuring import Figure, Outcome, Target, ratios
from deploy.bench.parts import gunicorn, import_roster, roster_of, running

MEMBERS = 6_000
TIMES_ONE = 400
TIMES_LIST = 100
WARM = 30
AT_LEAST = 0.5

METHOD = (
    "The members API as the stack runs it (gunicorn, one worker of eight threads) with a real token (its "
    "signature verified once, then remembered for a minute, as in service), access decided, version as ETag; "
    "against a Flask application under the same gunicorn settings whose views are one find_one by id and one find "
    "over the same cells with the same fields, limited to 50, both answered by orjson. One client asks one "
    "request after the other over a kept connection; requests per second, ours ÷ bare."
)
LIMIT = (
    "Beside the query a request pays for the access decision, request ids, metrics, headers, and for the list a look "
    "at the state of the tree, which is another round trip to the server."
)


def measure(arena: Arena) -> Outcome:
    """Import a roster, then measure both sides alternately."""
    arena.say("reads: importing a roster")
    settings = arena.deployment()
    size = arena.sized(MEMBERS, least=600)
    roster = roster_of(arena, size)
    one: tuple[list[float], list[float]] = ([], [])
    several: tuple[list[float], list[float]] = ([], [])
    with (
        running(arena, settings, ["members-web", "members-worker"]) as parts,
        gunicorn(arena, settings, "deploy.bench.bare:application()") as bare,
    ):
        import_roster(parts.addresses, roster)
        ours, token = parts.plan.ports.web["members"], parts.token("organizing_board")
        listing = f"/api/members/members?limit={LIST_SIZE}"
        with Repeated(ours, listing, token=token) as client:
            items = cast("list[dict[str, Any]]", client.json()["items"])
        if len(items) != LIST_SIZE:
            raise RuntimeError(f"the list holds {len(items)} members, not {LIST_SIZE}")
        member = items[0]["id"]
        cells = ",".join(dict.fromkeys(item["cell_id"] for item in items))
        fields = ",".join(_FIELDS)
        with (
            Repeated(ours, f"/api/members/members/{member}", token=token) as our_one,
            Repeated(bare, f"/members/{member}") as bare_one,
            Repeated(ours, listing, token=token) as our_list,
            Repeated(bare, f"/members?cells={cells}&fields={fields}") as bare_list,
        ):
            for client in (our_one, bare_one, our_list, bare_list):
                client.seconds(WARM)
            for turn in range(arena.repeats):
                arena.say(f"reads {turn + 1}/{arena.repeats}")
                one[1].append(1 / bare_one.seconds(arena.sized(TIMES_ONE, least=20)))
                one[0].append(1 / our_one.seconds(arena.sized(TIMES_ONE, least=20)))
                several[1].append(1 / bare_list.seconds(arena.sized(TIMES_LIST, least=10)))
                several[0].append(1 / our_list.seconds(arena.sized(TIMES_LIST, least=10)))
    arena.forget(settings)
    target = Target(at_least=AT_LEAST)
    return Outcome(
        key="reads",
        title="Reads",
        method=f"{METHOD} {size:,} members.",
        figures=(
            Figure(name="GET one member ÷ bare", unit="×", samples=ratios(*one), target=target),
            Figure(name=f"list of {LIST_SIZE} ÷ bare", unit="×", samples=ratios(*several), target=target),
            Figure(name="GET one member", unit="/s", samples=tuple(one[0])),
            Figure(name="bare find_one", unit="/s", samples=tuple(one[1])),
            Figure(name=f"list of {LIST_SIZE}", unit="/s", samples=tuple(several[0])),
            Figure(name=f"bare find of {LIST_SIZE}", unit="/s", samples=tuple(several[1])),
        ),
        limit=LIMIT,
    )


_FIELDS = (
    *("full_name", "gender", "card_number", "dossier_number", "admitted_on", "official_on", "current"),
    *("exempt_from", "exempt_until", "temporary", "cell_id", "organization_path", "organization_since"),
    *("screening_status", "version"),
)
"""The fields that a row of our list shows."""
