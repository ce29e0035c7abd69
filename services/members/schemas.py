"""What the members API takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.members.domain.classification import Level
from services.members.domain.transfer import TransferState
from shared.events.catalogue.members import TRANSFER_CLOCK_VI, Document
from shared.identifiers import (
    InvalidIdentifierError,
    card_number,
    dossier_number,
    organization_code,
)
from shared.names import InvalidNameError, person_name
from shared.text import nfc
from shared.web import schemas as shared_schemas
from shared.web.schemas import PageQuery


class _Read(fields.String):
    """A text that a rule of the field brings into its one form, or refuses."""

    def __init__(self, reader: Callable[[str], object], **options: Any) -> None:
        super().__init__(**options)
        self._reader = reader

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return str(self._reader(text))
        except (InvalidIdentifierError, InvalidNameError) as error:
            raise ValidationError(error.detail_vi) from error


def _card(**options: Any) -> _Read:
    return _Read(card_number, **options)


def _organization_name() -> _Read:
    return _Read(nfc, validate=validate.Length(min=1, max=200, error="Tên dài từ 1 đến 200 ký tự."))


class DocumentSchema(shared_schemas.DocumentSchema):
    """Văn bản, as the commands take it."""

    @post_load
    def _cited(self, data: dict[str, Any], **_: Any) -> Document:
        return Document(**data)


_ID = validate.Regexp(r"^[A-Za-z0-9._-]{1,64}$", error="Mã chỉ gồm chữ, số, dấu chấm, gạch ngang.")


class EstablishSchema(Schema):
    """Thành lập tổ chức đảng."""

    id = fields.String(load_default=None, allow_none=True, validate=_ID)
    name = _Read(
        nfc,
        required=True,
        validate=validate.Length(min=1, max=200, error="Tên dài từ 1 đến 200 ký tự."),
    )
    level = fields.String(required=True)
    is_cell = fields.Boolean(required=True)
    code = _Read(organization_code, load_default=None, allow_none=True)
    parent_id = fields.String(load_default=None, allow_none=True)
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)


class ReorganizeSchema(Schema):
    """Đổi tên, chuyển cấp trên trực tiếp của tổ chức đảng."""

    name = _organization_name()
    parent_id = fields.String(allow_none=True)
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)

    @validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if "name" not in data and "parent_id" not in data:
            raise ValidationError("Cần có tên mới (name) hoặc cấp trên mới (parent_id).")


class DissolveSchema(Schema):
    """Giải thể tổ chức đảng."""

    on = fields.Date(required=True)
    successor_id = fields.String(load_default=None, allow_none=True)
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)


class MergeSchema(Schema):
    """Sáp nhập tổ chức đảng vào một tổ chức khác."""

    into_id = fields.String(required=True, validate=_ID)
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, required=True)


class WarningSchema(Schema):
    """Cảnh báo: it blocks nothing."""

    code = fields.String(required=True)
    detail = fields.String(required=True)
    source = fields.String(required=True)


class OrganizationSchema(Schema):
    """Tổ chức đảng."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    level_name = fields.String(required=True)
    is_cell = fields.Boolean(required=True)
    code = fields.String(allow_none=True)
    parent_id = fields.String(allow_none=True)
    organization_path = fields.List(fields.String(), required=True)
    in_force = fields.Boolean(required=True)
    established_on = fields.Date(required=True)
    dissolved_on = fields.Date(allow_none=True)
    successor_id = fields.String(allow_none=True)
    as_of = fields.Date(metadata={"description": "Ngày được hỏi; chỉ có khi hỏi theo ngày"})
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    version = fields.Integer(metadata={"description": "Phiên bản bản ghi, cho If-Match"})
    versions = fields.List(fields.Dict(), metadata={"description": "Các phiên bản theo thời gian"})
    warnings = fields.List(
        fields.Nested(WarningSchema),
        metadata={"description": "Điều cần lưu ý; của tổ chức sáp nhập thì nói về tổ chức nhận"},
    )


class OrganizationPageSchema(Schema):
    """Một trang tổ chức đảng: by name."""

    items = fields.List(fields.Nested(OrganizationSchema), required=True)
    next = fields.String(allow_none=True)


class AsOfQuery(Schema):
    """As of which day to answer."""

    as_of = fields.Date(load_default=None, metadata={"description": "Theo ngày này; mặc định: hiện nay"})


class RosterFileQuery(AsOfQuery):
    """Whose roster, in which form, as of which day, and why."""

    organization = fields.String(required=True, validate=validate.Length(min=1, max=100))
    form = fields.String(
        required=True,
        validate=validate.OneOf(("7-hsdv", "ds-dangvien")),
        metadata={"description": "Mẫu 7-HSĐV hoặc DS_DANGVIEN"},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(min=3, max=500, error="Hãy ghi lý do xuất danh sách (3–500 ký tự)."),
    )


class OrganizationQuery(PageQuery, AsOfQuery):
    """Which organisations to list."""

    parent_id = fields.String(
        load_default=None, metadata={"description": "Cấp trên trực tiếp; «-» là cấp cao nhất"}
    )
    code = _Read(organization_code, load_default=None)
    q = fields.String(load_default=None, metadata={"description": "Phần của tên, không cần dấu"})


class _NewMemberSchema(Schema):
    """Hồ sơ của đảng viên được ghi danh."""

    full_name = _Read(person_name, required=True)
    birth_name = _Read(person_name, load_default=None, allow_none=True)
    gender = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("male", "female")))
    birth_date = fields.Date(load_default=None, allow_none=True)
    card_number = _card(load_default=None, allow_none=True)
    dossier_number = _Read(dossier_number, load_default=None, allow_none=True)
    admitted_on = fields.Date(required=True)
    official_on = fields.Date(load_default=None, allow_none=True)
    exempt_from = fields.Date(load_default=None, allow_none=True)
    exempt_until = fields.Date(load_default=None, allow_none=True)
    temporary = fields.Boolean(load_default=False)
    cell_id = fields.String(required=True)


class RegisterSchema(_NewMemberSchema):
    """Ghi danh đảng viên."""

    since = fields.Date(required=True)


class ChangeMemberSchema(Schema):
    """Thay đổi thông tin đảng viên: only what is given changes; null takes a value away."""

    on = fields.Date(required=True)
    full_name = _Read(person_name)
    birth_name = _Read(person_name, allow_none=True)
    gender = fields.String(allow_none=True, validate=validate.OneOf(("male", "female")))
    birth_date = fields.Date(allow_none=True)
    card_number = _card(allow_none=True)
    dossier_number = _Read(dossier_number, allow_none=True)
    admitted_on = fields.Date()
    official_on = fields.Date(allow_none=True)
    exempt_from = fields.Date(allow_none=True)
    exempt_until = fields.Date(allow_none=True)
    temporary = fields.Boolean()


class EndMembershipSchema(Schema):
    """Đảng viên từ trần, hoặc được cho ra khỏi Đảng theo đơn (phải có quyết định)."""

    on = fields.Date(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(("death", "resignation")))
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)


class RestoreMembershipSchema(Schema):
    """Khôi phục đảng tịch hoặc bỏ việc ghi nhầm, khi việc ra khỏi danh sách không do vụ việc nào của hệ thống."""

    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, required=True)
    reason = fields.String(required=True, validate=validate.Length(min=3, max=500))


class ChangeOptionalFieldsSchema(Schema):
    """Trường nhạy cảm của hồ sơ, nơi đơn vị cho lưu: only what is given changes; null takes a value away."""

    citizen_id = fields.String(allow_none=True, validate=validate.Length(min=1, max=20))
    ethnicity = fields.String(allow_none=True, validate=validate.Length(min=1, max=100))
    religion = fields.String(allow_none=True, validate=validate.Length(min=1, max=100))
    family = fields.String(allow_none=True, validate=validate.Length(min=1, max=2000))


class OptionalFieldsSchema(Schema):
    """Trường nhạy cảm của hồ sơ mà đơn vị cho lưu."""

    member_id = fields.String(required=True)
    kept = fields.List(fields.Dict(), required=True)
    values = fields.Dict(required=True)
    version = fields.Integer(required=True, metadata={"description": "Cho If-Match"})


_YEAR = validate.Range(min=1930, max=2200)
_MONTHS = validate.Range(min=0, max=12)


class ClassifySchema(Schema):
    """Kết quả đánh giá, xếp loại của một năm; with a quarter it is kept apart."""

    year = fields.Integer(required=True, strict=True, validate=_YEAR)
    quarter = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=4)
    )
    level = fields.String(required=True, validate=validate.OneOf([str(each) for each in Level]))
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class ResultSchema(Schema):
    """Kết quả của một đảng viên."""

    member_id = fields.String(required=True, validate=validate.Length(min=1, max=100))
    level = fields.String(required=True, validate=validate.OneOf([str(each) for each in Level]))


class CellClassificationSchema(Schema):
    """Kết quả xếp loại năm của một chi bộ theo một quyết định."""

    year = fields.Integer(required=True, strict=True, validate=_YEAR)
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)
    results = fields.List(
        fields.Nested(ResultSchema), required=True, validate=validate.Length(min=1, max=200)
    )


class ClassifiedCellSchema(Schema):
    """Những đảng viên đã được ghi kết quả."""

    organization_id = fields.String(required=True)
    year = fields.Integer(required=True)
    classified = fields.List(fields.String(), required=True)


class ParticipationSchema(Schema):
    """Số tháng trong năm: without activities for no good reason, with one, without dues."""

    year = fields.Integer(required=True, strict=True, validate=_YEAR)
    months_absent = fields.Integer(required=True, strict=True, validate=_MONTHS)
    months_excused = fields.Integer(load_default=0, strict=True, validate=_MONTHS)
    months_unpaid = fields.Integer(required=True, strict=True, validate=_MONTHS)
    on = fields.Date(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class StandingSchema(Schema):
    """Kết luận về tư cách đảng viên của một năm."""

    year = fields.Integer(required=True, strict=True, validate=_YEAR)
    violated = fields.Boolean(required=True)
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class _GroupSchema(Schema):
    name = _organization_name()
    organization_ids = fields.List(
        fields.String(validate=_ID), validate=validate.Length(min=1, max=200, error="Từ 1 đến 200 tổ chức.")
    )
    member_ids = fields.List(
        fields.String(validate=_ID), validate=validate.Length(min=1, max=50, error="Từ 1 đến 50 thành viên.")
    )
    leader_id = fields.String(allow_none=True, validate=_ID)
    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, required=True)


class EstablishGroupSchema(_GroupSchema):
    """Thành lập đoàn công tác: organisations assigned to it, each with all below, and its members."""

    name = _Read(
        nfc,
        required=True,
        validate=validate.Length(min=1, max=200, error="Tên dài từ 1 đến 200 ký tự."),
    )
    organization_ids = fields.List(
        fields.String(validate=_ID),
        required=True,
        validate=validate.Length(min=1, max=200, error="Từ 1 đến 200 tổ chức."),
    )
    member_ids = fields.List(
        fields.String(validate=_ID),
        required=True,
        validate=validate.Length(min=1, max=50, error="Từ 1 đến 50 thành viên."),
    )
    leader_id = fields.String(load_default=None, allow_none=True, validate=_ID)


class ChangeGroupSchema(_GroupSchema):
    """Thay đổi đoàn công tác: only what is given changes."""


class EndGroupSchema(Schema):
    """Kết thúc nhiệm vụ của đoàn công tác."""

    on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, required=True)


class RevokeSchema(Schema):
    """Thu hồi quyền truy cập: whose tokens, issued before when (now where it is left out), and why."""

    subject = fields.String(required=True, validate=validate.Length(min=1, max=200))
    """``sub`` of the tokens, as the identity provider names the person; the audit names them so as well."""
    issued_before = fields.AwareDateTime(load_default=None, allow_none=True)
    reason = fields.String(required=True, validate=validate.Length(min=3, max=500))


class RevocationSchema(Schema):
    """Một lần thu hồi quyền truy cập."""

    id = fields.String(required=True)
    subject = fields.String(required=True)
    issued_before = fields.DateTime(required=True)
    until = fields.DateTime(required=True)
    """Kept until then: no token issued before could be good any more."""
    revoked_at = fields.DateTime(required=True)
    events = fields.List(fields.Dict(), metadata={"description": "Chỉ trong trả lời của lần thu hồi"})


class RevocationPageSchema(Schema):
    """Một trang các lần thu hồi còn hiệu lực."""

    items = fields.List(fields.Nested(RevocationSchema), required=True)
    next = fields.String(allow_none=True)


class GroupSchema(Schema):
    """Đoàn công tác."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    organization_ids = fields.List(fields.String(), required=True)
    member_ids = fields.List(fields.String(), required=True)
    leader_id = fields.String(allow_none=True)
    established_on = fields.Date(required=True)
    ended_on = fields.Date(allow_none=True)
    in_force = fields.Boolean(required=True)
    mandates = fields.List(
        fields.Dict(), required=True, metadata={"description": "Các quyết định theo thời gian, cũ trước"}
    )
    version = fields.Integer(required=True, metadata={"description": "Cho If-Match"})


class GroupPageSchema(Schema):
    """Một trang đoàn công tác."""

    items = fields.List(fields.Nested(GroupSchema), required=True)
    next = fields.String(allow_none=True)


class GroupQuery(PageQuery, AsOfQuery):
    """Which working groups to list."""

    organization = fields.String(
        load_default=None, metadata={"description": "Đoàn phụ trách tổ chức này hoặc cấp trên của nó"}
    )


class MemberRowSchema(Schema):
    """Đảng viên trong danh sách."""

    id = fields.String(required=True)
    full_name = fields.String(required=True)
    gender = fields.String(allow_none=True)
    card_number = fields.String(allow_none=True)
    dossier_number = fields.String(allow_none=True)
    admitted_on = fields.Date(required=True)
    official_on = fields.Date(allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(("probationary", "official", "left")))
    exempt_from = fields.Date(allow_none=True)
    exempt_until = fields.Date(allow_none=True)
    temporary = fields.Boolean(required=True)
    cell_id = fields.String(required=True)
    organization_path = fields.List(fields.String(), required=True)
    since = fields.Date(required=True)
    screening_status = fields.String(required=True, validate=validate.OneOf(("none", "listed")))
    as_of = fields.Date(metadata={"description": "Ngày được hỏi; chỉ có khi hỏi theo ngày"})
    version = fields.Integer(required=True, metadata={"description": "Cho If-Match"})


class MemberSchema(MemberRowSchema):
    """Đảng viên."""

    birth_name = fields.String(allow_none=True)
    birth_date = fields.Date(allow_none=True)
    badge = fields.String(allow_none=True)
    native_place = fields.String(allow_none=True)
    education = fields.String(allow_none=True)
    occupation = fields.String(allow_none=True)
    service = fields.String(allow_none=True)
    notes = fields.String(allow_none=True)
    leaving = fields.Dict(allow_none=True)
    reversed_leavings = fields.List(fields.Dict())
    stays = fields.List(
        fields.Dict(), metadata={"description": "Các chi bộ đã sinh hoạt theo thời gian, cũ trước"}
    )
    transit = fields.Dict(allow_none=True)
    decided = fields.Dict(allow_none=True)
    guest = fields.Dict(allow_none=True)
    classifications = fields.List(fields.Dict())
    quarterly_results = fields.List(fields.Dict())
    participation = fields.List(fields.Dict())
    standing = fields.List(fields.Dict())
    source = fields.Dict(allow_none=True)
    past_cards = fields.List(
        fields.Dict(), metadata={"description": "Số thẻ đã dùng trước, kèm ngày thôi dùng"}
    )
    past_exemptions = fields.List(fields.Dict())
    warnings = fields.List(
        fields.Nested(WarningSchema),
        metadata={"description": "Chỉ ở câu trả lời khi ghi danh: người đã từng ra khỏi Đảng"},
    )


_PLACE = validate.Length(min=1, max=300)
_REASON = validate.Length(min=3, max=500)


class StartTransferSchema(Schema):
    """Bắt đầu chuyển sinh hoạt đảng: to a cell of the deployment, or to a place outside."""

    to_cell_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=100))
    place = fields.String(load_default=None, allow_none=True, validate=_PLACE)
    decided_on = fields.Date(required=True)
    on = fields.Date(required=True)
    temporary_until = fields.Date(load_default=None, allow_none=True)
    study = fields.Boolean(load_default=False)


class DecideTransferSchema(Schema):
    """Quyết định chuyển sinh hoạt đảng, chưa làm thủ tục."""

    to_cell_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=100))
    place = fields.String(load_default=None, allow_none=True, validate=_PLACE)
    decided_on = fields.Date(required=True)
    decision = fields.Nested(DocumentSchema, load_default=None, allow_none=True)
    temporary_until = fields.Date(load_default=None, allow_none=True)
    study = fields.Boolean(load_default=False)


class IntroduceSchema(Schema):
    """Giấy giới thiệu chuyển sinh hoạt đảng."""

    letter = fields.Nested(DocumentSchema, required=True)
    on = fields.Date(required=True)


class StepOnSchema(Schema):
    """Một bước chỉ cần ngày."""

    on = fields.Date(required=True)


class ReturnTransferSchema(StepOnSchema):
    """Không tiếp nhận, hoặc thôi chuyển."""

    reason = fields.String(required=True, validate=_REASON)


class ComeInSchema(_NewMemberSchema):
    """Đảng viên từ nơi khác chuyển đến: the record, the letter, and the cell that takes them in."""

    place = fields.String(required=True, validate=_PLACE)
    letter = fields.Nested(DocumentSchema, required=True)
    on = fields.Date(required=True)


class TransferSchema(Schema):
    """Lượt chuyển sinh hoạt đảng."""

    id = fields.String(required=True)
    member_id = fields.String(required=True)
    way = fields.Dict(required=True)
    state = fields.Dict(required=True)
    temporary = fields.Boolean(required=True)
    temporary_until = fields.Date(allow_none=True)
    from_cell_id = fields.String(allow_none=True)
    to_cell_id = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    decided_on = fields.Date(required=True)
    decision = fields.Dict(allow_none=True)
    letter = fields.Dict(allow_none=True)
    clock = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    late = fields.List(fields.String())
    steps = fields.List(fields.Dict())
    warnings = fields.List(
        fields.Nested(WarningSchema),
        metadata={
            "description": "Chỉ ở câu trả lời của một bước: điều cần lưu ý về chi bộ nơi đi hoặc người đến"
        },
    )
    version = fields.Integer(required=True, metadata={"description": "Cho If-Match"})


class TransferPageSchema(Schema):
    """Một trang lượt chuyển."""

    items = fields.List(fields.Nested(TransferSchema), required=True)
    next = fields.String(allow_none=True)


class TransferQuery(PageQuery):
    """Which transfers to list."""

    organization = fields.String(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf([str(each) for each in TransferState]))
    member_id = fields.String(load_default=None)


class TransferClockQuery(PageQuery):
    """Which clocks to list."""

    organization = fields.String(load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf(list(TRANSFER_CLOCK_VI)))
    status = fields.String(
        load_default=None, validate=validate.OneOf(("running", "overdue", "met", "lapsed"))
    )
    due_before = fields.Date(load_default=None)
    as_of = fields.Date(load_default=None)


class TransferClockPageSchema(Schema):
    """Một trang thời hạn."""

    as_of = fields.Date(required=True)
    items = fields.List(fields.Dict(), required=True)
    next = fields.String(allow_none=True)


class MemberPageSchema(Schema):
    """Một trang đảng viên."""

    items = fields.List(fields.Nested(MemberRowSchema), required=True)
    next = fields.String(allow_none=True)


class MemberQuery(PageQuery):
    """Which members to list."""

    organization = fields.String(load_default=None)
    q = fields.String(
        load_default=None,
        metadata={"description": "Các phần của họ tên, không cần dấu, thứ tự nào cũng được; hoặc một số"},
    )
    card_number = _card(load_default=None)
    as_of = fields.Date(
        load_default=None,
        metadata={"description": "Ai ở chi bộ nào vào ngày này; mặc định: hiện nay"},
    )
    status = fields.String(
        load_default="current",
        validate=validate.OneOf(("current", "probationary", "official", "left", "any")),
    )


class ImportSchema(Schema):
    """Lượt nhập danh sách."""

    id = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(("uploaded", "previewing", "previewed", "executing", "done", "failed")),
    )
    file_name = fields.String(allow_none=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    reason = fields.String(allow_none=True)
    uploaded_at = fields.DateTime(required=True)
    total_rows = fields.Integer(required=True)
    rows_ok = fields.Integer(required=True)
    rows_refused = fields.Integer(required=True)
    organizations = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    updates = fields.Integer(
        required=True, metadata={"description": "Số dòng chắc chắn là đảng viên đã có hồ sơ và có điểm khác"}
    )
    undecided = fields.Integer(
        required=True, metadata={"description": "Số dòng gần trùng chờ người quyết định (…/undecided)"}
    )
    updated_members = fields.Integer(required=True)
    imported_members = fields.Integer(required=True)
    imported_organizations = fields.Integer(required=True)
    progress = fields.Integer(
        required=True, metadata={"description": "Số dòng đã xử lý ở bước hiện tại, trên total_rows"}
    )
    problem = fields.Dict(allow_none=True)
    refusals = fields.List(
        fields.Nested("ImportRowSchema"),
        metadata={"description": "Những dòng bị từ chối đầu tiên; đủ ở …/rows?kind=refused"},
    )
    version = fields.Integer(required=True)


class ImportRowSchema(Schema):
    """Một dòng của lượt nhập."""

    sheet = fields.String(required=True)
    row = fields.Integer(required=True)
    column = fields.String(allow_none=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    value = fields.String(allow_none=True)
    changes = fields.List(
        fields.Dict(),
        allow_none=True,
        metadata={"description": "Của dòng cập nhật: field, before, after của từng trường sẽ đổi"},
    )


class CandidateSchema(Schema):
    """Hồ sơ có thể là người ở dòng này; một hồ sơ ngoài phạm vi chỉ được nêu là có."""

    member_id = fields.String(allow_none=True)
    outside_subtree = fields.Boolean(required=True)
    rule = fields.String(required=True)
    reason = fields.String(required=True)
    full_name = fields.String(allow_none=True)
    birth_date = fields.Date(allow_none=True)
    admitted_on = fields.Date(allow_none=True)
    card_number = fields.String(allow_none=True)
    dossier_number = fields.String(allow_none=True)
    cell_id = fields.String(allow_none=True)
    current = fields.Boolean(allow_none=True)


class UndecidedRowSchema(Schema):
    """Một dòng gần trùng, với các hồ sơ có thể là người ấy."""

    row = fields.Integer(required=True)
    value = fields.String(required=True)
    cell_code = fields.String(required=True)
    birth_date = fields.Date(allow_none=True)
    admitted_on = fields.Date(required=True)
    card_number = fields.String(allow_none=True)
    dossier_number = fields.String(allow_none=True)
    candidates = fields.List(fields.Nested(CandidateSchema), required=True)
    decision = fields.String(allow_none=True)
    member_id = fields.String(allow_none=True)
    decided_by = fields.String(allow_none=True)


class UndecidedPageSchema(Schema):
    """Một trang dòng gần trùng."""

    items = fields.List(fields.Nested(UndecidedRowSchema), required=True)
    next = fields.String(allow_none=True)


class AnswerSchema(Schema):
    """Quyết định về một dòng: cùng người (same), người mới (new), bỏ qua (skip)."""

    row = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=1_048_576))
    decision = fields.String(required=True, validate=validate.OneOf(("same", "new", "skip")))
    member_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=100))


class DecisionsSchema(Schema):
    """Những quyết định về các dòng gần trùng."""

    decisions = fields.List(
        fields.Nested(AnswerSchema), required=True, validate=validate.Length(min=1, max=200)
    )


class MatchingRuleSchema(Schema):
    """Quy tắc đối chiếu, theo thứ tự áp dụng."""

    code = fields.String(required=True)
    sure = fields.Boolean(required=True)
    text = fields.String(required=True)


class MatchingRulesSchema(Schema):
    """Các quy tắc đối chiếu; một danh sách ngắn, không chia trang."""

    items = fields.List(fields.Nested(MatchingRuleSchema), required=True)


class ImportRowPageSchema(Schema):
    """Một trang dòng của lượt nhập."""

    items = fields.List(fields.Nested(ImportRowSchema), required=True)
    next = fields.String(allow_none=True)


class ImportRowsQuery(PageQuery):
    """Which rows of an import to list."""

    kind = fields.String(
        load_default="refused", validate=validate.OneOf(("refused", "ok", "duplicate", "update", "note"))
    )


class ReconciliationSchema(Schema):
    """Một lượt đối chiếu danh sách, với kết quả và hạn của lần sau."""

    id = fields.String(required=True)
    organization_id = fields.String(required=True)
    counterpart = fields.String(required=True, validate=validate.OneOf(("above", "below")))
    as_of = fields.Date(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("waiting", "done", "failed")))
    file_name = fields.String(allow_none=True)
    sha256 = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    started_by = fields.String(required=True)
    rows = fields.Integer(required=True, metadata={"description": "Số dòng đọc được của danh sách đối chiếu"})
    agreed = fields.Integer(required=True, metadata={"description": "Số người như nhau ở cả hai nơi"})
    outside = fields.Integer(required=True, metadata={"description": "Số dòng ngoài tổ chức được đối chiếu"})
    differences = fields.Integer(required=True)
    next_due = fields.Date(allow_none=True)
    source = fields.String(required=True)
    problem = fields.Dict(allow_none=True)
    version = fields.Integer(required=True)


class ReconciliationPageSchema(Schema):
    """Một trang lượt đối chiếu."""

    items = fields.List(fields.Nested(ReconciliationSchema), required=True)
    next = fields.String(allow_none=True)


class ReconciliationsQuery(PageQuery):
    """Whose reconciliations to list."""

    organization = fields.String(required=True, validate=validate.Length(min=1, max=100))


class DifferenceSchema(Schema):
    """Một điểm khác nhau."""

    number = fields.Integer(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(("only_in_list", "only_on_record", "differs", "unsure", "unreadable")),
    )
    row = fields.Integer(allow_none=True)
    member_id = fields.String(allow_none=True)
    name = fields.String(required=True)
    cell = fields.String(allow_none=True)
    reason = fields.String(required=True)
    fields_ = fields.List(
        fields.Dict(),
        allow_none=True,
        attribute="fields",
        data_key="fields",
        metadata={"description": "field, before (hồ sơ), after (danh sách)"},
    )
    candidates = fields.List(fields.String(), allow_none=True)


class DifferencePageSchema(Schema):
    """Một trang điểm khác nhau."""

    items = fields.List(fields.Nested(DifferenceSchema), required=True)
    next = fields.String(allow_none=True)


class DifferencesQuery(PageQuery):
    """Which differences to list."""

    kind = fields.String(
        load_default=None,
        validate=validate.OneOf(("only_in_list", "only_on_record", "differs", "unsure", "unreadable")),
    )


class OverdueQuery(PageQuery, AsOfQuery):
    """As of which day to list what is overdue."""


class OverdueSchema(Schema):
    """Một tổ chức quá hạn đối chiếu."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    organization_path = fields.List(fields.String(), required=True)
    last_as_of = fields.Date(allow_none=True)
    due_on = fields.Date(required=True)


class OverduePageSchema(Schema):
    """Một trang tổ chức quá hạn đối chiếu."""

    items = fields.List(fields.Nested(OverdueSchema), required=True)
    next = fields.String(allow_none=True)
    as_of = fields.Date(required=True)
