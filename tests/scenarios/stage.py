"""Plays scenarios against the API of reviews: a Khối whose cells are made to order, and people with tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.reviews.domain.past_correction import CORRECT
from services.reviews.domain.procedure import DEADLINE_VI
from services.reviews.domain.records import LEVEL_VI
from services.reviews.history.form import COLUMNS
from services.reviews.history.job import run_history_imports
from shared.events.catalogue.members import (
    Document,
    MemberClassified,
    MemberParticipationRecorded,
    MemberRegistered,
    OrganizationDissolved,
    OrganizationEstablished,
    TransferCompleted,
    WorkingGroupChanged,
    WorkingGroupEstablished,
)
from tests.integration.reviews.conftest import Office, Person
from tests.integration.reviews.pasts import IMPORTS, upload_history
from tests.scenarios.reading import Scenario, StepLine
from tests.scenarios.vocabulary import ACTORS, GROUP_ENDED, MERGED, RETURNED, STATE_CODES, STEPS
from tests.unit.reviews.pasts import a_workbook

KHOI, STRANGE_GRASSROOTS, STRANGE_CELL = "khoi", "ds-khac", "cb-khac"
SINCE = date(2015, 1, 5)
SUBJECT = "đảng viên được xem xét"


def established(organization_id: str, path: list[str], *, is_cell: bool) -> OrganizationEstablished:
    return OrganizationEstablished(
        organization_id=organization_id,
        name=f"Tổ chức {organization_id}",
        code=None,
        level="chi_bo" if is_cell else "dang_bo",
        is_cell=is_cell,
        parent_id=path[-2] if len(path) > 1 else None,
        organization_path=path,
        on=SINCE,
    )


NAME = "Không dùng ở đây"


def registered(
    member_id: str, path: list[str], *, kind: str, card_number: str | None = None
) -> MemberRegistered:
    official = kind != "dự bị"
    return MemberRegistered(
        member_id=member_id,
        full_name=NAME,
        gender=None,
        birth_date=None,
        card_number=card_number,
        dossier_number=None,
        admitted_on=SINCE,
        official_on=SINCE if official else None,
        status="official" if official else "probationary",
        exempt_from=date(2016, 1, 4) if kind == "miễn sinh hoạt" else None,
        exempt_until=None,
        temporary=kind == "tạm thời",
        organization_path=path,
        on=SINCE,
        organization_since=SINCE,
    )


def set_the_stage(office: Office) -> None:
    """Establish what all scenarios share: the Khối, and a grassroots organisation that no scenario is about."""
    office.arrive(
        established(KHOI, [KHOI], is_cell=False),
        established(STRANGE_GRASSROOTS, [KHOI, STRANGE_GRASSROOTS], is_cell=False),
        established(STRANGE_CELL, [KHOI, STRANGE_GRASSROOTS, STRANGE_CELL], is_cell=True),
    )


@dataclass
class Play:
    """One scenario being played: its organisations and members, and the case as the last answer told it."""

    office: Office
    scenario: Scenario
    prefix: str
    case: dict[str, Any] = field(default_factory=dict)
    round: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)

    def play(self) -> None:
        """Take every step in order; AssertionError names file and line of the first surprise."""
        self._gather()
        for step in self.scenario.steps:
            self._take(step)

    # -- who and where

    def _gather(self) -> None:
        under = self.scenario.cell["trực thuộc"]
        above = {
            "đảng ủy Khối": [KHOI],
            "đảng ủy cơ sở": [KHOI, self._id("grassroots")],
            "đảng ủy bộ phận": [KHOI, self._id("grassroots"), self._id("part")],
        }[under]
        grassroots = [KHOI, self._id("grassroots")]
        self.path = [*above, self._id("cell")]
        facts: list[Any] = [
            established(self._id("grassroots"), grassroots, is_cell=False),
            established(self._id("receiving"), [*grassroots, self._id("receiving")], is_cell=True),
        ]
        if under == "đảng ủy bộ phận":
            facts.append(established(self._id("part"), above, is_cell=False))
        facts.append(established(self._id("cell"), self.path, is_cell=True))
        facts.append(self._group())
        for kind in ("chính thức", "miễn sinh hoạt", "dự bị", "tạm thời"):
            facts += [
                self._registered(f"{kind} {each}", kind) for each in range(1, self.scenario.cell[kind] + 1)
            ]
        self.office.arrive(*facts, *self._records())

    def _group(self) -> WorkingGroupEstablished:
        """Return the working group that goes with the cell of the scenario, and with no other."""
        return WorkingGroupEstablished(
            group_id=self._id("group"),
            name="Đoàn công tác",
            organization_ids=[self._id("cell")],
            member_ids=[self._id("visitor")],
            leader_id=None,
            on=SINCE,
            decision=Document(number="01-QĐ/ĐUK", issued_on=SINCE, issuer="Đảng ủy Khối"),
        )

    def _group_ended(self, on: date) -> WorkingGroupChanged:
        last = self._group()
        told = {name: getattr(last, name) for name in last.__struct_fields__ if name != "on"}
        return WorkingGroupChanged(**told, on=on, change="ended")

    def _registered(self, word: str, kind: str) -> MemberRegistered:
        member_id = self._member(word)
        card = self.card if member_id == self.subject else None
        return registered(member_id, self.path, kind=kind, card_number=card)

    @property
    def card(self) -> str:
        """The card number of the member concerned: no two scenarios have the same."""
        return f"{int(self.prefix.removeprefix('kb')):012d}"

    def _records(self) -> list[Any]:
        """Return what the register tells of the years of the member concerned."""
        codes = {label: code for code, label in LEVEL_VI.items()}
        records = self.scenario.records
        classified = [
            MemberClassified(
                member_id=self.subject,
                organization_path=self.path,
                year=year,
                level=codes[level],  # type: ignore[arg-type]
                on=date(year, 12, 31),
            )
            for year, level in records["xếp loại"].items()
        ]
        absent, unpaid = records["bỏ sinh hoạt"], records["không đóng đảng phí"]
        counted = [
            MemberParticipationRecorded(
                member_id=self.subject,
                organization_path=self.path,
                year=year,
                months_absent=absent.get(year, 0),
                months_excused=0,
                months_unpaid=unpaid.get(year, 0),
                on=date(year, 12, 31),
            )
            for year in sorted({*absent, *unpaid})
        ]
        return [*classified, *counted]

    def _id(self, place: str) -> str:
        shared = {
            "khoi": KHOI,
            "strange_grassroots": STRANGE_GRASSROOTS,
            "strange_cell": STRANGE_CELL,
            "*": "*",
        }
        return shared.get(place, f"{self.prefix}-{place}")

    def _member(self, word: str) -> str:
        found = f"{self.scenario.status} 1" if word == SUBJECT else word
        return f"{self.prefix}-{found.replace(' ', '-')}"

    @property
    def subject(self) -> str:
        return self._member(SUBJECT)

    def _person(self, who: str) -> Person:
        role, place = ACTORS[who]
        own = who.startswith("đảng viên")
        where = self._id("cell" if place == "own_cell" else place)
        grants = [] if role is None else [(role, where)]
        return self.office.person(
            f"{self.prefix}-{who.replace(' ', '-')}",
            *grants,  # type: ignore[arg-type]
            member_id=self.subject if own else self._id("visitor") if place == "visitor" else None,
        )

    # -- steps

    def _take(self, line: StepLine) -> None:
        step = STEPS[line.what]
        place = f"{line.file}, dòng {line.line}, “{line.what}”"
        path = step.path.format(
            case=self.case.get("id"),
            round=self.round.get("id"),
            cell=self._id("cell"),
            group=self._id("group"),
        )
        person = self._person(line.who)
        if step.method == "import":
            answer = self._import(person, line)
        elif step.method == "register":
            self.office.arrive(self._told_by_the_register(line))
            about = f"/cases/{self.case['id']}" if self.case else f"/rounds/{self.round['id']}/summary"
            answer = person.get(about, **({} if self.case else {"as_of": line.on.isoformat()}))
        elif step.method == "get":
            query = {"organization": self._id("cell"), "on": line.on.isoformat(), "member_id": self.subject}
            if path.startswith(("/rounds", "/working-groups")):
                query = {"as_of": line.on.isoformat()}
            answer = person.get(path, **({} if path.startswith("/cases") else query))
        else:
            on = {step.day: line.on.isoformat()} if step.day else {}
            body = {**step.defaults(line.on), **line.body, **on}
            self._complete(line.what, body)
            answer = person.post(path, body, version=self._version(path))
        Answer(place, answer.status_code, answer.json or {}, self).check(dict(line.expected))
        if answer.status_code in {200, 201}:
            told_of_a_case = step.method == "import" or (step.method == "register" and self.case)
            self._keep("/cases" if told_of_a_case else path, answer.json)

    def _told_by_the_register(self, line: StepLine) -> Any:
        told: dict[str, Any] = {
            RETURNED: TransferCompleted(
                member_id=self.subject,
                transfer_id=self._id("transfer"),
                organization_path=self.path,
                outcome="returned",
                on=line.on,
            ),
            MERGED: OrganizationDissolved(
                organization_id=self._id("cell"),
                organization_path=self.path,
                on=line.on,
                successor_id=self._id("receiving"),
            ),
            GROUP_ENDED: self._group_ended(line.on),
        }
        return told[line.what]

    def _import(self, person: Person, line: StepLine) -> Any:
        """Send one row about the member concerned; the answer is the case, or why the row was refused."""
        row = {"name": NAME, "card": self.card, "organization": f"Tổ chức {self._id('cell')}", **line.body}
        content = a_workbook([row.get(column.field) for column in COLUMNS])
        made = upload_history(self.office, content, by=person)
        if made.status_code != 201:
            return made
        where = f"{IMPORTS}/{made.json['id']}"
        run_history_imports(self.office.runtime)
        seen = person.get(where).json
        if seen["rows_refused"]:
            errors = [{"code": each["code"], "detail": each["reason"]} for each in seen["refusals"]]
            return Refused(json={"errors": errors})
        person.post(f"{where}/execute", {}, version=seen["version"])
        run_history_imports(self.office.runtime)
        mine = person.get(f"/members/{self.subject}/cases").json["items"]
        new = next(each for each in mine if each["id"] != self.case.get("id"))
        return person.get(f"/cases/{new['id']}")

    def _version(self, path: str) -> int | None:
        if path.endswith("/corrections"):
            return self.report.get("version")
        if path.startswith("/rounds"):
            return self.round.get("version")
        return self.case.get("version")

    def _keep(self, path: str, told: dict[str, Any]) -> None:
        if path == "/rounds" or (path.startswith("/rounds") and path.endswith("/close")):
            self.round = told
        elif path.endswith(("/reports", "/corrections")):
            self.report = told
        elif path.startswith(("/cases", "/removals")):
            self.case = told

    def _complete(self, what: str, body: dict[str, Any]) -> None:
        """Fill in what the scenario leaves to custom: ids for words, all papers returned and valid."""
        if STEPS[what].opens:
            body["member_id"] = self.subject
        if what == CORRECT.label_vi:
            told = {name: body.pop(name) for name in list(body) if name not in {"on", "reason"}}
            status = {"chính thức": "official", "dự bị": "probationary"}[self.scenario.status]
            body["past"] = {"status": status, **told}
        where = {"Mở đợt rà soát": "grassroots", "Báo cáo kết quả rà soát": "cell"}
        if what in where:
            body["organization_id"] = self._id(where[what])
        if what == "Ghi người không được phân công giúp đỡ":
            body["member_id"] = self._member(body["member_id"])
        if "members" in body:
            body["members"] = [self._member(each) for each in body["members"]]
        if isinstance(body.get("opinions"), list):
            body["opinions"] = [
                {"organization": each, "minutes": "Biên bản góp ý.", "on": body["on"]}
                for each in body["opinions"]
            ]
        if "to" in body:
            to = body.pop("to")
            inside = {"chi bộ nơi đến": "receiving", "chi bộ đang sinh hoạt": "cell"}
            if to in inside:
                body["to_organization_id"] = self._id(inside[to])
            else:
                body["to_outside"] = to
        if "in_favour" in body:
            self._count(body)

    def _count(self, body: dict[str, Any]) -> None:
        base = body.setdefault("roll_confirmed", self.scenario.cell["chính thức"])
        if body.get("method") != "show_of_cards":
            for each in ("issued", "returned", "valid"):
                body.setdefault(each, base)
        body.setdefault("against", max(0, body.get("valid", base) - body["in_favour"]))


@dataclass(frozen=True)
class Refused:
    """What a refused row of a workbook is to a scenario: a refusal like any other."""

    json: dict[str, Any]
    status_code: int = 422


@dataclass
class Answer:
    """What the API answered at a place of a file, compared with what the scenario expects."""

    place: str
    status: int
    told: dict[str, Any]
    play: Play

    def check(self, expected: dict[str, Any]) -> None:
        """Compare; AssertionError says at which line what came instead."""
        refusal, why = expected.pop("từ chối", None), expected.pop("vì", None)
        if refusal is not None or why is not None:
            self._refused(refusal, why)
            return
        assert self.status in {200, 201}, (
            f"{self.place}: bị từ chối: {self.told.get('detail')} {self._codes()}"
        )
        for word, wanted in expected.items():
            found = self._found(word, wanted)
            assert found == wanted, f"{self.place}: “{word}” là {found!r}, kịch bản ghi {wanted!r}"

    def _codes(self) -> set[str]:
        codes = {each["code"] for each in self.told.get("errors", [])}
        return codes | {str(self.told.get("type", "")).rsplit(":", 1)[-1], str(self.told.get("code"))}

    def _refused(self, refusal: Any, why: Any) -> None:
        assert 400 <= self.status < 500, (
            f"{self.place}: đáng lẽ bị từ chối, nhưng được chấp nhận ({self.status})"
        )
        wanted = set(refusal if isinstance(refusal, list) else [] if refusal is None else [refusal])
        assert wanted <= self._codes(), f"{self.place}: bị từ chối vì {self._codes()}, kịch bản ghi {wanted}"
        if why is not None:
            said = f"{self.told.get('detail')} {' '.join(each['detail'] for each in self.told.get('errors', []))}"
            assert why in said, f"{self.place}: lý do từ chối là “{said}”, kịch bản ghi “{why}”"

    def _found(self, word: str, wanted: Any) -> Any:
        return _FOUND[word](self.told, wanted, self.play)


def _state(told: dict[str, Any], _: Any, __: Play) -> str:
    return next(label for label, code in STATE_CODES.items() if code == told["state"]["code"])


def _deadlines(told: dict[str, Any], wanted: dict[str, str], _: Play) -> dict[str, str]:
    running = {each["kind"]: each["due_on"] for each in told["deadlines"] if each["status"] == "running"}
    codes = {label: code for code, label in DEADLINE_VI.items()}
    found = {}
    for label in wanted:
        due = running.get(codes[label])
        found[label] = "không tính" if due is None else _on_screen(due)
    return found


def _on_screen(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d/%m/%Y")


def _among(found: set[str], wanted: list[str]) -> list[str]:
    """Return *wanted* when all of it was found; nothing wanted means nothing may be found."""
    return wanted if wanted and set(wanted) <= found else sorted(found)


def _missing(told: dict[str, Any], wanted: list[str], _: Play) -> list[str]:
    return _among({each["code"] for each in told["evidence"]["missing_for_removal"]}, wanted)


def _assumed(told: dict[str, Any], wanted: list[str], _: Play) -> list[str]:
    return _among({each["setting"] for each in told["assumed"]}, wanted)


def _reached(told: dict[str, Any], _: Any, __: Play) -> str:
    removal = told["removal"] or (told["past_removals"] or [None])[-1]
    last = removal["votes"][-1] if removal and removal["votes"] else told["ballots"][-1]
    return "có" if last["reached"] else "không"


def _complaint(told: dict[str, Any], _: Any, __: Play) -> str:
    last = told["complaints"][-1]
    if last["late"]:
        return "quá hạn, không xem xét"
    return {None: "đang giải quyết", "upheld": "giữ nguyên", "reversed": "hủy quyết định"}[last["outcome"]]


def _not_counted(told: dict[str, Any], _: Any, __: Play) -> dict[str, int]:
    labels = [each["label"] for each in told["excluded"]]
    return {label: labels.count(label) for label in labels}


_SUMS = {
    "phải báo cáo": "cells",
    "đã báo cáo": "reported",
    "không có ai": "nobody",
    "muộn": "late",
    "chưa báo cáo": "not_reported",
    "quá hạn": "overdue",
    "đính chính": "corrected",
    "đã rà soát": "reviewed",
    "dự kiến": "proposed",
}


def _summed(told: dict[str, Any], wanted: dict[str, int], _: Play) -> dict[str, int]:
    return {word: told["total"][_SUMS[word]] for word in wanted}


_FOUND: dict[str, Any] = {
    "trạng thái": _state,
    "kết cục": lambda told, _, __: told["outcome"],
    "sự kiện": lambda told, _, __: [each["type"].split(".")[-2] for each in told["events"]],
    "đủ tỷ lệ": _reached,
    "cơ số": lambda told, _, __: told["base"],
    "cần": lambda told, _, __: told["needed"],
    "không tính": _not_counted,
    "thời hạn": _deadlines,
    "còn thiếu": _missing,
    "bộ quy tắc": lambda told, _, __: told["profile"]["id"],
    "chưa kiểm chứng": _assumed,
    "thấy số phiếu": lambda told, _, __: "có" if told["ballots"][-1]["totals"]["shown"] else "không",
    "khiếu nại": _complaint,
    # A round counts them, its closing record names them.
    "chưa báo cáo": lambda told, _, __: (
        len(told["not_reported"]) if isinstance(told["not_reported"], list) else told["not_reported"]
    ),
    "báo cáo muộn": lambda told, _, __: "có" if told["late"] else "không",
    "lần báo cáo": lambda told, _, __: told["number"],
    "đính chính sau khi kết thúc": lambda told, _, __: "có" if told["after_close"] else "không",
    "tổng hợp": _summed,
    "số mục": lambda told, _, __: len(told["items"]),
    "chi bộ đang sinh hoạt": lambda told, _, play: (
        "chi bộ nơi đến" if told["cell_id"] == play._id("receiving") else "chi bộ cũ"
    ),
}
"""How each word of ``kết quả`` is read from an answer."""
