"""Vụ việc trở về chi bộ cũ: the receiving side does not take the member in, so the case goes back to where they belong.

The case went ahead of the member with its written assessment. When the transfer comes to nothing, whoever is on the
list belongs where they belonged, and so does their case: with its history, and with its period of education running
on. Nobody takes this step; it follows what the register tells, so it is no row of the table of steps.
"""

from __future__ import annotations

import datetime as dt

from services.reviews.domain.case import Case, Clocks, Step, Unit, fact, take
from services.reviews.domain.citation import HD02, at
from services.reviews.domain.procedure import ON_THE_LIST, OPEN, State, Transition

RETURN = Transition(
    command="return_case",
    label_vi="Vụ việc trở về chi bộ cũ: nơi đến không tiếp nhận đảng viên",
    from_states=OPEN,
    to_states=(State.LISTED,),
    roles=(),
    guard="the register told that the transfer came to nothing after the case had been handed on",
    ends=("follow_up",),
    emits=("CaseTransferred",),
    citation=at(HD02, "các bước sau Bước 1"),
    certainty="assumed",
)


def return_case(case: Case, *, on: dt.date, unit: Unit) -> Step | None:
    """Return the case to *unit*, where its member still belongs; None where it was not handed on or stands there.

    Who is on the list waits there for helpers again, as after every change of the cell.
    """
    handed_on = bool(case.transfers) and case.transfers[-1].continues
    if case.state not in RETURN.from_states or not handed_on or case.unit.cell_id == unit.cell_id:
        return None
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("follow_up")
    listed = case.state in ON_THE_LIST
    went_back = fact(
        case, "CaseTransferred", on=on, to_path=list(unit.organization_path), continues=True, returned=True
    )
    return take(
        RETURN,
        case,
        actor=None,
        on=on,
        to=State.LISTED if listed else None,
        facts=[went_back],
        clocks=clocks,
        unit=unit,
        helpers=() if listed else case.helpers,
    )
