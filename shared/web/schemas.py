"""Schemas that every API shares."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.store.pages import MAX_LIMIT


class PageQuery(Schema):
    """The query of every list: where to go on and how much to give."""

    after = fields.String(load_default=None, metadata={"description": "Giá trị next của trang trước"})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MAX_LIMIT))


class DocumentSchema(Schema):
    """Văn bản: number, date and issuer together, for numbers are used again."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=60))
    issued_on = fields.Date(required=True)
    issuer = fields.String(required=True, validate=validate.Length(min=1, max=200))
