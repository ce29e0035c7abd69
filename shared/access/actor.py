"""Who acts: the person or service behind a request, with the roles granted to them."""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal[
    "cell_secretary",
    "grassroots_committee",
    "standing_committee",
    "organizing_board",
    "working_group",
    "member",
    "auditor",
    "operator",
    "service",
]

ROLE_TITLES: dict[Role, str] = {
    "cell_secretary": "Bí thư chi bộ",
    "grassroots_committee": "Cấp ủy cơ sở",
    "standing_committee": "Ban Thường vụ Đảng ủy Khối",
    "organizing_board": "Cán bộ Ban Tổ chức",
    "working_group": "Thành viên đoàn công tác",
    "member": "Đảng viên",
    "auditor": "Người kiểm toán nhật ký",
    "operator": "Người vận hành hệ thống",
    "service": "Tài khoản dịch vụ",
}


class Grant(msgspec.Struct, frozen=True):
    """A role held for one organisation and everything below it. ``organization`` ``*`` is the whole deployment."""

    role: Role
    organization: str


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The person or service that acts, as the token says."""

    subject: str
    name: str = ""
    member_id: str | None = None
    grants: tuple[Grant, ...] = ()
    issued_at: float | None = None
    """Second in which the token was issued; None for whoever acts without one."""

    def roles(self) -> frozenset[Role]:
        """Return the roles held anywhere, and ``member`` for whoever is one."""
        own: set[Role] = {grant.role for grant in self.grants}
        if self.member_id is not None:
            own.add("member")
        return frozenset(own)


def system_actor(service: str) -> Actor:
    """Return the actor that *service* itself is when it applies an event or a timer."""
    return Actor(subject=f"system:{service}", name=f"Dịch vụ {service}", grants=(Grant("service", "*"),))


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf and within which request something is done; travels into audit and events."""

    actor: Actor
    request_id: str
    correlation_id: str
    traceparent: str | None = None
    role: Role | None = None
    """The role under which the access table allowed the action."""
    organization: str | None = None
