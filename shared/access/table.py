"""The access table: action × role × reach. This file is the whole of who may do what.

Reach ``subtree``: the grant's organisation is the record's own or stands above it. ``own``: the record is
about the member who asks. ``anywhere``: within the deployment, whatever the organisation. A person with
several grants may act when any one of them allows it. Nothing that is not written here is allowed.

Working groups (đoàn công tác) hold one grant per assigned organisation, so they see just those, and only while a group
in force goes with them (``working_groups``). Operators
run the system and read no personal data; auditors read the audit and not the cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shared.access.actor import Actor, Grant, Role

Reach = Literal["subtree", "own", "anywhere"]

CELL: Role = "cell_secretary"
GRASSROOTS: Role = "grassroots_committee"
STANDING: Role = "standing_committee"
BOARD: Role = "organizing_board"
GROUP: Role = "working_group"
MEMBER: Role = "member"
AUDITOR: Role = "auditor"
OPERATOR: Role = "operator"
SERVICE: Role = "service"


def _subtree(*roles: Role) -> dict[Role, Reach]:
    return dict.fromkeys(roles, "subtree")


_EVERY_LEVEL = (CELL, GRASSROOTS, STANDING, BOARD)

TABLE: Mapping[str, Mapping[Role, Reach]] = {
    # members: tổ chức đảng và đảng viên
    "organizations.read": {
        **_subtree(*_EVERY_LEVEL, GROUP),
        MEMBER: "anywhere",
        AUDITOR: "anywhere",
        OPERATOR: "anywhere",
    },
    "organizations.change": _subtree(STANDING, BOARD),
    # đoàn công tác: who goes with an organisation is known at, above and below it
    "working_groups.read": _subtree(*_EVERY_LEVEL, GROUP),
    "working_groups.change": _subtree(STANDING, BOARD),
    "members.read": {**_subtree(*_EVERY_LEVEL, GROUP), MEMBER: "own"},
    "members.change": _subtree(CELL, GRASSROOTS, BOARD),
    # từ trần, cho ra theo đơn; restoring by hand is for whoever keeps the register of the whole
    "members.end": _subtree(CELL, GRASSROOTS, BOARD),
    "members.restore": _subtree(BOARD),
    # trường tùy chọn (số định danh, dân tộc, tôn giáo…), nơi đơn vị cho lưu: only who keeps the register, and oneself
    "members.read_optional": {**_subtree(CELL, BOARD), MEMBER: "own"},
    "members.change_optional": _subtree(CELL, BOARD),
    "members.classify": _subtree(CELL, GRASSROOTS, BOARD),
    # nơi đi bắt đầu, giới thiệu và thôi chuyển; nơi đến tiếp nhận hoặc không
    "transfers.read": {**_subtree(*_EVERY_LEVEL, GROUP), MEMBER: "own"},
    "transfers.send": _subtree(CELL, GRASSROOTS, BOARD),
    "transfers.receive": _subtree(CELL, GRASSROOTS, BOARD),
    "members.import": _subtree(BOARD),
    "members.export": _subtree(*_EVERY_LEVEL),
    "members.reconcile": _subtree(*_EVERY_LEVEL),
    # reviews: rà soát, giáo dục, giúp đỡ, sàng lọc
    "rounds.open": _subtree(STANDING),
    "rounds.read": _subtree(*_EVERY_LEVEL, GROUP),
    "rounds.report": _subtree(CELL),
    "rounds.close": _subtree(STANDING),
    # biên bản kết thúc đợt names every cell of the round: for whoever holds the organisation that opened it
    "rounds.record": _subtree(GRASSROOTS, STANDING, BOARD, GROUP),
    "rounds.write_paper": _subtree(STANDING, BOARD),
    # đoàn công tác: of its own organisations; "own" is for whoever the group's decision names as its member
    "rounds.follow": {**_subtree(*_EVERY_LEVEL, GROUP), MEMBER: "own"},
    "cases.read": {**_subtree(*_EVERY_LEVEL, GROUP), MEMBER: "own"},
    "cases.propose": _subtree(CELL),
    "cases.opinion": _subtree(CELL),
    "cases.guide": _subtree(GRASSROOTS, STANDING),
    "cases.ballot": _subtree(CELL),
    "cases.notify": _subtree(CELL, GRASSROOTS),
    "cases.educate": _subtree(CELL),
    "cases.state": {MEMBER: "own", **_subtree(CELL)},
    "cases.own": {MEMBER: "own"},
    "cases.acknowledge": {MEMBER: "own"},
    "cases.recognize": _subtree(GRASSROOTS, STANDING),
    "cases.transfer": _subtree(CELL, GRASSROOTS, BOARD),
    "cases.exit": _subtree(*_EVERY_LEVEL),
    # the cell proposes; a level above only records an expulsion by the discipline body (checked by the rules)
    "cases.propose_removal": _subtree(*_EVERY_LEVEL),
    "cases.hear": _subtree(CELL),
    "cases.vote": _subtree(CELL, GRASSROOTS, STANDING),  # the level's own row of the next three decides
    "cases.vote_cell": _subtree(CELL),
    "cases.vote_committee": _subtree(GRASSROOTS),
    "cases.vote_standing": _subtree(STANDING),
    "cases.decide_removal": _subtree(GRASSROOTS, STANDING, BOARD),
    "cases.deliver_decision": _subtree(CELL, GRASSROOTS, STANDING, BOARD),
    "cases.complain": {MEMBER: "own", **_subtree(GRASSROOTS, STANDING, BOARD)},
    "cases.resolve_complaint": _subtree(STANDING, BOARD),
    # tệp đính kèm: the level that attached does not take off alone what it attached
    "cases.attachments": {**_subtree(*_EVERY_LEVEL), MEMBER: "own"},
    "cases.attach": _subtree(*_EVERY_LEVEL),
    "cases.detach": _subtree(GRASSROOTS, STANDING, BOARD),
    # văn bản: lập, tải về; đảng viên tải văn bản gửi cho mình
    "cases.papers": {**_subtree(*_EVERY_LEVEL), MEMBER: "own"},
    "cases.write_paper": _subtree(*_EVERY_LEVEL),
    # vụ việc trước khi có hệ thống: nhập từ hồ sơ cũ
    "cases.import": _subtree(BOARD),
    "cases.correct_past": _subtree(BOARD),
    "deadlines.read": {**_subtree(*_EVERY_LEVEL, GROUP), MEMBER: "own"},
    "profiles.read": {**_subtree(*_EVERY_LEVEL, GROUP), MEMBER: "anywhere", AUDITOR: "anywhere"},
    # notifications: hộp thư của chính mình (theo người và theo vai trò)
    "inbox.read": {
        **_subtree(*_EVERY_LEVEL, GROUP),
        MEMBER: "own",
        AUDITOR: "anywhere",
        OPERATOR: "anywhere",
    },
    # ai được báo việc gì, bằng lời nào: rows and sample texts, no case
    "notifications.texts": {STANDING: "anywhere", BOARD: "anywhere", OPERATOR: "anywhere"},
    # địa chỉ và lựa chọn của chính mình
    "contacts.own": {
        **_subtree(*_EVERY_LEVEL, GROUP),
        MEMBER: "own",
        AUDITOR: "anywhere",
        OPERATOR: "anywhere",
    },
    # các lần gửi, webhook: how messages fare, without recipient or case
    "notifications.operate": {OPERATOR: "anywhere"},
    # reporting: báo cáo
    "reports.read": _subtree(*_EVERY_LEVEL, GROUP),
    "reports.cases": _subtree(*_EVERY_LEVEL),
    # chốt, ký, gửi: whose committee may sign a certain report is said by the rules
    "reports.freeze": _subtree(*_EVERY_LEVEL),
    "reports.sign": _subtree(CELL, GRASSROOTS, STANDING),
    "reports.send": _subtree(*_EVERY_LEVEL),
    # báo cáo của các đơn vị khác gửi lên: of organisations outside the deployment's tree
    "reports.receive": _subtree(STANDING, BOARD),
    "reports.progress": {
        **_subtree(*_EVERY_LEVEL, GROUP),
        MEMBER: "anywhere",
        AUDITOR: "anywhere",
        OPERATOR: "anywhere",
    },
    "published.read": _subtree(*_EVERY_LEVEL, GROUP),
    "published.import": _subtree(STANDING, BOARD),
    # mọi dịch vụ
    "progress.read": {
        **_subtree(*_EVERY_LEVEL, GROUP),
        MEMBER: "anywhere",
        AUDITOR: "anywhere",
        OPERATOR: "anywhere",
    },
    "audit.read": {AUDITOR: "anywhere"},
    "audit.export": {AUDITOR: "anywhere"},
    # bản sao dữ liệu về một người: for the person themself, or on their behalf by the organising board
    "persons.export": {**_subtree(BOARD), MEMBER: "own"},
    # thu hồi quyền truy cập: whoever gives and takes roles; the organising board where it holds the whole Khối
    "access.revoke": {**_subtree(BOARD), OPERATOR: "anywhere"},
    "system.operate": {OPERATOR: "anywhere"},
}
"""Action → role → reach."""

EVERYWHERE = "*"
"""The organisation of a grant that covers the whole deployment."""


def allowing(actor: Actor, action: str) -> Sequence[tuple[Role, str | None, Reach]]:
    """Return what of the actor's grants allows *action* at all: (role, organisation, reach) each."""
    row = TABLE[action]
    found: list[tuple[Role, str | None, Reach]] = [
        (grant.role, grant.organization, row[grant.role]) for grant in actor.grants if grant.role in row
    ]
    if actor.member_id is not None and MEMBER in row and all(role != MEMBER for role, *_ in found):
        found.append((MEMBER, None, row[MEMBER]))
    return found


def decide(
    actor: Actor, action: str, *, path: Sequence[str] | None = None, member_id: str | None = None
) -> Grant | None:
    """Return the grant under which *actor* may do *action* to a record, or None.

    *path* is the record's organisation path from the root; *member_id* the member it is about. Raises
    KeyError for an action that the table does not know.
    """
    for role, organization, reach in allowing(actor, action):
        if reach == "anywhere":
            return Grant(role, organization or EVERYWHERE)
        if reach == "own":
            if member_id is not None and member_id == actor.member_id:
                return Grant(role, organization or EVERYWHERE)
        elif organization == EVERYWHERE or (path is not None and organization in path):
            return Grant(role, organization or EVERYWHERE)
    return None


def visible_roots(actor: Actor, action: str) -> frozenset[str] | None:
    """Return the organisations whose subtrees *actor* may see under *action*; None means all of them."""
    roots: set[str] = set()
    for _, organization, reach in allowing(actor, action):
        if reach == "anywhere" or (reach == "subtree" and organization == EVERYWHERE):
            return None
        if reach == "subtree" and organization is not None:
            roots.add(organization)
    return frozenset(roots)
