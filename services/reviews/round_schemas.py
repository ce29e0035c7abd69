"""Shapes of what rounds say and take beside the round itself: summaries, corrections, the closing record, groups."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from services.reviews.domain.rounds import STANDING_VI
from services.reviews.rounds import SORTS
from services.reviews.schemas import PageQuery, RoundOut, day, identifier, line, text

_COUNT = validate.Range(min=0, max=100_000, error="Số phải từ 0 đến 100000.")


class CorrectionIn(Schema):
    """Đính chính báo cáo của chi bộ."""

    on = day()
    reviewed = fields.Integer(required=True, validate=_COUNT)
    proposed = fields.Integer(required=True, validate=_COUNT)
    reason = text(required=True)


class OverdueQuery(PageQuery):
    """Query of the cells that are overdue."""

    organization = identifier(required=False)
    as_of = day(required=False)


class SummaryQuery(OverdueQuery):
    """Query of a summary; ``sort`` with ``-`` before it: the largest first."""

    sort = fields.String(
        load_default="name", validate=validate.OneOf([*SORTS, *(f"-{each}" for each in SORTS)])
    )


class SumsOut(Schema):
    """Tổng hợp của một tổ chức."""

    organization_id = fields.String()
    name = fields.String()
    cells = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    nobody = fields.Integer(required=True)
    late = fields.Integer(required=True)
    not_reported = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    corrected = fields.Integer(required=True)
    reviewed = fields.Integer(required=True)
    proposed = fields.Integer(required=True)


class SummaryOut(Schema):
    """Tổng hợp đợt rà soát."""

    round_id = fields.String(required=True)
    organization_id = fields.String(allow_none=True)
    as_of = fields.Date(required=True)
    total = fields.Nested(SumsOut, required=True)
    items = fields.List(fields.Nested(SumsOut), required=True)
    next = fields.String(allow_none=True)
    assumed = fields.List(fields.Dict())


class OverdueCellOut(Schema):
    """Chi bộ quá hạn báo cáo."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    organization_path = fields.List(fields.String(), required=True)
    due_on = fields.Date(required=True)
    days_overdue = fields.Integer(required=True)


class OverdueOut(Schema):
    """Các chi bộ quá hạn báo cáo."""

    round_id = fields.String(required=True)
    as_of = fields.Date(required=True)
    items = fields.List(fields.Nested(OverdueCellOut), required=True)
    next = fields.String(allow_none=True)
    assumed = fields.List(fields.Dict())


class NotReportedCellOut(Schema):
    """Chi bộ chưa báo cáo."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    organization_path = fields.List(fields.String(), required=True)
    overdue = fields.Boolean(required=True)


class NotReportedOut(Schema):
    """Các chi bộ chưa báo cáo."""

    round_id = fields.String(required=True)
    as_of = fields.Date(required=True)
    items = fields.List(fields.Nested(NotReportedCellOut), required=True)
    next = fields.String(allow_none=True)
    assumed = fields.List(fields.Dict())


class ClosingRecordOut(Schema):
    """Biên bản kết thúc đợt rà soát, and what came after it."""

    round_id = fields.String(required=True)
    name = fields.String(required=True)
    on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    recorded_at = fields.DateTime(required=True)
    recorded_by = fields.String(required=True)
    role = fields.String(allow_none=True)
    counts = fields.Nested(SumsOut, required=True)
    not_reported = fields.List(fields.Dict(), required=True)
    corrected_after = fields.List(fields.Dict(), required=True)
    assumed = fields.List(fields.Dict())
    papers = fields.List(fields.Dict(), required=True)


class RoundPaperIn(Schema):
    """Lập văn bản kết thúc đợt."""

    number = line()
    place = line(required=True)
    office = line(required=True)
    recipients = fields.List(line(required=True), load_default=list, validate=validate.Length(max=20))


class RoundPaperOut(Schema):
    """Văn bản kết thúc đợt đã lập."""

    id = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    template_sha256 = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    role = fields.String(allow_none=True)
    events = fields.List(fields.Dict())


class AsOfQuery(Schema):
    """Query of what stood on a day."""

    class Meta:
        """Another parameter says nothing and does no harm."""

        unknown = EXCLUDE

    as_of = day(required=False)


class GroupRoundQuery(PageQuery):
    """Query of a working group's cells in a round."""

    as_of = day(required=False)
    standing = fields.String(load_default=None, validate=validate.OneOf(list(STANDING_VI)))


class GroupOut(Schema):
    """Đoàn công tác."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    since = fields.Date(required=True)
    organization_ids = fields.List(fields.String(), required=True)


class GroupsOut(Schema):
    """Các đoàn công tác."""

    as_of = fields.Date(required=True)
    items = fields.List(fields.Nested(GroupOut), required=True)
    next = fields.String(allow_none=True)


class GroupRoundsOut(Schema):
    """Các đợt rà soát của đoàn công tác."""

    as_of = fields.Date(required=True)
    items = fields.List(fields.Nested(RoundOut), required=True)
    next = fields.String(allow_none=True)


class GroupCellOut(Schema):
    """Một chi bộ của đoàn công tác trong đợt."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    organization_path = fields.List(fields.String(), required=True)
    standing = fields.Dict(required=True)
    overdue = fields.Boolean(required=True)
    reported_on = fields.Date(allow_none=True)
    number = fields.Integer(allow_none=True)
    reviewed = fields.Integer(allow_none=True)
    proposed = fields.Integer(allow_none=True)


class GroupRoundOut(Schema):
    """Đợt rà soát như đoàn công tác thấy."""

    group_id = fields.String(required=True)
    round = fields.Nested(RoundOut, required=True)
    as_of = fields.Date(required=True)
    total = fields.Nested(SumsOut, required=True)
    items = fields.List(fields.Nested(GroupCellOut), required=True)
    next = fields.String(allow_none=True)
