"""A case (vụ việc) and the way a step is taken: everything recorded about one member in one run of the procedure.

A case is a frozen value; a step returns a new one. ``msgspec.to_builtins(case)`` gives plain JSON/BSON types
(dates as ISO text) and ``msgspec.convert(document, Case)`` reads it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from services.reviews.domain.ballot import Roll, Share, Totals, VotingForm
from services.reviews.domain.citation import HD02, Citation, Problem, at, refuse_if
from services.reviews.domain.criteria import Evidence
from services.reviews.domain.grounds import Mode, Status
from services.reviews.domain.procedure import BY_COMMAND, STATE_VI, DeadlineKind, Role, State, Transition
from services.reviews.domain.profile import Profile, ResolvingLevel, VoteLevel

RECEIPT_VI: dict[Literal["acknowledged", "refused", "pending"], str] = {
    "acknowledged": "đã nhận",
    "refused": "từ chối nhận",
    "pending": "đã gửi, chờ xác nhận",
}
ABOUT_VI: dict[Literal["listing", "removal"], str] = {
    "listing": "về việc đưa vào danh sách",
    "removal": "về việc đề nghị đưa ra khỏi Đảng",
}
REQUEST_VI: dict[Literal["submitted", "unanswered", "refused"], str] = {
    "submitted": "đã nộp bản tự kiểm điểm",
    "unanswered": "chưa thực hiện",
    "refused": "cố tình từ chối",
}
REGISTER = "members"
"""Stands for the register of members where it, and no person, moved a case."""
NO_PREJUDICE: Citation = at(HD02, "Mục I (mục đích, yêu cầu)")
Receipt = Literal["acknowledged", "refused"]
NoticeReceipt = Literal["acknowledged", "refused", "pending"]
"""A notice that is ``pending`` was sent; it has not told the member anything until they acknowledge or refuse it."""
Outcome = Literal[
    "dropped",
    "not_listed",
    "recognized",
    "transferred",
    "other_exit",
    "removed",
    "not_removed",
    "restored",
    "withdrawn",
]
CORRECT_PAST = "correct_past_case"
"""The step that puts right what was taken over from paper: of its own day, no part of what happened to the member."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Người thực hiện: who takes a step, in which role; ``member_id`` when they are a member of the register."""

    id: str
    role: Role
    member_id: str | None = None


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """Chi bộ của đảng viên: the cell and what stands above it when the step is taken.

    ``directly_under_khoi`` is a chi bộ cơ sở: no grassroots committee between it and the Khối.
    ``part_committee``: a đảng ủy bộ phận stands between the cell and the grassroots committee.
    """

    cell_id: str
    organization_path: tuple[str, ...]
    directly_under_khoi: bool = False
    part_committee: bool = False


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Văn bản: a document by number, day and issuer."""

    number: str
    issued_on: dt.date
    issuer: str


class Opinion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ý kiến của tổ chức: an organisation's opinion as its minutes; never a person's."""

    organization: str
    minutes: str
    on: dt.date


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    """Ý kiến chỉ đạo của cấp ủy cấp trên trực tiếp."""

    on: dt.date
    agrees: bool
    by_organization: str
    document: Document | None
    reason: str


class BallotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Biên bản bỏ phiếu kín: totals only, with the roll they were counted against.

    A correction is another record of the same ballot with the next version; the earlier ones stay.
    """

    ballot_id: str
    version: int
    on: dt.date
    roll: Roll
    totals: Totals
    share: Share
    reached: bool
    minutes: str
    corrected_on: dt.date | None = None
    """Day on which this version replaced the one before; None for the first."""
    reason: str = ""
    """Why the version before was wrong."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Thông báo cho đảng viên."""

    about: Literal["listing", "removal"]
    on: dt.date
    channel: str
    receipt: NoticeReceipt
    acknowledged_on: dt.date | None = None
    """Day on which the member acknowledged it themselves."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Ý kiến của đảng viên: in the member's own words."""

    on: dt.date
    text: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Kế hoạch phấn đấu của đảng viên: in the member's own words; a later one replaces it, none is lost."""

    on: dt.date
    text: str


class SelfReview(msgspec.Struct, frozen=True, kw_only=True):
    """Bản tự kiểm điểm của đảng viên khi hết thời hạn giáo dục, giúp đỡ."""

    on: dt.date
    text: str


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Nhận xét, đánh giá của chi bộ khi hết thời hạn: what people concluded, as the cell's minutes say."""

    on: dt.date
    progressed: bool
    minutes: str


class HelperConflict(msgspec.Struct, frozen=True, kw_only=True):
    """Không phân công giúp đỡ: a member who does not help in this case, with the reason declared."""

    on: dt.date
    member_id: str
    reason: str


class Helper(msgspec.Struct, frozen=True, kw_only=True):
    """Đảng viên được phân công giúp đỡ."""

    member_id: str
    since: dt.date


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """Một lần theo dõi, giúp đỡ: help given and how the member's own plan goes."""

    number: int
    on: dt.date
    minutes: str
    help_given: str = ""
    helped_by: str | None = None


class EducationExtension(msgspec.Struct, frozen=True, kw_only=True):
    """Một lần gia hạn."""

    on: dt.date
    months: int
    until: dt.date
    minutes: str


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """Quyết định công nhận tiến bộ."""

    on: dt.date
    decided_by: str
    assessment: str
    decision: Document


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Chuyển sinh hoạt đảng kèm nhận xét sự tiến bộ."""

    on: dt.date
    from_path: tuple[str, ...]
    to_path: tuple[str, ...] | None
    assessment: str
    continues: bool


class SelfCriticismRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Một lần yêu cầu viết bản tự kiểm điểm, and what came of it."""

    on: dt.date
    channel: str
    outcome: Literal["submitted", "unanswered", "refused"]


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """Kiểm điểm trước chi bộ."""

    on: dt.date
    attended: bool
    minutes: str


class Appraisal(msgspec.Struct, frozen=True, kw_only=True):
    """Thẩm định của đảng ủy bộ phận."""

    on: dt.date
    supports: bool
    minutes: str


class RemovalVote(msgspec.Struct, frozen=True, kw_only=True):
    """Kết quả biểu quyết của một cấp; a missed share is reported up all the same."""

    vote_id: str
    level: VoteLevel
    attempt: int
    on: dt.date
    form: VotingForm
    base: int
    roll: Roll | None
    totals: Totals
    share: Share
    reached: bool
    referred: bool
    """Whether the level above now decides: the share was missed for the last time or was reported up."""
    minutes: str
    version: int = 1
    """A correction is another record of the same vote with the next version."""
    corrected_on: dt.date | None = None
    """Day on which this version replaced the one before; None for the first."""
    reason: str = ""
    """Why the version before was wrong."""


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """Việc đưa ra khỏi Đảng: from proposal to delivered decision."""

    mode: Mode
    ground: str | None
    proposed_on: dt.date
    direct: bool
    evidence: tuple[Evidence, ...]
    unrecorded: tuple[int, ...] = ()
    """Places in ``evidence`` of years that the members' records did not hold: they rest on the document alone."""
    notices_before: int = 0
    """How many notices the case held when this was proposed: only later ones tell of this proposal."""
    delegation: Document | None = None
    """By which the grassroots committee may decide itself on a probationary member."""
    review_due_on: dt.date | None = None
    """On ground P1: the last day for considering confirmation; a later proposal stands and is recorded as late."""
    requests: tuple[SelfCriticismRequest, ...] = ()
    hearings: tuple[Hearing, ...] = ()
    appraisal: Appraisal | None = None
    votes: tuple[RemovalVote, ...] = ()
    """The votes as they stand: of a corrected one its last version."""
    replaced_votes: tuple[RemovalVote, ...] = ()
    """Earlier versions of corrected votes, as they were recorded."""
    decision: Document | None = None
    signer_office: str = ""
    effective_on: dt.date | None = None
    complaint_rights_informed_on: dt.date | None = None
    delivered_on: dt.date | None = None
    delivery: Receipt | None = None


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Khiếu nại."""

    number: int
    on: dt.date
    reference: str
    level: ResolvingLevel
    late: bool
    due_on: dt.date | None
    outcome: Literal["upheld", "reversed", "not_examined"] | None = None
    resolved_on: dt.date | None = None
    decision: Document | None = None


PastOutcome = Literal["on_list", "recognized", "transferred", "death", "resignation", "removed"]


class PastVote(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Kết quả bỏ phiếu, biểu quyết theo hồ sơ cũ: what the papers say, which need not be both."""

    base: int | None = None
    votes_for: int | None = None


class FormerMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Đảng viên cũ: a person whom the register does not know, as the papers name them; nothing else names them."""

    full_name: str
    birth_date: dt.date | None = None
    card_number: str | None = None


class Past(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Vụ việc trước khi có hệ thống: what the papers say of it. None is what they do not say; nothing is made up.

    The steps in between were not recorded here, so the case holds none of them: neither guidance nor ballots,
    helpers, follow-ups, votes.
    """

    import_id: str
    row: int
    outcome: PastOutcome
    listed_on: dt.date | None = None
    """None for a member who was removed without having been listed."""
    criterion: str | None = None
    listing_document: str | None = None
    listing_vote: PastVote | None = None
    education_due_on: dt.date | None = None
    ended_on: dt.date | None = None
    decision_number: str | None = None
    decided_by: str | None = None
    mode: Mode | None = None
    ground: str | None = None
    cell_vote: PastVote | None = None
    committee_vote: PastVote | None = None
    delivered_on: dt.date | None = None
    source: str | None = None
    """Which papers say so, and where they are kept."""
    person: FormerMember | None = None


class ReplacedPast(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Nội dung đã được đính chính: what the case said of the papers until it was put right."""

    past: Past
    status: Status
    profile_id: str
    until: dt.date
    """Day of the correction that replaced it."""
    reason: str
    """Why it was wrong."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Thời hạn: ``met`` when it was ended by its day, ``lapsed`` when it had run out before."""

    kind: DeadlineKind
    started_on: dt.date
    due_on: dt.date
    setting: str
    """Dotted name of the profile's setting it comes from."""
    status: Literal["running", "met", "lapsed"] = "running"
    ended_on: dt.date | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Một dòng trong diễn biến vụ việc."""

    on: dt.date
    command: str
    label_vi: str
    actor_id: str
    role: Role | None
    """None where nobody took the step: it followed what the register told."""
    from_state: State | None
    to_state: State
    note: str = ""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Vụ việc: one member in one run of the procedure, under the profile it began with."""

    id: str
    member_id: str
    status: Status
    unit: Unit
    state: State
    opened_on: dt.date
    profile_id: str
    profile_fingerprint: str
    round_id: str | None = None
    criterion: str | None = None
    evidence: tuple[Evidence, ...] = ()
    unrecorded: tuple[int, ...] = ()
    """Places in ``evidence`` of years that the members' records did not hold: they rest on the document alone."""
    opinions: tuple[Opinion, ...] = ()
    guidance: Guidance | None = None
    ballots: tuple[BallotRecord, ...] = ()
    listed_on: dt.date | None = None
    education_due_on: dt.date | None = None
    plans: tuple[Plan, ...] = ()
    helpers: tuple[Helper, ...] = ()
    helper_conflicts: tuple[HelperConflict, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    extensions: tuple[EducationExtension, ...] = ()
    notices: tuple[Notice, ...] = ()
    statements: tuple[Statement, ...] = ()
    self_reviews: tuple[SelfReview, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    recognition: Recognition | None = None
    transfers: tuple[Transfer, ...] = ()
    removal: Removal | None = None
    past_removals: tuple[Removal, ...] = ()
    """Earlier removal proposals of this case that the competent committee decided against."""
    complaints: tuple[Complaint, ...] = ()
    exit_reason: str | None = None
    exit_reference: str | None = None
    outcome: Outcome | None = None
    closed_on: dt.date | None = None
    deadlines: tuple[Deadline, ...] = ()
    timeline: tuple[Entry, ...] = ()
    past: Past | None = None
    """Only of a case that began before the system: what was taken over from paper. Later steps stand beside it."""
    replaced_pasts: tuple[ReplacedPast, ...] = ()
    """Earlier versions of ``past``, first to last."""

    @property
    def historical(self) -> bool:
        """Say whether the case began before the system."""
        return self.past is not None

    def running(self, kind: DeadlineKind) -> Deadline | None:
        """Return the running deadline of that kind, or None."""
        return next((each for each in self.deadlines if each.kind == kind and each.status == "running"), None)


Fact = tuple[str, dict[str, Any]]
"""Name of an event type of the reviews service and its fields in plain JSON types."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Kết quả một bước: the case after it, the facts to publish in order, the deadlines it started or ended."""

    case: Case
    facts: tuple[Fact, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


class Clocks:
    """The deadlines of a case while a step is being taken; keeps what the step changed."""

    def __init__(self, deadlines: Iterable[Deadline], *, on: dt.date) -> None:
        self._on = on
        self._all = list(deadlines)
        self.changed: list[Deadline] = []

    @property
    def all(self) -> tuple[Deadline, ...]:
        """Return every deadline of the case, ended ones too."""
        return tuple(self._all)

    def end(self, *kinds: DeadlineKind) -> None:
        """End the running deadlines of those kinds: met when not yet past, lapsed otherwise."""
        for index, each in enumerate(self._all):
            if each.kind in kinds and each.status == "running":
                status: Literal["met", "lapsed"] = "met" if self._on <= each.due_on else "lapsed"
                self._all[index] = msgspec.structs.replace(each, status=status, ended_on=self._on)
                self.changed.append(self._all[index])

    def start(self, kind: DeadlineKind, *, due_on: dt.date, setting: str) -> None:
        """Start a deadline, ending a running one of its kind first."""
        self.end(kind)
        self.add(Deadline(kind=kind, started_on=self._on, due_on=due_on, setting=setting))

    def add(self, deadline: Deadline) -> None:
        """Take in a deadline that began on a day of its own."""
        self._all.append(deadline)
        self.changed.append(deadline)


def problem(code: str, pointer: str, vi: str, en: str, citation: Citation | None = None) -> Problem:
    """Return one problem; *vi* first, for people."""
    return Problem(code=code, pointer=pointer, detail_vi=vi, detail_en=en, citation=citation)


def blank_problems(citation: Citation, **texts: str) -> list[Problem]:
    """Return a problem for each of *texts* that says nothing; underscores in names are levels of the pointer."""
    return [
        problem(
            "text_missing",
            "/" + name.replace("__", "/"),
            "Không được để trống.",
            "Must not be blank.",
            citation,
        )
        for name, text in texts.items()
        if not text.strip()
    ]


def document_problems(document: Document, *, on: dt.date, pointer: str, citation: Citation) -> list[Problem]:
    """Return why *document* cannot be the one a step of *on* rests on."""
    found = [
        problem(
            "text_missing",
            f"{pointer}/{field}",
            "Văn bản phải có số và cơ quan ban hành.",
            "A document needs its number and issuer.",
            citation,
        )
        for field in ("number", "issuer")
        if not getattr(document, field).strip()
    ]
    if document.issued_on > on:
        vi = "Văn bản có ngày sau ngày thực hiện bước này."
        found.append(
            problem(
                "document_later",
                f"{pointer}/issued_on",
                vi,
                "The document is dated after this step.",
                citation,
            )
        )
    return found


def order_problems(*, on: dt.date, earliest: dt.date, pointer: str = "/on") -> list[Problem]:
    """Return a problem when *on* lies before *earliest*, the day of the step it follows."""
    if on >= earliest:
        return []
    return [
        problem(
            "date_order",
            pointer,
            f"Ngày {on:%d/%m/%Y} trước ngày của bước liền trước ({earliest:%d/%m/%Y}).",
            f"{on.isoformat()} lies before the step it follows ({earliest.isoformat()}).",
        )
    ]


def actor_problems(row: Transition, *, member_id: str, actor: Actor) -> list[Problem]:
    """Return why *actor* may not take the step of *row* in a case about *member_id*."""
    found: list[Problem] = []
    if actor.role not in row.roles:
        found.append(
            problem(
                "actor_not_allowed",
                "",
                f"Vai trò này không được thực hiện bước “{row.label_vi}”.",
                f"The role {actor.role} may not take the step {row.command}.",
                row.citation,
            )
        )
    own = actor.member_id == member_id
    if (own and not row.by_subject) or (actor.role == "member" and not own):
        found.append(
            problem(
                "conflict_of_interest",
                "",
                "Đảng viên được xem xét không được thực hiện bước này trong vụ việc của chính mình."
                if own
                else "Chỉ chính đảng viên được xem xét mới được làm việc này với tư cách đảng viên.",
                "The member concerned cannot act in their own case; a member acts in their own case only.",
                NO_PREJUDICE,
            )
        )
    return found


def open_case(command: str, *, actor: Actor, member_id: str) -> Transition:
    """Return the row of a step that opens a case, or raise Refusal when *actor* may not take it."""
    row = BY_COMMAND[command]
    refuse_if(actor_problems(row, member_id=member_id, actor=actor))
    return row


def enter(command: str, case: Case, profile: Profile, *, actor: Actor, on: dt.date) -> Transition:
    """Return the row of *command* when *case* stands where it may be taken by *actor* on that day; else raise Refusal.

    A step that moves the case cannot lie before anything recorded; one that adds to it, not before it was opened.
    """
    row = BY_COMMAND[command]
    found = actor_problems(row, member_id=case.member_id, actor=actor)
    if case.state not in row.from_states:
        vi = f"Không thể “{row.label_vi}” khi vụ việc ở trạng thái “{STATE_VI[case.state]}”."
        en = f"{command} is not possible while the case is {case.state}."
        found.append(problem("wrong_state", "", vi, en, row.citation))
    if profile.id != case.profile_id:
        vi = f"Vụ việc theo bộ quy tắc {case.profile_id}, không theo {profile.id}."
        en = f"The case keeps the rule profile {case.profile_id}, not {profile.id}."
        found.append(problem("profile_mismatch", "", vi, en))
    moves = [entry.on for entry in case.timeline if entry.command != CORRECT_PAST]
    earliest = max(moves) if row.to_states else case.opened_on
    found.extend(order_problems(on=on, earliest=earliest))
    refuse_if(found)
    return row


def fact(case: Case, name: str, *, on: dt.date, **fields: Any) -> Fact:
    """Return the fact *name* about *case*: who and where it is about, the business day, and *fields*."""
    about = {
        "case_id": case.id,
        "member_id": case.member_id,
        "organization_path": list(case.unit.organization_path),
        "on": on,
    }
    built: dict[str, Any] = msgspec.to_builtins({**about, **fields})
    return name, built


def take(
    row: Transition,
    case: Case,
    *,
    actor: Actor | None,
    on: dt.date,
    to: State | None = None,
    note: str = "",
    facts: Iterable[Fact] = (),
    clocks: Clocks | None = None,
    opening: bool = False,
    **changes: Any,
) -> Step:
    """Return the step along *row*: the case in state *to* with *changes*, its timeline and deadlines.

    *actor* is None for a step that nobody takes: it follows what the register told.

    Raises RuntimeError when the table does not hold the step: a defect of the caller, not of the facts.
    """
    published = tuple(facts)
    moved = to if to is not None else case.state
    if to is not None and to not in row.to_states:
        raise RuntimeError(f"{row.command} may not lead to {to}")
    changed = tuple(clocks.changed) if clocks is not None else ()
    strange = {name for name, _ in published} - set(row.emits)
    unforeseen = {each.kind for each in changed} - set(row.starts) - set(row.ends)
    if strange or unforeseen:
        raise RuntimeError(f"{row.command} may not emit {sorted(strange)} nor touch {sorted(unforeseen)}")
    entry = Entry(
        on=on,
        command=row.command,
        label_vi=row.label_vi,
        actor_id=REGISTER if actor is None else actor.id,
        role=None if actor is None else actor.role,
        from_state=None if opening else case.state,
        to_state=moved,
        note=note,
    )
    after = msgspec.structs.replace(
        case,
        state=moved,
        timeline=(*case.timeline, entry),
        deadlines=case.deadlines if clocks is None else clocks.all,
        **changes,
    )
    return Step(case=after, facts=published, deadlines=changed)
