"""A term of review work, told through the public APIs by the people who would do it.

14 members are listed; 5 are recognised, 2 transferred with a written assessment, 7 removed. Three steps are tried
wrongly on purpose, and the refusals are kept to be shown. All dates are the term's; no clock is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from deploy.demo.caller import Person, wait_until
from deploy.demo.people import People

Json = Mapping[str, Any]

ROUND_OPENED = date(2021, 5, 10)
ROUND_DUE = date(2021, 6, 30)
FIRST_PROPOSAL = date(2021, 5, 17)
BAD_YEARS = (2019, 2020)
"""The two annual results that criterion C1 rests on in the stories."""
KHOI = "Ban Thường vụ Đảng ủy Khối"


@dataclass(frozen=True, slots=True)
class Story:
    """What becomes of one listed member."""

    outcome: str
    """``recognized``, ``transferred`` or ``removed``."""
    criterion: str
    mode: str | None = None
    ground: str | None = None
    probationary: bool = False


STORIES = (
    Story("recognized", "C1"),
    Story("recognized", "C1"),
    Story("recognized", "C4a"),
    Story("recognized", "C3"),
    Story("recognized", "C4b"),
    Story("transferred", "C1"),
    Story("transferred", "C4a"),
    Story("removed", "C1", "name_removal", "X4"),
    Story("removed", "C1", "name_removal", "X4"),
    Story("removed", "C3", "name_removal", "X4"),
    Story("removed", "C4b", "name_removal", "X4"),
    Story("removed", "C4a", "name_removal", "X1", probationary=True),
    Story("removed", "C2", "expulsion"),
    Story("removed", "C4b", "resignation"),
)
"""The term of the demo: 5 + 2 + 7."""


@dataclass
class Told:
    """What happened: cases by outcome and the refusals met on the way."""

    cases: list[Json] = field(default_factory=list)
    refusals: list[tuple[str, Json]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the register with the members the story may use."""

    path: Sequence[str]
    official: Sequence[str]
    probationary: Sequence[str]


class Term:
    """Tells the stories, each in a cell of its own."""

    def __init__(self, people: People, cells: Sequence[Cell], say: Callable[[str], None]) -> None:
        """Use *cells* (at least one per story, the probationary one where a probationary member is)."""
        self.people = people
        self.cells = cells
        self.say = say
        self.told = Told()

    def run(self, also_reporting: Sequence[Sequence[str]]) -> Told:
        """Run the term: the round and the stories; the stories' cells and those at *also_reporting* report."""
        round_id = self._open_round()
        places = self._places()
        self._classify([(cell, story) for _, cell, story in places])
        with ThreadPoolExecutor(2) as pool:
            # Two people at a time: stories lie in different cells and do not wait for each other.
            cases = list(pool.map(lambda place: self._tell(round_id, *place), places))
        self.told.cases = cases
        with_candidate = [cell.path for _, cell, _ in places]
        self._report_round(
            round_id, [*with_candidate, *also_reporting], {path[-1] for path in with_candidate}
        )
        return self.told

    def _places(self) -> list[tuple[int, Cell, Story]]:
        """Give each story its cell; stories of a probationary member choose first."""
        free = list(self.cells)
        numbered = sorted(enumerate(STORIES), key=lambda pair: not pair[1].probationary)
        found = []
        for number, story in numbered:
            cell = next(each for each in free if each.probationary or not story.probationary)
            free.remove(cell)
            found.append((number, cell, story))
        return sorted(found, key=lambda place: place[0])

    def _classify(self, places: Sequence[tuple[Cell, Story]]) -> None:
        """Two bad years of those who will be proposed for them stand in the register, and reviews knows it."""
        known = {}
        for cell, story in places:
            if story.criterion == "C1":
                told = [classify_year(self.people.secretary(cell.path), cell, year) for year in BAD_YEARS]
                known[cell.official[0]] = told[-1]["events"][-1]["sequence"]
        for member, sequence in known.items():
            wait_until(
                lambda member=member, sequence=sequence: (
                    self.people.board.get(f"/api/reviews/progress/members/{member}")["sequence"] >= sequence
                ),
                within=60,
                what="reviews to know the annual results",
            )

    # -- the round

    def _open_round(self) -> str:
        opened = self.people.standing.post(
            "/api/reviews/rounds",
            {
                "name": "Đợt rà soát đầu nhiệm kỳ 2020–2025",
                "organization_id": self.people.root,
                "on": ROUND_OPENED.isoformat(),
                "due_on": ROUND_DUE.isoformat(),
                "document": _document("12-KH/ĐUK", ROUND_OPENED, KHOI),
            },
        )
        self.say(f"Mở đợt rà soát «{opened['name']}», các chi bộ báo cáo trước {ROUND_DUE:%d/%m/%Y}")
        return str(opened["id"])

    def _report_round(
        self, round_id: str, reporting: Sequence[Sequence[str]], with_candidate: set[str]
    ) -> None:
        def report(path: Sequence[str]) -> None:
            self.people.secretary(path).post(
                f"/api/reviews/rounds/{round_id}/reports",
                {
                    "organization_id": path[-1],
                    "on": "2021-06-28",
                    "reviewed": 10,
                    "proposed": int(path[-1] in with_candidate),
                },
            )

        for path in reporting:
            report(path)
        current = self.people.standing.get(f"/api/reviews/rounds/{round_id}")
        closed = self.people.standing.post(
            f"/api/reviews/rounds/{round_id}/close", {"on": "2021-07-05"}, version=current["version"]
        )
        self.say(
            f"{len(reporting)} chi bộ trong phần chạy thử đã báo cáo, kể cả báo cáo không có ai; "
            f"đợt rà soát kết thúc, ghi lại {closed['not_reported']} chi bộ chưa báo cáo"
        )

    # -- one case

    def _tell(self, round_id: str, number: int, cell: Cell, story: Story) -> Json:
        case = Case(self.people, cell, story, number)
        case.propose(round_id)
        if number == 0:
            self.told.refusals.append(case.try_guidance_by_a_stranger(self._stranger(cell)))
        case.guide()
        if number == 1:
            self.told.refusals.append(case.ballot(short=True))
            return self._after_a_short_ballot(round_id, number, cell, story)
        case.ballot()
        return self._educate_and_end(case, number)

    def _after_a_short_ballot(self, round_id: str, number: int, cell: Cell, story: Story) -> Json:
        """The share was missed by one vote: the member is not listed. Proposed anew, the share is reached."""
        again = Case(self.people, cell, story, number)
        again.start += timedelta(days=60)
        again.propose(round_id)
        again.guide()
        again.ballot()
        return self._educate_and_end(again, number)

    def _educate_and_end(self, case: Case, number: int) -> Json:
        case.educate()
        if case.story.outcome == "recognized":
            return case.recognize()
        if case.story.outcome == "transferred":
            return case.transfer()
        if number == len(STORIES) - 7:
            self.told.refusals.append(case.try_removal_without_notice())
            return case.remove(already_proposed=True)
        return case.remove()

    def _stranger(self, cell: Cell) -> Person:
        other = next(each for each in self.cells if each.path[1] != cell.path[1])
        return self.people.secretary(other.path)


class Case:
    """One case as its people carry it along; each step reads nothing but the answer of the step before."""

    def __init__(self, people: People, cell: Cell, story: Story, number: int) -> None:
        """Take the first member of *cell* that fits the *story*."""
        self.people = people
        self.cell = cell
        self.story = story
        self.member = (cell.probationary if story.probationary else cell.official)[0]
        self.helpers = [member for member in cell.official if member != self.member][-2:]
        self.start = FIRST_PROPOSAL + timedelta(days=number)
        self.now: Json = {}

    # -- shorthand

    def _day(self, after: int) -> str:
        return (self.start + timedelta(days=after)).isoformat()

    def _do(self, person: Person, step: str, body: Json) -> Json:
        self.now = person.post(
            f"/api/reviews/cases/{self.now['id']}/{step}", body, version=self.now["version"]
        )
        return self.now

    @property
    def _secretary(self) -> Person:
        return self.people.secretary(self.cell.path)

    @property
    def _superior(self) -> Person:
        return self.people.superior(self.cell.path)

    def _roll_base(self, on: str) -> int:
        roll = self._secretary.get("/api/reviews/roll", organization=self.cell.path[-1], on=on)
        return int(roll["base"])

    # -- steps

    def propose(self, round_id: str) -> None:
        """1a–1c: the cell committee proposes, with evidence and the organisations' opinions."""
        self.now = self._secretary.post(
            "/api/reviews/cases",
            {
                "member_id": self.member,
                "round_id": round_id,
                "criterion": self.story.criterion,
                "on": self._day(0),
                "evidence": evidence_for(self.story.criterion, self.start),
                "opinions": [
                    {
                        "organization": "Lãnh đạo cơ quan",
                        "minutes": "Biên bản lấy ý kiến: tập thể lãnh đạo đồng ý với dự kiến.",
                        "on": self._day(-2),
                    },
                    {
                        "organization": "Ban Chấp hành Công đoàn",
                        "minutes": "Biên bản lấy ý kiến: đề nghị chi bộ quan tâm giúp đỡ.",
                        "on": self._day(-2),
                    },
                ],
            },
        )

    def _guidance(self) -> Json:
        return {
            "on": self._day(7),
            "agrees": True,
            "document": _document("15-CV/ĐU", self.start + timedelta(days=7), "Cấp ủy cấp trên trực tiếp"),
        }

    def guide(self) -> None:
        """1c: the directly superior committee agrees."""
        self._do(self._superior, "guidance", self._guidance())

    def try_guidance_by_a_stranger(self, stranger: Person) -> tuple[str, Json]:
        """Try what somebody of another organisation must not do."""
        problem = stranger.refused(
            f"/api/reviews/cases/{self.now['id']}/guidance",
            self._guidance(),
            version=self.now["version"],
            status=403,
        )
        return "Người của tổ chức khác cho ý kiến chỉ đạo", problem

    def ballot(self, *, short: bool = False) -> tuple[str, Json]:
        """1d–1e: secret ballot; *short* falls one vote short of two thirds of the base."""
        day = self._day(14)
        base = self._roll_base(day)
        needed = -(-2 * base // 3)
        in_favour = needed - 1 if short else max(needed, base - 1)
        self._do(
            self._secretary,
            "ballots",
            {
                "held_on": day,
                "roll_confirmed": base,
                "issued": base,
                "returned": base,
                "valid": base,
                "in_favour": in_favour,
                "against": base - in_favour,
                "minutes": "Biên bản kiểm phiếu của tổ kiểm phiếu chi bộ.",
            },
        )
        return f"Bỏ phiếu kín thiếu một phiếu ({in_favour}/{base}, cần {needed})", self.now

    def educate(self) -> None:
        """The member is told, gets helpers, is followed up every three months."""
        self._notify("listing", 17)
        self._do(self._secretary, "helpers", {"on": self._day(20), "members": self.helpers})
        quarters = (
            1 if self.story.outcome == "transferred" or self.story.mode in {"expulsion", "resignation"} else 4
        )
        for quarter in range(1, quarters + 1):
            self._do(
                self._secretary,
                "follow-ups",
                {
                    "on": self._day(20 + 90 * quarter),
                    "minutes": "Người giúp đỡ báo cáo; chi ủy nhận xét việc thực hiện kế hoạch phấn đấu.",
                },
            )
        self.last = 20 + 90 * quarters

    def _notify(self, about: str, after: int) -> None:
        self._do(
            self._secretary,
            "notices",
            {"about": about, "on": self._day(after), "channel": "trao tay", "receipt": "acknowledged"},
        )

    def recognize(self) -> Json:
        """The committee decides that the member has made progress."""
        day = self.start + timedelta(days=self.last + 30)
        return self._do(
            self._superior,
            "recognition",
            {
                "on": day.isoformat(),
                "assessment": "Chi bộ nhận xét: có tiến bộ rõ, hoàn thành nhiệm vụ được giao.",
                "decision": _document("31-QĐ/ĐU", day, "Cấp ủy"),
            },
        )

    def transfer(self) -> Json:
        """The member transfers out of the Khối; the cell writes its assessment."""
        return self._do(
            self._secretary,
            "transfer",
            {
                "on": self._day(self.last + 15),
                "to_outside": "Đảng bộ ngoài Khối",
                "assessment": "Chi bộ nhận xét: đã khắc phục một phần khuyết điểm, có tiến bộ.",
            },
        )

    def _propose_removal(self) -> int:
        at = max(self.last + 20, 400) if self.story.ground == "X4" else self.last + 20
        day = self.start + timedelta(days=at)
        self._do(
            self._secretary if self.story.mode != "expulsion" else self._superior,
            "removal-proposal",
            {
                "on": day.isoformat(),
                "mode": self.story.mode,
                "ground": self.story.ground,
                "evidence": removal_evidence(self.story, day),
            },
        )
        return at

    def try_removal_without_notice(self) -> tuple[str, Json]:
        """Propose removal, then try the cell's vote before the member was told."""
        at = self._propose_removal()
        problem = self._secretary.refused(
            f"/api/reviews/cases/{self.now['id']}/removal-votes",
            self._vote("cell", at + 1, self._roll_base(self._day(at + 1))),
            version=self.now["version"],
            status=422,
        )
        self.proposed_at = at
        return "Biểu quyết đưa ra khỏi Đảng khi chưa thông báo cho đảng viên", problem

    def _vote(self, level: str, after: int, base: int) -> Json:
        in_favour = max(-(-2 * base // 3), base - 1)
        return {
            "level": level,
            "held_on": self._day(after),
            "method": "secret",
            "roll_confirmed": base,
            "issued": base,
            "returned": base,
            "valid": base,
            "in_favour": in_favour,
            "against": base - in_favour,
            "minutes": "Biên bản kiểm phiếu.",
        }

    def remove(self, *, already_proposed: bool = False) -> Json:
        """Notice, self-criticism, hearing, the votes of each level, decision, delivery."""
        at = self.proposed_at if already_proposed else self._propose_removal()
        self._notify("removal", at + 2)
        if self.story.mode != "resignation":
            self._hear(at)
        if self.story.mode != "expulsion":
            self._vote_at_every_level(at)
        self._decide(at + 60)
        return self._do(self._secretary, "delivery", {"on": self._day(at + 65), "receipt": "acknowledged"})

    def _hear(self, at: int) -> None:
        request = {"on": self._day(at + 3), "channel": "trao tay", "outcome": "submitted"}
        self._do(self._secretary, "self-criticism-requests", request)
        hearing = {
            "on": self._day(at + 10),
            "outcome": "heard",
            "minutes": "Đảng viên trình bày bản tự kiểm điểm.",
        }
        self._do(self._secretary, "hearings", hearing)

    def _vote_at_every_level(self, at: int) -> None:
        day = at + 12
        self._do(self._secretary, "removal-votes", self._vote("cell", day, self._roll_base(self._day(day))))
        if len(self.cell.path) > 2:  # noqa: PLR2004 -- root, committee, cell
            self._do(self._superior, "removal-votes", self._vote("grassroots_committee", at + 25, 9))
        self._do(self.people.standing, "removal-votes", self._vote("standing_committee", at + 50, 11))

    def _decide(self, after: int) -> None:
        day = self.start + timedelta(days=after)
        self._do(
            self.people.standing,
            "removal-decision",
            {
                "on": day.isoformat(),
                "effective_on": day.isoformat(),
                "decision": _document("47-QĐ/ĐUK", day, KHOI),
                "signer_office": "Bí thư Đảng ủy Khối",
                "complaint_rights_informed": True,
            },
        )


def _document(number: str, issued_on: date, issuer: str) -> dict[str, str]:
    return {"number": number, "issued_on": issued_on.isoformat(), "issuer": issuer}


def classify_year(person: Person, cell: Cell, year: int, members: Sequence[str] = ()) -> Json:
    """Record "Không hoàn thành nhiệm vụ" of a year for *members* of the cell (the first one by default)."""
    found: Json = person.post(
        f"/api/members/organizations/{cell.path[-1]}/classifications",
        {
            "year": year,
            "on": f"{year + 1}-01-15",
            "results": [
                {"member_id": member, "level": "not_completed"} for member in members or cell.official[:1]
            ],
        },
    )
    return found


def evidence_for(criterion: str, day: date) -> list[dict[str, Any]]:
    """Return the evidence that *criterion* demands, dated before *day*."""
    before = (day - timedelta(days=30)).isoformat()
    if criterion == "C1":
        return [
            {
                "kind": "annual_not_completed",
                "reference": f"Thông báo kết quả xếp loại đảng viên năm {year}",
                "on": f"{year + 1}-01-15",
                "year": year,
            }
            for year in BAD_YEARS
        ]
    if criterion == "C2":
        return [
            {
                "kind": "discipline_in_force",
                "reference": "Quyết định kỷ luật cảnh cáo 05-QĐ/UBKT",
                "on": before,
                "until": (day + timedelta(days=200)).isoformat(),
            },
            {"kind": "repeated_violation", "reference": "Biên bản vi phạm tiếp theo", "on": before},
        ]
    return [
        {
            "kind": "committee_conclusion",
            "reference": "Kết luận 03-KL/ĐU của cấp ủy có thẩm quyền",
            "on": before,
        }
    ]


def removal_evidence(story: Story, day: date) -> list[dict[str, Any]]:
    """Return the evidence that the mode and ground of a removal demand."""
    before = (day - timedelta(days=10)).isoformat()
    if story.mode == "expulsion":
        return [{"kind": "discipline_decision", "reference": "Quyết định khai trừ 09-QĐ/UBKT", "on": before}]
    if story.mode == "resignation":
        return [{"kind": "application", "reference": "Đơn xin ra khỏi Đảng", "on": before}]
    if story.ground == "X1":
        return [
            {
                "kind": "absence_count",
                "reference": "Sổ theo dõi sinh hoạt chi bộ",
                "on": before,
                "count": 4,
                "year": int(before[:4]),
            }
        ]
    return []
