"""Bộ quy tắc áp dụng: every value of the procedure with its source and how sure we are of it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.domain.profile import ListedSetting, Profile, compare
from services.reviews.effects import citation_answer
from services.reviews.profiles import known_profiles, profile_named
from services.reviews.schemas import DifferencesOut, ItemsOut, ProfileOut
from shared.web.commit import record_answer
from shared.web.problems import not_found
from shared.web.requests import action, roots


def blueprint() -> Blueprint:
    """Return the blueprint of rule profiles."""
    bp = Blueprint("profiles", __name__, url_prefix="/api/reviews/profiles", description="Bộ quy tắc áp dụng")

    @bp.get("")
    @bp.response(200, ItemsOut)
    @action("profiles.read")
    def list_profiles() -> Response:
        """Liệt kê các bộ quy tắc."""
        roots()
        return record_answer({"items": [_head(each) for each in known_profiles()], "next": None})

    @bp.get("/<string:profile_id>")
    @bp.response(200, ProfileOut)
    @action("profiles.read")
    def get_profile(profile_id: str) -> Response:
        """Xem một bộ quy tắc: từng giá trị với căn cứ và mức độ kiểm chứng."""
        roots()
        profile = _named(profile_id)
        settings = [_setting(each) for each in profile.listed()]
        return record_answer({**_head(profile), "settings": settings})

    @bp.get("/<string:profile_id>/differences/<string:other_id>")
    @bp.response(200, DifferencesOut)
    @action("profiles.read")
    def compare_profiles(profile_id: str, other_id: str) -> Response:
        """So sánh hai bộ quy tắc: giá trị nào khác, căn cứ và mức độ kiểm chứng của mỗi bên."""
        roots()
        one, other = _named(profile_id), _named(other_id)
        items = [
            {
                "setting": each.name,
                "value_differs": each.rules_otherwise,
                "before": None if each.before is None else _setting(each.before),
                "after": None if each.after is None else _setting(each.after),
            }
            for each in compare(one, other)
        ]
        return record_answer({"before": _head(one), "after": _head(other), "items": items})

    return bp


def _named(profile_id: str) -> Profile:
    try:
        return profile_named(profile_id)
    except LookupError as error:
        raise not_found("profile", profile_id) from error


def _setting(each: ListedSetting) -> dict[str, Any]:
    return {
        "setting": each.name,
        "value": each.value,
        "certainty": each.certainty,
        "certainty_label": each.certainty_vi,
        "note": each.note,
        "citation": citation_answer(each.citation),
    }


def _head(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "title": profile.title,
        "valid_from": profile.valid_from.isoformat(),
        "fingerprint": profile.fingerprint,
        "assumed": len(profile.assumed()),
    }
