"""Random walks of commands through the procedure, and what must hold after every step of them."""

import datetime as dt
from collections import Counter
from random import Random

import msgspec

from services.reviews import domain
from services.reviews.commands.steps import unit_at
from services.reviews.domain import Actor, Case, Refusal, State, Unit
from services.reviews.domain.case import Step
from services.reviews.domain.history import TAKE_OVER, take_over_past_case
from services.reviews.domain.past_correction import CORRECT, WITHDRAW, correct_past_case, withdraw_past_case
from services.reviews.domain.procedure import BY_COMMAND, FINAL, ON_THE_LIST, OPEN, TRANSITIONS
from services.reviews.domain.returned_case import RETURN, return_case
from shared.events.catalogue import reviews as catalogue
from tests.unit.reviews import words
from tests.unit.reviews.pasts import a_past

PROFILE = words.PROFILE
ROLES = ("cell_secretary", "grassroots_committee", "standing_committee", "organizing_board", "member")
UNITS = (
    words.UNIT,
    words.CELL_OF_THE_KHOI,
    Unit(
        cell_id="cell-3",
        organization_path=("khoi", "org-2", "part-2", "cell-3"),
        part_committee=True,
    ),
)
LEVELS = ("cell", "grassroots_committee", "delegated_grassroots_committee", "standing_committee")
TOTALS = (
    words.votes(9),
    words.votes(9),
    words.votes(6, 3),
    words.votes(5, 4),
    words.votes(0, 9),
    words.votes(5),
    words.votes(10),
    words.changed(words.votes(9), valid=8),
)
# Votes often and exits seldom, so that walks get deep into the ladder.
WEIGHTS = {
    "record_removal_vote": 8,
    "decide_removal": 4,
    "close_other_exit": 0.05,
    "recognize_progress": 0.5,
    "transfer_case": 0.5,
}
VOTERS = {"cell": "cell_secretary", "standing_committee": "standing_committee"}


class Walk:
    """One walk: commands with mostly fitting and sometimes unfit facts, on days that mostly go forward."""

    def __init__(self, rng: Random, *, case_id: str = "case") -> None:
        self.rng = rng
        self.case_id = case_id
        self.day = words.START
        self.case: Case | None = None
        self.told: list[tuple[dt.date, tuple[tuple[str, dict], ...]]] = []
        """Day and facts of each step that told something."""
        self.taken: list[tuple[dt.date, Step]] = []
        """Every step with its day, those that told nothing but their deadlines too."""
        self.refusals: Counter[str] = Counter()
        self.regrouped = False
        """Whether the cell came under another superior on the way."""

    def mostly(self, good, *others):
        return good if not others or self.rng.random() < 0.9 else self.rng.choice(others)

    def actor(self, row) -> Actor:
        fitting = self.rng.choice(row.roles)
        if row.command == "record_removal_vote":
            fitting = VOTERS.get(self.due(), "grassroots_committee")
        if row.command == "correct_removal_vote":
            fitting = VOTERS.get(self.last_vote("level", "cell"), "grassroots_committee")
        role = self.mostly(fitting, *ROLES)
        own = role == "member"
        member_id = self.mostly(words.MEMBER if own else f"m-{role}", words.MEMBER, "m-other")
        return Actor(id=f"u-{role}", role=role, member_id=member_id)

    def due(self):
        pending = self.case is not None and self.case.removal is not None
        return domain.next_level(self.case, PROFILE) if pending else None

    def last_vote(self, name, otherwise):
        votes = self.case.removal.votes if self.case is not None and self.case.removal is not None else ()
        return getattr(votes[-1], name) if votes else otherwise

    def document(self, on):
        return words.a_document(
            self.mostly(on, on + words.days(1), on - words.days(400)), self.mostly("1", " ")
        )

    def kwargs(self, command, on):
        mostly, rng, text = self.mostly, self.rng, self.mostly("văn bản", " ")
        roster = words.a_cell_with(probationary=1)
        mode = rng.choice(["name_removal", "name_removal", "name_removal", "resignation", "expulsion"])
        ground = mostly(rng.choice(["X1", "X3", "X4", "P1"]) if mode == "name_removal" else None, "X2", None)
        kinds = {"X1": "absence_count", "X3": "card_statement", "P1": "probation_review"}
        kind = {"resignation": "application", "expulsion": "discipline_decision"}.get(mode, kinds.get(ground))
        proof = [words.evidence(kind, on, count=mostly(3, 2), year=mostly(on.year, None))] if kind else []
        proposal = {
            "mode": mode,
            "ground": ground,
            "evidence": mostly(proof, []),
            "delegation": mostly(None, words.a_document(on)),
        }
        totals = mostly(TOTALS[0], *TOTALS) if rng.random() < 0.6 else rng.choice(TOTALS)
        return {
            "request_guidance": dict,
            "record_opinion": lambda: {"opinion": words.an_opinion(on)},
            "give_guidance": lambda: {
                "agrees": mostly(True, False),
                "by_organization": text,
                "document": self.document(on),
                "reason": rng.choice(["", "lý do"]),
            },
            "record_ballot": lambda: {
                "ballot_id": "b",
                "roll": words.roll_of(mostly(on, on - words.days(1)), roster),
                "totals": totals,
                "minutes": text,
            },
            "correct_ballot": lambda: {
                "roll": words.roll_of(self.case.ballots[-1].on if self.case.ballots else on, roster),
                "totals": totals,
                "minutes": text,
                "reason": text,
            },
            "assign_helpers": lambda: {
                "helpers": mostly(["m-1"], [words.MEMBER], [], ["p-0"], ["m-2"]),
                "roster": roster,
                "under_review": {"m-2"},
            },
            "notify_member": lambda: {
                "about": rng.choice(["listing", "removal"]),
                "channel": text,
                "receipt": rng.choice(["acknowledged", "acknowledged", "refused", "pending"]),
            },
            "acknowledge_notice": lambda: {
                "number": mostly(len(self.case.notices), rng.randint(0, 5)),
            },
            "record_plan": lambda: {"text": text},
            "declare_helper_conflict": lambda: {
                "member_id": rng.choice(["m-1", "m-2"]),
                "reason": text,
            },
            "record_self_review": lambda: {"text": text},
            "assess_progress": lambda: {"progressed": rng.random() < 0.2, "minutes": text},
            "record_statement": lambda: {"text": text},
            "record_follow_up": lambda: {
                "minutes": text,
                "help_given": text,
                "helped_by": mostly(None, "m-1", "m-9"),
            },
            "extend_education": lambda: {"months": mostly(3, 0, 7), "minutes": text},
            "recognize_progress": lambda: {
                "decided_by": "org-1",
                "assessment": text,
                "decision": self.document(on),
            },
            "transfer_case": lambda: {
                "assessment": text,
                "to_unit": rng.choice([None, *UNITS]),
            },
            "close_other_exit": lambda: {"reason": "death", "reference": text},
            "propose_removal": lambda: proposal,
            "request_self_criticism": lambda: {
                "channel": text,
                "outcome": rng.choice(["submitted", "unanswered", "unanswered", "refused"]),
            },
            "record_hearing": lambda: {"attended": rng.choice([True, False]), "minutes": text},
            "record_appraisal": lambda: {"supports": True, "minutes": text},
            "record_removal_vote": lambda: {
                "vote_id": f"v-{len(self.told)}",
                "level": mostly(self.due() or "cell", *LEVELS),
                "form": "secret",
                "totals": totals,
                "minutes": text,
                "roll": mostly(words.roll_of(on, roster), None),
                "members_in_office": mostly(9, None),
                "refer_up": rng.random() < 0.3,
            },
            "correct_removal_vote": lambda: {
                "level": self.last_vote("level", "cell"),
                "form": "secret",
                "totals": totals,
                "minutes": text,
                "reason": text,
                "roll": mostly(words.roll_of(self.last_vote("on", on), roster), None),
                "members_in_office": mostly(9, None),
                "refer_up": rng.random() < 0.3,
            },
            "decide_removal": lambda: {
                "outcome": mostly("removed", "rejected"),
                "decision": self.document(on),
                "signer_office": text,
                "effective_on": mostly(on, None),
                "complaint_rights_informed_on": mostly(on, None),
                "continue_until": mostly(on + words.days(90), None),
            },
            "deliver_decision": lambda: {"receipt": "acknowledged", "add_working_days": words.weekdays},
            "lodge_complaint": lambda: {
                "reference": text,
                "level": rng.choice(["local", "central"]),
                "add_working_days": words.weekdays,
            },
            "resolve_complaint": lambda: {
                "outcome": rng.choice(["upheld", "reversed"]),
                "decision": self.document(on),
                "add_working_days": words.weekdays,
            },
            "close_case": dict,
            "propose_direct_removal": lambda: proposal,
            "propose": lambda: {
                "criterion_code": mostly("C1", "C3", "L1"),
                "evidence": mostly(words.two_bad_years(on), []),
                "opinions": mostly([words.an_opinion(on)], []),
                "sent_up": rng.random() < 0.5,
            },
        }[command]()

    def attempt(self, command, on):
        row = BY_COMMAND[command]
        facts = {"actor": self.actor(row), "on": on, **self.kwargs(command, on)}
        act = getattr(domain, command)
        if self.case is None:
            return act(
                case_id=self.case_id,
                member_id=words.MEMBER,
                status=self.rng.choice(["official", "official", "probationary"]),
                unit=self.rng.choice(UNITS),
                profile=PROFILE,
                **facts,
            )
        return act(self.case, PROFILE, **facts)

    def pick(self):
        if self.case is None:
            return self.rng.choice(["propose", "propose", "propose_direct_removal"])
        possible = [row.command for row in TRANSITIONS if self.case.state in row.from_states]
        anything = [row.command for row in TRANSITIONS if row.from_states]
        weights = [WEIGHTS.get(command, 2) for command in possible]
        fitting = self.rng.choices(possible, weights)[0] if possible else self.rng.choice(anything)
        return self.mostly(fitting, *anything)

    def step(self):
        on = self.mostly(self.day + words.days(self.rng.choice([0, 1, 10, 60])), self.day - words.days(7))
        command = self.pick()
        before = self.case
        try:
            step = self.attempt(command, on)
        except Refusal as refusal:
            self.refusals.update(refusal.codes)
            return
        check_step(before, step, command)
        self.keep(step, on)

    def take_over(self):
        """Begin with a case from before the system, as papers tell of it."""
        on, rng = self.day, self.rng
        past = self.papers(on)
        today = on + words.days(rng.choice([200, 1000]))
        step = take_over_past_case(
            case_id=self.case_id,
            member_id=words.MEMBER,
            status=rng.choice(["official", "probationary"]),
            unit=rng.choice(UNITS),
            profile=PROFILE,
            actor_id="u-board",
            role="organizing_board",
            past=past,
            today=today,
            add_working_days=words.weekdays,
        )
        check_case(step.case)
        self.keep(step, on)
        self.day = today

    def papers(self, on):
        """Return what papers tell of a case that began on that day."""
        rng = self.rng
        outcome = rng.choice(
            ["on_list", "on_list", "removed", "removed", "recognized", "transferred", "death"]
        )
        ended = {} if outcome == "on_list" else {"ended_on": on + words.days(rng.choice([0, 200]))}
        listed = {"listed_on": on, "criterion": self.mostly("C1", None)}
        removed = {
            "mode": "name_removal",
            "ground": self.mostly("X1", None),
            "delivered_on": ended.get("ended_on"),
        }
        if outcome == "removed" and rng.random() < 0.5:
            listed = {"listed_on": None, "criterion": None}
        told = {"ended_on": None, **listed, **ended, **(removed if outcome == "removed" else {})}
        return a_past(outcome=outcome, **told)

    def put_right(self):
        """Correct or withdraw a past case: all of it while nothing rests on it, a part of it after that."""
        case, rng = self.case, self.rng
        board = Actor(id="u-board", role="organizing_board", member_id=self.mostly("m-board", words.MEMBER))
        reason = self.mostly("đọc nhầm", " ")
        try:
            if rng.random() < 0.2:
                step = withdraw_past_case(case, actor=board, on=self.day, reason=reason)
            else:
                anew = self.papers(case.opened_on + words.days(rng.choice([-30, 0, 5])))
                partly = words.changed(
                    case.past, criterion="C2", source="sổ cũ", ground=case.past.ground and "X3"
                )
                step = correct_past_case(
                    case,
                    PROFILE,
                    actor=board,
                    on=self.day,
                    past=rng.choice([anew, partly]),
                    status=self.mostly(case.status, "official", "probationary"),
                    reason=reason,
                    today=self.day,
                    add_working_days=words.weekdays,
                )
        except Refusal as refusal:
            self.refusals.update(each.code for each in refusal.problems)
            assert self.case == case
            return
        check_case(step.case)
        assert step.case.replaced_pasts[:-1] == case.replaced_pasts
        assert step.case.replaced_pasts[-1].past == case.past
        self.keep(step, self.day)

    def register(self):
        """Let the register of members tell something that moves a case: a failed transfer, a new superior, a merger."""
        if self.rng.random() < 0.5 and self.case.transfers:
            home = unit_at(list(self.case.transfers[-1].from_path))
            step = return_case(self.case, on=self.day, unit=home)
            if step is not None:
                check_case(step.case)
                self.keep(step, self.day)
                self.regrouped = True
        elif self.case.state in OPEN:
            khoi, *_, cell = self.case.unit.organization_path
            above = self.rng.choice([(), ("org-1",), ("org-3",), ("org-2", "part-2")])
            merged = self.mostly(cell, "cell-1", "cell-9")
            self.case = words.changed(self.case, unit=unit_at([khoi, *above, merged]))
            check_case(self.case)
            self.regrouped = True

    def keep(self, step, on):
        self.case = step.case
        self.taken.append((on, step))
        if step.facts:
            self.told.append((on, step.facts))
        self.day = max(self.day, on)

    @property
    def facts(self) -> list[tuple[str, dict]]:
        return [fact for _, facts in self.told for fact in facts]

    def run(self, steps):
        if self.rng.random() < 0.1:
            self.take_over()
        for _ in range(steps):
            self.step()
            if self.case is not None and self.rng.random() < 0.03:
                self.register()
            if self.case is not None and self.case.past is not None and self.rng.random() < 0.15:
                self.put_right()
            if self.case is not None and self.case.state is State.WITHDRAWN:
                break
            if self.case is not None and self.case.state in FINAL:
                self.step()
                break
        if self.case is not None:
            check_whole(self.case, self.facts, regrouped=self.regrouped)
        return self


def check_step(before, step, command):
    """No step outside the table; facts are the catalogue's."""
    row, entry, case = BY_COMMAND[command], step.case.timeline[-1], step.case
    if before is None:
        assert entry.from_state is None
        assert not row.from_states
    else:
        assert entry.from_state == before.state
        assert before.state in row.from_states
    assert case.state == entry.to_state
    assert entry.to_state in row.to_states or (before is not None and entry.to_state == before.state)
    assert entry.role in row.roles
    if entry.role == "member":
        assert row.by_subject
    for name, fields in step.facts:
        assert name in row.emits
        type_ = getattr(catalogue, name)
        built = msgspec.convert(fields, type_)
        assert set(fields) <= set(type_.__struct_fields__)
        assert (built.case_id, built.member_id) == (case.id, case.member_id)
    check_case(case)


def check_case(case):
    """The case survives its stored form; every deadline is running, met or lapsed, and none runs without reason."""
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(case)), Case) == case
    running = Counter(each.kind for each in case.deadlines if each.status == "running")
    assert all(count == 1 for count in running.values())
    assert ("education_end" in running) is (case.state in ON_THE_LIST)
    assert ("follow_up" in running) is (case.state is State.IN_EDUCATION)
    assert ("complaint_resolving" in running) is (case.state is State.COMPLAINT_PENDING)
    for each in case.deadlines:
        assert (each.status == "running") is (each.ended_on is None)
        if each.ended_on is not None:
            # A time for complaints that was over before a past case was taken over lapsed on its last day.
            over = each.ended_on > each.due_on or (case.past is not None and each.ended_on == each.due_on)
            assert over if each.status == "lapsed" else each.ended_on <= each.due_on
    if case.state in FINAL or case.state in {State.CLOSED, State.WITHDRAWN}:
        assert not running
        assert case.closed_on is not None
    if case.state in BY_COMMAND["decide_removal"].from_states:
        assert_somebody_may_act(case)


def assert_somebody_may_act(case):
    """While the ladder is climbed the next level may vote; at its end the decision is due: there is no dead end."""
    due = domain.next_level(case, PROFILE)
    assert (due is None) is (case.state is State.AWAITING_DECISION)
    if due not in {None, "cell"} and domain.appraisal_due(case, PROFILE):
        assert case.state in BY_COMMAND["record_appraisal"].from_states


def check_whole(case, facts, *, regrouped):
    """Facts tell the same story as the case, and nobody was removed without the evidence."""
    names = Counter(name for name, _ in facts)
    if case.past is None:
        assert_told(case, names)
    for removal in [*([case.removal] if case.removal else []), *case.past_removals]:
        assert_each_version_stands(removal)
    rows = {**BY_COMMAND, **{row.command: row for row in (RETURN, TAKE_OVER, WITHDRAW)}}
    moves = [
        entry.on
        for entry in case.timeline
        if entry.command != CORRECT.command and rows[entry.command].to_states
    ]
    assert moves == sorted(moves)
    if case.removal is not None:
        assert not (case.status == "probationary" and case.removal.mode == "expulsion")
    if names["MemberRemoved"]:
        assert_removed_with_evidence(case, regrouped=regrouped)


def assert_told(case, names):
    """Whatever happened since the case was opened here was told once."""
    reopened = sum(
        (entry.from_state, entry.to_state) == (State.NOT_LISTED, State.LISTED) for entry in case.timeline
    )
    assert names["CaseClosed"] - reopened == (case.closed_on is not None)
    assert names["MemberFlagged"] - names["ListingWithdrawn"] == (case.listed_on is not None)
    assert names["BallotRecorded"] == len(case.ballots)
    assert [each.version for each in case.ballots] == list(range(1, len(case.ballots) + 1))
    assert names["MemberRemoved"] == (case.outcome in {"removed", "restored"})


def assert_each_version_stands(removal):
    """Of every vote all versions are there, the replaced ones untouched, each later one with its reason."""
    versions = Counter(vote.vote_id for vote in removal.replaced_votes)
    for vote in removal.votes:
        replaced = [each for each in removal.replaced_votes if each.vote_id == vote.vote_id]
        assert [each.version for each in replaced] == list(range(1, vote.version))
        assert all((each.version > 1) is (each.reason != "") for each in [*replaced, vote])
        del versions[vote.vote_id]
    assert not versions


def assert_removed_with_evidence(case, *, regrouped):
    """Điều 8, Quy định 24-QĐ/TW: asked of the raw records, without the domain's own check."""
    removal = case.removal
    order = [entry.command for entry in case.timeline]
    proposals = [
        index for index, name in enumerate(order) if name in {"propose_removal", "propose_direct_removal"}
    ]
    decided = max(
        index
        for index, entry in enumerate(case.timeline)
        if entry.to_state == "removed" and entry.command == "decide_removal"
    )
    during = case.timeline[proposals[-1] + 1 : decided]
    assert any(
        entry.command == "notify_member" and entry.note.startswith("về việc đề nghị đưa ra khỏi Đảng")
        for entry in during
    )
    acknowledged = [
        notice for notice in case.notices if notice.about == "removal" and notice.receipt != "pending"
    ]
    assert acknowledged
    heard = any(hearing.attended for hearing in removal.hearings)
    asked = Counter(request.outcome for request in removal.requests)
    assert heard or asked["unanswered"] >= 3 or asked["refused"] or removal.mode == "resignation"
    if removal.mode != "expulsion":
        assert_voted(case, regrouped=regrouped)
    assert removal.decision.number.strip()
    assert removal.signer_office.strip()
    assert removal.effective_on >= removal.decision.issued_on
    assert removal.complaint_rights_informed_on is not None
    if removal.ground == "X4":
        assert case.follow_ups
        assert removal.proposed_on >= case.education_due_on


def assert_voted(case, *, regrouped):
    removal = case.removal
    expected = ["cell"]
    delegated = removal.delegation is not None and case.status == "probationary"
    if delegated:
        expected.append("delegated_grassroots_committee")
    elif not case.unit.directly_under_khoi:
        expected.append("grassroots_committee")
    passed_up = [
        vote for vote in removal.votes if vote.level == expected[-1] and not vote.reached and vote.referred
    ]
    if not delegated or passed_up:
        expected.append("standing_committee")
    for level in expected:
        votes = [vote for vote in removal.votes if vote.level == level]
        if regrouped and not votes and level not in {"cell", expected[-1]}:
            continue  # it did not stand above the cell while its turn was
        last = votes[-1]
        if level == "standing_committee":
            reached = 2 * last.totals.votes_for > last.base
        else:
            reached = 3 * last.totals.votes_for >= 2 * last.base
        assert reached is last.reached
        assert reached or (last.referred and level != expected[-1])
        assert len(votes) <= 3 or level == "standing_committee"
    if case.unit.part_committee and not regrouped:
        assert removal.appraisal is not None
