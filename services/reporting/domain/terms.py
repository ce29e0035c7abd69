"""Terms of office (*nhiệm kỳ*) that a report can be asked for by name.

Assumed (chưa kiểm chứng): the days are the end of the time that Chỉ thị 35-CT/TW (Bộ Chính trị, 30/5/2019) and
Chỉ thị 45-CT/TW (Bộ Chính trị, 14/4/2025) leave for congresses of this level, not the day of a certain congress.
A report that needs the real days names them (``from``, ``to``).
"""

from __future__ import annotations

from datetime import date

from services.reporting.domain.period import Term

TERMS: tuple[Term, ...] = (
    Term(id="2015–2020", starts_on=date(2015, 9, 1), ends_on=date(2020, 8, 31)),
    Term(id="2020–2025", starts_on=date(2020, 9, 1), ends_on=date(2025, 8, 31)),
    Term(id="2025–2030", starts_on=date(2025, 9, 1), ends_on=date(2030, 8, 31)),
)

TERM_ASSUMPTION = (
    "Ngày bắt đầu, kết thúc nhiệm kỳ lấy theo thời hạn tổ chức đại hội cấp trên trực tiếp cơ sở, "
    "không phải ngày đại hội của đơn vị."
)
"""Printed with every report of a term."""
