"""Đoàn công tác: who of the Khối goes with which organisations, from when, by which decision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import msgspec

from services.members.domain.violation import Violation


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """Quyết định về đoàn công tác: how the group stands from a day until its next decision."""

    name: str
    organization_ids: tuple[str, ...]
    """Organisations assigned to it, each with everything below."""
    member_ids: tuple[str, ...]
    leader_id: str | None
    """Trưởng đoàn, one of the members."""


def group_problems(
    mandate: Mandate,
    *,
    on: date,
    since: date | None,
    today: date,
    standing: Collection[str],
    on_the_roll: Collection[str],
) -> list[Violation]:
    """Return what forbids *mandate* from *on*.

    *since* is the day of the decision before it (None: the group is new), *standing* the organisations in force
    on *on*, *on_the_roll* the members.
    """
    found = date_problems(on=on, since=since, today=today)
    absent = [each for each in mandate.organization_ids if each not in standing]
    if absent:
        found.append(
            _violation(
                "not_in_force",
                "organization_ids",
                f"Không có tổ chức đảng này vào ngày {on:%d/%m/%Y}: {', '.join(absent)}.",
            )
        )
    strangers = [each for each in mandate.member_ids if each not in on_the_roll]
    if strangers:
        found.append(
            _violation(
                "not_on_the_roll",
                "member_ids",
                f"Không có trong danh sách đảng viên: {', '.join(strangers)}.",
            )
        )
    if mandate.leader_id is not None and mandate.leader_id not in mandate.member_ids:
        found.append(
            _violation("leader_not_in_group", "leader_id", "Trưởng đoàn phải là thành viên của đoàn.")
        )
    return found


def date_problems(*, on: date, since: date | None, today: date) -> list[Violation]:
    """Return what forbids a decision about the group on *on*, after one of *since*."""
    found: list[Violation] = []
    if on > today:
        found.append(_violation("date_in_future", "on", f"Ngày {on:%d/%m/%Y} ở sau ngày {today:%d/%m/%Y}."))
    if since is not None and on <= since:
        found.append(
            _violation("later_change_exists", "on", f"Đã có quyết định có hiệu lực từ ngày {since:%d/%m/%Y}.")
        )
    return found


def _violation(code: str, field: str, detail_vi: str) -> Violation:
    return Violation(code=code, field=field, detail_vi=detail_vi)
