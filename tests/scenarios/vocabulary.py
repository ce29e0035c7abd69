"""The words of scenario files and what they mean to the API: steps by their official label, people by their office."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.reviews.domain.case import RECEIPT_VI, REQUEST_VI
from services.reviews.domain.criteria import EVIDENCE_VI
from services.reviews.domain.education import EXIT_VI
from services.reviews.domain.grounds import MODE_VI
from services.reviews.domain.history import LABEL_VI, PAST_OUTCOME_VI
from services.reviews.domain.past_correction import CORRECT, WITHDRAW
from services.reviews.domain.procedure import BY_COMMAND, STATE_VI
from services.reviews.domain.profile import VOTE_LEVEL_VI
from services.reviews.history.form import COLUMNS

ACTORS = {
    "bí thư chi bộ": ("cell_secretary", "cell"),
    "bí thư chi bộ nơi đến": ("cell_secretary", "receiving"),
    "bí thư chi bộ khác": ("cell_secretary", "strange_cell"),
    "đảng ủy bộ phận": ("grassroots_committee", "part"),
    "đảng ủy cơ sở": ("grassroots_committee", "grassroots"),
    "đảng ủy cơ sở khác": ("grassroots_committee", "strange_grassroots"),
    "ban thường vụ": ("standing_committee", "khoi"),
    "ban tổ chức": ("organizing_board", "khoi"),
    "đoàn công tác": ("working_group", "grassroots"),
    "thành viên đoàn công tác": (None, "visitor"),
    "kiểm toán": ("auditor", "*"),
    "đảng viên": (None, "own"),
    "đảng viên kiêm bí thư": ("cell_secretary", "own_cell"),
}
"""Who acts: office and which of the scenario's organisations it is held in."""

UNDER = ("đảng ủy cơ sở", "đảng ủy bộ phận", "đảng ủy Khối")
"""What stands right above the cell."""

RETURNED = "Nơi đến không tiếp nhận đảng viên"
MERGED = "Sáp nhập chi bộ vào chi bộ nơi đến"
GROUP_ENDED = "Kết thúc đoàn công tác"
"""What the register of members tells, and nobody does in the case."""

EXPECTED = (
    "trạng thái",
    "từ chối",
    "vì",
    "kết cục",
    "sự kiện",
    "đủ tỷ lệ",
    "cơ số",
    "cần",
    "không tính",
    "thời hạn",
    "còn thiếu",
    "bộ quy tắc",
    "chưa kiểm chứng",
    "thấy số phiếu",
    "khiếu nại",
    "chưa báo cáo",
    "báo cáo muộn",
    "lần báo cáo",
    "đính chính sau khi kết thúc",
    "tổng hợp",
    "số mục",
    "chi bộ đang sinh hoạt",
)
"""What a step may expect; README says what each means."""


class BadWordError(ValueError):
    """A value of a scenario that the vocabulary does not know."""


Reader = Callable[[Any], Any]
"""Turns the word of a file into the value of the API."""

_DOCUMENT = re.compile(
    r"(?P<number>\S+) ngày (?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4}) \((?P<issuer>.+)\)"
)


def text(value: Any) -> str:
    return str(value)


def number(value: Any) -> int:
    if not isinstance(value, int):
        raise BadWordError(f"“{value}” không phải là số")
    return value


def yes(value: Any) -> bool:
    if value not in ("có", "không"):
        raise BadWordError(f"“{value}”: ghi “có” hoặc “không”")
    return value == "có"


def day(value: Any) -> str:
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", str(value))
    if found is None:
        raise BadWordError(f"“{value}” không phải ngày dạng dd/mm/yyyy")
    return f"{found[3]}-{found[2]}-{found[1]}"


def document(value: Any) -> dict[str, str]:
    """Return a document written "47-QĐ/ĐUK ngày 05/09/2022 (Ban Thường vụ Đảng ủy Khối)"."""
    found = _DOCUMENT.fullmatch(str(value))
    if found is None:
        raise BadWordError(f"“{value}”: ghi theo mẫu “số ngày dd/mm/yyyy (cơ quan ban hành)”")
    issued_on = f"{found['year']}-{found['month']}-{found['day']}"
    return {"number": found["number"], "issued_on": issued_on, "issuer": found["issuer"]}


def choice(words: Mapping[str, str]) -> Reader:
    """Return a reader of one of *words*: Vietnamese word → code of the API."""

    def read(value: Any) -> str:
        if value not in words:
            raise BadWordError(f"“{value}”: chọn một trong: {'; '.join(words)}")
        return words[value]

    return read


def labelled(labels: Mapping[Any, str]) -> Reader:
    """Return a reader of the label of a code list."""
    return choice({label: str(code) for code, label in labels.items()})


def evidence(value: Any) -> list[dict[str, Any]]:
    """Return the list of documents that a step rests on."""
    fields: dict[str, tuple[str, Reader]] = {
        "loại": ("kind", labelled(EVIDENCE_VI)),
        "tên": ("reference", text),
        "ngày": ("on", day),
        "năm": ("year", number),
        "số tháng": ("count", number),
        "còn hiệu lực đến": ("until", day),
    }
    if not isinstance(value, list):
        raise BadWordError("“tài liệu” là danh sách, mỗi tài liệu bắt đầu bằng dấu “-”")
    found = []
    for each in value:
        strange = [key for key in each if key not in fields]
        if strange:
            raise BadWordError(f"tài liệu không có mục “{strange[0]}”; các mục: {', '.join(fields)}")
        found.append(
            {"reference": "Tài liệu kèm theo"}
            | {fields[key][0]: fields[key][1](said) for key, said in each.items()}
        )
    return found


def names(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise BadWordError(f"“{value}” phải là danh sách")
    return [str(each) for each in value]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Bước: how a step is asked of the API."""

    path: str
    """Below /api/reviews; {case} and {round} are filled in."""
    fields: Mapping[str, tuple[str, Reader]] = field(default_factory=dict)
    defaults: Callable[[date], dict[str, Any]] = lambda _: {}
    method: str = "post"
    day: str = "on"
    opens: bool = False


def _on(on: date) -> str:
    return on.isoformat()


_TOTALS: dict[str, tuple[str, Reader]] = {
    "cơ số": ("roll_confirmed", number),
    "phát ra": ("issued", number),
    "thu về": ("returned", number),
    "hợp lệ": ("valid", number),
    "đồng ý": ("in_favour", number),
    "không đồng ý": ("against", number),
}
_PROPOSAL: dict[str, tuple[str, Reader]] = {
    "hình thức": ("mode", labelled({**MODE_VI, "resignation": "xin ra khỏi Đảng"})),
    "căn cứ": ("ground", text),
    "tài liệu": ("evidence", evidence),
    "văn bản": ("document", document),
    "ủy quyền": ("delegation", document),
}
_RECEIPT = {"đã nhận": ("receipt", labelled(RECEIPT_VI))}
_LEVELS = {code: label for code, label in VOTE_LEVEL_VI.items() if code != "part_committee"}


def _a_decision(on: date) -> dict[str, str]:
    return {"number": "47-QĐ/ĐUK", "issued_on": _on(on), "issuer": "Ban Thường vụ Đảng ủy Khối"}


def _minutes(_: date) -> dict[str, Any]:
    return {"minutes": "Biên bản cuộc họp."}


_BY_COMMAND: dict[str, Step] = {
    "propose": Step(
        path="/cases",
        opens=True,
        fields={
            "tiêu chí": ("criterion", text),
            "tài liệu": ("evidence", evidence),
            "ý kiến": ("opinions", names),
            "gửi cấp trên": ("send_up", yes),
        },
        defaults=lambda _: {"criterion": "C3", "evidence": [], "opinions": ["Công đoàn cơ quan"]},
    ),
    "record_opinion": Step(
        path="/cases/{case}/opinions", fields={"tổ chức": ("organization", text)}, defaults=_minutes
    ),
    "request_guidance": Step(path="/cases/{case}/send-up"),
    "give_guidance": Step(
        path="/cases/{case}/guidance",
        fields={"đồng ý": ("agrees", yes), "lý do": ("reason", text), "văn bản": ("document", document)},
        defaults=lambda _: {"agrees": True},
    ),
    "record_ballot": Step(path="/cases/{case}/ballots", day="held_on", fields=_TOTALS, defaults=_minutes),
    "correct_ballot": Step(
        path="/cases/{case}/ballot-correction",
        fields={**_TOTALS, "lý do": ("reason", text)},
        defaults=lambda on: {**_minutes(on), "reason": "Ghi nhầm khi kiểm phiếu."},
    ),
    "assign_helpers": Step(
        path="/cases/{case}/helpers",
        fields={"người giúp đỡ": ("members", names)},
        defaults=lambda _: {"members": ["chính thức 2"]},
    ),
    "notify_member": Step(
        path="/cases/{case}/notices",
        fields={
            "về": ("about", choice({"đưa vào danh sách": "listing", "đề nghị đưa ra khỏi Đảng": "removal"})),
            "cách thức": ("channel", text),
            **_RECEIPT,
        },
        defaults=lambda _: {"about": "listing", "channel": "trao tay", "receipt": "acknowledged"},
    ),
    "acknowledge_notice": Step(
        path="/cases/{case}/notice-acknowledgements",
        fields={"thông báo số": ("number", number)},
        defaults=lambda _: {"number": 1},
    ),
    "record_plan": Step(
        path="/cases/{case}/plans",
        fields={"nội dung": ("text", text)},
        defaults=lambda _: {"text": "Kế hoạch khắc phục thiếu sót."},
    ),
    "declare_helper_conflict": Step(
        path="/cases/{case}/helper-conflicts",
        fields={"người": ("member_id", text), "lý do": ("reason", text)},
        defaults=lambda _: {"reason": "Người thân của đảng viên."},
    ),
    "record_self_review": Step(
        path="/cases/{case}/self-reviews",
        fields={"nội dung": ("text", text)},
        defaults=lambda _: {"text": "Bản tự kiểm điểm."},
    ),
    "assess_progress": Step(
        path="/cases/{case}/assessments",
        fields={"tiến bộ": ("progressed", yes)},
        defaults=lambda on: {**_minutes(on), "progressed": True},
    ),
    "record_statement": Step(
        path="/cases/{case}/statements",
        fields={"nội dung": ("text", text)},
        defaults=lambda _: {"text": "Tôi nhận khuyết điểm và xin phấn đấu."},
    ),
    "record_follow_up": Step(
        path="/cases/{case}/follow-ups", fields={"nội dung": ("minutes", text)}, defaults=_minutes
    ),
    "extend_education": Step(
        path="/cases/{case}/extension",
        fields={"đến ngày": ("until", day), "lý do": ("reason", text)},
        defaults=lambda _: {"reason": "Nghị quyết của chi bộ."},
    ),
    "recognize_progress": Step(
        path="/cases/{case}/recognition",
        fields={"quyết định": ("decision", document), "nhận xét": ("assessment", text)},
        defaults=lambda on: {"decision": _a_decision(on), "assessment": "Có tiến bộ."},
    ),
    "transfer_case": Step(
        path="/cases/{case}/transfer",
        fields={"đến": ("to", text), "nhận xét": ("assessment", text)},
        defaults=lambda _: {"assessment": "Có tiến bộ một phần."},
    ),
    "close_other_exit": Step(
        path="/cases/{case}/exit",
        fields={
            "lý do": ("kind", labelled(EXIT_VI)),
            "văn bản": ("document", document),
            "ghi chú": ("note", text),
        },
    ),
    "propose_removal": Step(
        path="/cases/{case}/removal-proposal", fields=_PROPOSAL, defaults=lambda _: {"mode": "name_removal"}
    ),
    "propose_direct_removal": Step(
        path="/removals", opens=True, fields=_PROPOSAL, defaults=lambda _: {"mode": "name_removal"}
    ),
    "request_self_criticism": Step(
        path="/cases/{case}/self-criticism-requests",
        fields={"đảng viên": ("outcome", labelled(REQUEST_VI)), "cách thức": ("channel", text)},
        defaults=lambda _: {"channel": "văn bản", "outcome": "unanswered"},
    ),
    "record_hearing": Step(
        path="/cases/{case}/hearings",
        fields={
            "đảng viên": (
                "outcome",
                choice({"trình bày": "heard", "cố tình từ chối": "refused", "vắng mặt": "absent"}),
            )
        },
        defaults=lambda on: {**_minutes(on), "outcome": "heard"},
    ),
    "record_appraisal": Step(
        path="/cases/{case}/appraisals",
        fields={"đồng ý": ("supports", yes)},
        defaults=lambda on: {**_minutes(on), "supports": True},
    ),
    "record_removal_vote": Step(
        path="/cases/{case}/removal-votes",
        day="held_on",
        fields={
            "cấp": ("level", labelled(_LEVELS)),
            "hình thức": ("method", choice({"bỏ phiếu kín": "secret", "giơ thẻ": "show_of_cards"})),
            "báo cáo lên cấp trên": ("refer_up", yes),
            **_TOTALS,
        },
        defaults=lambda on: {**_minutes(on), "method": "secret"},
    ),
    "correct_removal_vote": Step(
        path="/cases/{case}/removal-vote-correction",
        fields={
            "cấp": ("level", labelled(_LEVELS)),
            "báo cáo lên cấp trên": ("refer_up", yes),
            "lý do": ("reason", text),
            **_TOTALS,
        },
        defaults=lambda on: {**_minutes(on), "method": "secret", "reason": "Ghi nhầm khi kiểm phiếu."},
    ),
    "decide_removal": Step(
        path="/cases/{case}/removal-decision",
        fields={
            "quyết định": ("decision", document),
            "nội dung": (
                "outcome",
                choice({"đưa ra khỏi Đảng": "removed", "không đưa ra khỏi Đảng": "rejected"}),
            ),
            "hiệu lực từ": ("effective_on", day),
            "thông tin quyền khiếu nại": ("complaint_rights_informed", yes),
            "giáo dục tiếp đến": ("continue_until", day),
        },
        defaults=lambda on: {
            "decision": _a_decision(on),
            "effective_on": _on(on),
            "signer_office": "Bí thư Đảng ủy Khối",
            "complaint_rights_informed": True,
        },
    ),
    "deliver_decision": Step(
        path="/cases/{case}/delivery", fields=_RECEIPT, defaults=lambda _: {"receipt": "acknowledged"}
    ),
    "lodge_complaint": Step(
        path="/cases/{case}/complaints",
        fields={
            "nội dung": ("text", text),
            "cấp giải quyết": ("level", choice({"địa phương": "local", "Trung ương": "central"})),
        },
        defaults=lambda _: {"text": "Đơn khiếu nại."},
    ),
    "resolve_complaint": Step(
        path="/cases/{case}/complaint-resolution",
        fields={
            "kết quả": ("outcome", choice({"giữ nguyên": "upheld", "hủy quyết định": "reversed"})),
            "quyết định": ("decision", document),
        },
        defaults=lambda on: {"decision": _a_decision(on)},
    ),
    "close_case": Step(path="/cases/{case}/close"),
}

STEPS: dict[str, Step] = {
    **{BY_COMMAND[command].label_vi: step for command, step in _BY_COMMAND.items()},
    "Mở đợt rà soát": Step(
        path="/rounds",
        fields={"tên": ("name", text), "hạn báo cáo": ("due_on", day), "văn bản": ("document", document)},
        defaults=lambda _: {"name": "Đợt rà soát"},
    ),
    "Báo cáo kết quả rà soát": Step(
        path="/rounds/{round}/reports",
        fields={"đã rà soát": ("reviewed", number), "dự kiến": ("proposed", number)},
    ),
    "Đính chính báo cáo rà soát": Step(
        path="/rounds/{round}/reports/{cell}/corrections",
        fields={
            "đã rà soát": ("reviewed", number),
            "dự kiến": ("proposed", number),
            "lý do": ("reason", text),
        },
        defaults=lambda _: {"reason": "Đếm nhầm."},
    ),
    "Xem báo cáo rà soát": Step(path="/rounds/{round}/reports/{cell}", method="get"),
    "Xem tổng hợp đợt rà soát": Step(path="/rounds/{round}/summary", method="get"),
    "Xem chi bộ quá hạn báo cáo": Step(path="/rounds/{round}/overdue", method="get"),
    "Kết thúc đợt rà soát": Step(path="/rounds/{round}/close"),
    "Xem biên bản kết thúc đợt rà soát": Step(path="/rounds/{round}/closing-record", method="get"),
    "Lập biên bản kết thúc đợt rà soát": Step(
        path="/rounds/{round}/papers",
        day="",
        defaults=lambda _: {"place": "Sơn Vân", "office": "Phó Bí thư", "recipients": ["Lưu"]},
    ),
    "Xem các đoàn công tác": Step(path="/working-groups", method="get"),
    "Xem các đợt rà soát của đoàn công tác": Step(path="/working-groups/{group}/rounds", method="get"),
    "Xem đợt rà soát của đoàn công tác": Step(path="/working-groups/{group}/rounds/{round}", method="get"),
    LABEL_VI: Step(
        path="/history-imports",
        method="import",
        fields={
            column.header.lower(): (column.field, text)
            for column in COLUMNS
            if column.field not in {"ordinal", "name", "card", "birth_date", "organization"}
        },
    ),
    CORRECT.label_vi: Step(
        path="/cases/{case}/past-correction",
        fields={
            "kết quả": ("outcome", labelled(PAST_OUTCOME_VI)),
            "tiêu chí": ("criterion", text),
            "ngày đưa vào danh sách": ("listed_on", day),
            "ngày kết thúc": ("ended_on", day),
            "hình thức ra khỏi đảng": ("mode", labelled(MODE_VI)),
            "căn cứ xóa tên": ("ground", text),
            "lý do": ("reason", text),
        },
        defaults=lambda _: {"reason": "Đọc nhầm hồ sơ cũ."},
    ),
    WITHDRAW.label_vi: Step(
        path="/cases/{case}/past-withdrawal",
        fields={"lý do": ("reason", text)},
        defaults=lambda _: {"reason": "Nhập nhầm người."},
    ),
    RETURNED: Step(path="", method="register"),
    MERGED: Step(path="", method="register"),
    GROUP_ENDED: Step(path="", method="register"),
    "Xem danh sách tính cơ số": Step(path="/roll", method="get"),
    "Xem vụ việc": Step(path="/cases/{case}", method="get"),
}
"""Every step a scenario may take, by the label it has on screens."""

STATE_CODES = {label: str(code) for code, label in STATE_VI.items()}
