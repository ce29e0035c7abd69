"""Aggregates of the reviews service: rounds, the cells' reports in them, and cases."""

from __future__ import annotations

from typing import Any

from mongoengine import BinaryField, BooleanField, DateTimeField, IntField, ListField, StringField
from mongoengine.base import BaseField

from shared.imports.record import Import
from shared.store.aggregate import Aggregate, DayField

SERVICE_NAME = "reviews"


class PlainField(BaseField):
    """JSON-like data of the pure domain, stored as it is: its own structs have checked it."""

    def to_mongo(self, value: Any) -> Any:
        """Return the value unchanged."""
        return value

    def to_python(self, value: Any) -> Any:
        """Return the value unchanged."""
        return value


class Round(Aggregate):
    """Đợt rà soát: an organisation has its cells review their members."""

    meta = {"collection": "rounds", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    name = StringField(required=True)
    organization_id = StringField(required=True)
    organization_path = ListField(StringField(), required=True)
    on = DayField(required=True)
    due_on = DayField(required=True)
    profile = StringField(required=True)
    document = PlainField()
    state = StringField(required=True, choices=("open", "closed"), default="open")
    closed_on = DayField()
    not_reported = ListField(StringField())
    record = PlainField()
    """Biên bản kết thúc đợt, as it was on the day the round ended; later corrections do not touch it."""


class RoundReport(Aggregate):
    """Báo cáo của chi bộ: a document of its own, so that all cells of a round can report at once.

    Its id is ``<round id>:<cell id>``: a cell reports once. A correction is a new version; those before it stay
    readable in ``earlier``.
    """

    meta = {"collection": "round_reports", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    round_id = StringField(required=True)
    cell_id = StringField(required=True)
    organization_path = ListField(StringField(), required=True)
    on = DayField(required=True)
    reviewed = IntField(required=True, min_value=0)
    proposed = IntField(required=True, min_value=0)
    late = BooleanField(required=True)
    """By the day of the first version: a correction does not make a report late."""
    number = IntField(required=True, default=1)
    corrected_on = DayField()
    reason = StringField()
    after_close = BooleanField(required=True, default=False)
    recorded_by = StringField()
    recorded_at = DateTimeField()
    role = StringField()
    earlier = ListField(PlainField())


class RoundPaper(Aggregate):
    """Văn bản kết thúc đợt đã lập: one paper as it was made; it never changes."""

    meta = {"collection": "round_papers", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    round_id = StringField(required=True)
    content = BinaryField(required=True)
    size = IntField(required=True)
    sha256 = StringField(required=True)
    template_sha256 = StringField(required=True)
    made_at = DateTimeField(required=True)
    made_by = StringField(required=True)
    role = StringField()


class CaseRecord(Aggregate):
    """Vụ việc: one member's case. ``case`` is the whole of it as the pure domain knows it."""

    meta = {"collection": "cases", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    member_id = StringField(required=True)
    cell_id = StringField(required=True)
    organization_path = ListField(StringField(), required=True)
    state = StringField(required=True)
    open = BooleanField(required=True)
    """Whether people still have to act before an outcome: at most one such case per member."""
    profile = StringField(required=True)
    round_id = StringField()
    criterion = StringField()
    opened_on = DayField(required=True)
    historical = BooleanField(required=True, default=False)
    """Whether it began before the system and was imported."""
    case = PlainField(required=True)


class HistoryImport(Import):
    """Lượt nhập vụ việc cũ: one uploaded workbook of past cases on its way into the records."""

    meta = {"collection": "imports", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    former_members = IntField(required=True, default=0)
    """Sound rows about people whom the register does not know."""
    imported_cases = IntField(required=True, default=0)


class Attachment(Aggregate):
    """Tệp đính kèm: a scan of the case. Its id is also that of its file; the file is never overwritten."""

    meta = {"collection": "attachments", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    case_id = StringField(required=True)
    member_id = StringField(required=True)
    organization_path = ListField(StringField(), required=True)
    kind_of_scan = StringField(required=True)
    description = StringField()
    link = StringField(required=True, choices=("step", "evidence"))
    number = IntField(required=True, min_value=1)
    file_name = StringField(required=True)
    media_type = StringField(required=True)
    sha256 = StringField(required=True)
    size = IntField(required=True)
    attached_at = DateTimeField(required=True)
    attached_by = StringField(required=True)
    role = StringField(required=True)
    removed_at = DateTimeField()
    removed_by = StringField()
    removed_because = StringField()


class PaperRecord(Aggregate):
    """Văn bản đã lập: one paper as it was made; it never changes."""

    meta = {"collection": "papers", "db_alias": SERVICE_NAME}  # noqa: RUF012 -- mongoengine's own form

    case_id = StringField(required=True)
    member_id = StringField(required=True)
    organization_path = ListField(StringField(), required=True)
    kind_of_paper = StringField(required=True)
    content = BinaryField(required=True)
    """The DOCX, some tens of kilobytes: kept with its record, so that neither is there without the other."""
    size = IntField(required=True)
    sha256 = StringField(required=True)
    template_sha256 = StringField(required=True)
    case_version = IntField(required=True)
    made_at = DateTimeField(required=True)
    made_by = StringField(required=True)
    role = StringField()
