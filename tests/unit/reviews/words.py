"""Words of the domain for the tests of reviews: cells, rolls, ballots, actors, cases brought to a state."""

import datetime as dt

import msgspec

from services.reviews import domain
from services.reviews.domain import Actor, Case, Document, Evidence, Opinion, RosterEntry, Step, Totals, Unit

MEMBER = "m-subject"
UNIT = Unit(cell_id="cell-1", organization_path=("khoi", "org-1", "cell-1"))
CELL_OF_THE_KHOI = Unit(cell_id="cell-9", organization_path=("khoi", "cell-9"), directly_under_khoi=True)
PROFILES = domain.load_profiles()
PROFILE = domain.profile_by_id("2021-hd02-qd24", PROFILES)
START = dt.date(2022, 3, 1)

SECRETARY = Actor(id="u-secretary", role="cell_secretary", member_id="m-secretary")
COMMITTEE = Actor(id="u-committee", role="grassroots_committee", member_id="m-committee")
STANDING = Actor(id="u-standing", role="standing_committee", member_id="m-standing")
BOARD = Actor(id="u-board", role="organizing_board", member_id="m-board")
SUBJECT = Actor(id="u-subject", role="member", member_id=MEMBER)


def weekdays(start: dt.date, count: int) -> dt.date:
    """Return the count-th day after start that is no weekend: a calendar without holidays."""
    day = start
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


def a_cell_with(official=9, exempt=0, probationary=0, temporary=0, subject="official"):
    """Return the roster of a cell; the subject is one of its official (or probationary) members."""
    since = dt.date(2010, 1, 1)
    names = [f"m-{number}" for number in range(official - (subject == "official"))]
    roster = [RosterEntry(member_id=name, official_on=since, in_cell_from=since) for name in names]
    roster += [
        RosterEntry(member_id=f"e-{n}", official_on=since, in_cell_from=since, exempt_from=since)
        for n in range(exempt)
    ]
    roster += [
        RosterEntry(member_id=f"p-{n}", official_on=None, in_cell_from=since) for n in range(probationary)
    ]
    roster += [
        RosterEntry(member_id=f"t-{n}", official_on=since, in_cell_from=since, temporary=True)
        for n in range(temporary)
    ]
    own = since if subject == "official" else None
    return [*roster, RosterEntry(member_id=MEMBER, official_on=own, in_cell_from=since)]


def roll_of(on, roster=None, rule=None):
    return domain.build_roll(
        roster if roster is not None else a_cell_with(),
        as_of=on,
        subject_id=MEMBER,
        rule=rule or PROFILE.settings.flag_base.value,
    )


def votes(votes_for, against=0, invalid=0):
    valid = votes_for + against
    total = valid + invalid
    return Totals(issued=total, returned=total, valid=valid, votes_for=votes_for, against=against)


def a_document(on, number="12-QĐ/ĐU"):
    return Document(number=number, issued_on=on, issuer="Đảng ủy cơ sở")


def two_bad_years(on):
    return [
        Evidence(kind="annual_not_completed", reference=f"KQ {year}", on=dt.date(year, 12, 31), year=year)
        for year in (on.year - 2, on.year - 1)
    ]


def evidence(kind, on, **extra):
    return Evidence(kind=kind, reference="số 3-BB", on=on, **extra)


def an_opinion(on):
    return Opinion(organization="Công đoàn cơ quan", minutes="Biên bản số 4", on=on)


def days(count):
    return dt.timedelta(days=count)


def proposed(on=START, *, unit=UNIT, status="official", profile=PROFILE, opinions=True) -> Case:
    return domain.propose(
        case_id="case-1",
        member_id=MEMBER,
        status=status,
        unit=unit,
        profile=profile,
        actor=SECRETARY,
        on=on,
        criterion_code="C1",
        evidence=two_bad_years(on),
        opinions=[an_opinion(on)] if opinions else (),
    ).case


def guided(on=START, *, unit=UNIT, status="official", profile=PROFILE) -> Case:
    case = proposed(on, unit=unit, status=status, profile=profile)
    case = domain.request_guidance(case, profile, actor=SECRETARY, on=on).case
    above = STANDING if unit.directly_under_khoi else COMMITTEE
    return domain.give_guidance(
        case, profile, actor=above, on=on, agrees=True, by_organization="org-1", document=a_document(on)
    ).case


def listed(on=START, *, unit=UNIT, status="official", profile=PROFILE) -> Case:
    case = guided(on, unit=unit, status=status, profile=profile)
    return domain.record_ballot(
        case,
        profile,
        actor=SECRETARY,
        on=on,
        ballot_id="b-1",
        roll=roll_of(on),
        totals=votes(9),
        minutes="BB 1",
    ).case


def in_education(on=START, *, unit=UNIT, status="official", profile=PROFILE, followed_up=True) -> Case:
    case = listed(on, unit=unit, status=status, profile=profile)
    case = domain.assign_helpers(
        case, profile, actor=SECRETARY, on=on, helpers=["m-1"], roster=a_cell_with()
    ).case
    if followed_up:
        case = domain.record_follow_up(case, profile, actor=SECRETARY, on=on + days(90), minutes="BB 2").case
    return case


def removal_proposed(
    on=START, *, unit=UNIT, status="official", ground="X1", mode="name_removal", delegation=None
):
    kinds = {
        "X1": [evidence("absence_count", on, count=3, year=on.year)],
        "X3": [evidence("card_statement", on)],
    }
    by_mode = {
        "expulsion": [evidence("discipline_decision", on)],
        "resignation": [evidence("application", on)],
    }
    return domain.propose_direct_removal(
        case_id="case-2",
        member_id=MEMBER,
        status=status,
        unit=unit,
        profile=PROFILE,
        actor=SECRETARY,
        on=on,
        mode=mode,
        ground=ground if mode == "name_removal" else None,
        evidence=by_mode.get(mode, kinds[ground]),
        delegation=delegation,
    ).case


def told_and_heard(case, on):
    case = domain.notify_member(
        case, PROFILE, actor=SECRETARY, on=on, about="removal", channel="trực tiếp", receipt="acknowledged"
    ).case
    return domain.record_hearing(case, PROFILE, actor=SECRETARY, on=on, attended=True, minutes="BB 5").case


def vote(case, on, level, votes_for=9, against=0, **more) -> Step:
    actors = {"cell": SECRETARY, "standing_committee": STANDING}
    base = {"roll": roll_of(on)} if level == "cell" else {"members_in_office": 9}
    return domain.record_removal_vote(
        case,
        PROFILE,
        actor=actors.get(level, COMMITTEE),
        on=on,
        vote_id="v",
        level=level,
        form="secret",
        totals=votes(votes_for, against),
        minutes="BB 6",
        **{**base, **more},
    )


def awaiting_decision(on=START, **about) -> Case:
    case = told_and_heard(removal_proposed(on, **about), on)
    for level in ("cell", "grassroots_committee", "standing_committee"):
        case = vote(case, on, level).case
    return case


def decide(case, on, outcome="removed", actor=STANDING, **changed) -> Step:
    facts = {
        "decision": a_document(on, "7-QĐ/ĐUK"),
        "signer_office": "Phó Bí thư Thường trực",
        "effective_on": on,
        "complaint_rights_informed_on": on,
    }
    return domain.decide_removal(case, PROFILE, actor=actor, on=on, outcome=outcome, **{**facts, **changed})


def removed(on=START, *, delivered=True) -> Case:
    case = decide(awaiting_decision(on), on).case
    if delivered:
        case = domain.deliver_decision(
            case, PROFILE, actor=SECRETARY, on=on, receipt="acknowledged", add_working_days=weekdays
        ).case
    return case


def names(step):
    return [name for name, _ in step.facts]


def changed(struct, **fields):
    return msgspec.structs.replace(struct, **fields)
