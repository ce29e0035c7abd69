"""Rule profiles (bộ quy tắc áp dụng): the figures of the procedure as dated data, each with citation and certainty.

A profile is one TOML file in ``profiles/``. ``valid_from`` says from which day it applies to new cases; a case
keeps the profile it began under. A file may extend an earlier one and then names only what changed; what it
carries over is marked with ``carried_over``, because a new document may have changed it unseen.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

import msgspec

from services.reviews.domain.ballot import BaseRule, Share
from services.reviews.domain.citation import CERTAINTY_VI, Certainty, Citation

T = TypeVar("T")
VoteLevel = Literal[
    "cell", "part_committee", "grassroots_committee", "delegated_grassroots_committee", "standing_committee"
]
"""Cấp biểu quyết: chi bộ, đảng ủy bộ phận, đảng ủy cơ sở, đảng ủy cơ sở được ủy quyền, ban thường vụ."""
VOTE_LEVEL_VI: dict[VoteLevel, str] = {
    "cell": "chi bộ",
    "part_committee": "đảng ủy bộ phận",
    "grassroots_committee": "đảng ủy cơ sở",
    "delegated_grassroots_committee": "đảng ủy cơ sở được ủy quyền",
    "standing_committee": "ban thường vụ",
}
ResolvingLevel = Literal["local", "central"]
"""Cấp giải quyết khiếu nại: up to the province, or the Centre."""


class ProfileError(ValueError):
    """A profile file cannot be used; the message names the file and the setting."""


class Setting(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Giá trị quy định: one value with its source and how sure we are of it."""

    value: T
    citation: Citation
    certainty: Certainty
    note: str = ""

    def __post_init__(self) -> None:
        """Let the citation say how sure we are, so that whatever cites the value says it too."""
        if self.citation.certainty != self.certainty:
            cited = msgspec.structs.replace(self.citation, certainty=self.certainty)
            msgspec.structs.force_setattr(self, "citation", cited)


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gia hạn: how often, and by how many months at most each time."""

    times: int
    max_months: int


class EndOfEducation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hết thời hạn giáo dục: which steps of their own come before recognition and before ground X4."""

    self_review: bool
    assessment: bool


class RoundCells(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Chi bộ thành lập, giải thể khi đợt rà soát đang diễn ra: whether the round asks them for a report.

    ``founded``: a cell of the round's organisation that came after the first day is asked when it was there by the due
    day, whenever it came before the round's end, or not at all. ``dissolved``: whether one that was dissolved or merged
    without having reported still counts as not having reported.
    """

    founded: Literal["by_due_day", "before_end", "not_asked"]
    dissolved: Literal["not_asked", "asked"]


Unrecorded = Literal["demand", "accept"]
"""Hồ sơ chưa ghi: demand that the register holds it first, or accept the named document and say so in the case."""


class Shares(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Tỷ lệ biểu quyết đưa ra khỏi Đảng theo cấp. đảng ủy bộ phận appraises and has no share."""

    cell: Setting[Share]
    grassroots_committee: Setting[Share]
    delegated_grassroots_committee: Setting[Share]
    standing_committee: Setting[Share]

    def of(self, level: VoteLevel) -> Setting[Share]:
        """Return the share of *level*; ValueError for đảng ủy bộ phận, which has none."""
        if level == "part_committee":
            raise ValueError("a part committee appraises and does not vote by share")
        found: Setting[Share] = getattr(self, level)
        return found


class Ladders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Các cấp xem xét theo hình thức: in order; levels that a cell does not have above it are passed over."""

    official: Setting[tuple[VoteLevel, ...]]
    probationary: Setting[tuple[VoteLevel, ...]]
    probationary_delegated: Setting[tuple[VoteLevel, ...]]
    resignation: Setting[tuple[VoteLevel, ...]]
    expulsion: Setting[tuple[VoteLevel, ...]]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Các giá trị quy định. Periods in months or working days as their names say."""

    flag_share: Setting[Share]
    flag_base: Setting[BaseRule]
    removal_base: Setting[BaseRule]
    transit_counted: Setting[bool]
    """Whether who is on the way to another cell counts in the base of the cell they are leaving."""
    flag_probationary: Setting[bool]
    """Whether a probationary member may be put on the list at all."""
    min_opinions: Setting[int]
    """How many organisations' opinions (as minutes) the draft list needs before it goes up."""
    totals_shown_from_base: Setting[int]
    """Smallest base whose ballot totals are shown beyond the recorders."""
    totals_hidden_minority: Setting[int]
    """Totals whose smaller side counts at most this many are not shown beyond the recorders: they tell votes."""
    education_months: Setting[int]
    follow_up_months: Setting[int]
    min_helpers: Setting[int]
    extension: Setting[Extension]
    min_follow_ups: Setting[int]
    """Follow-ups needed before progress can be recognised."""
    helper_under_review: Setting[bool]
    """Whether a member with an open case of their own may help another."""
    end_of_education: Setting[EndOfEducation]
    case_follows_transfer: Setting[bool]
    """Whether a receiving cell of this deployment goes on with the case and its clock."""
    classification_unrecorded: Setting[Unrecorded]
    """What holds of an annual result (C1) that the members' records do not have."""
    standing_unrecorded: Setting[Unrecorded]
    """What holds of a conclusion on the member's standing (X5) that the members' records do not have."""
    counts_required: Setting[bool]
    """Whether counted months (X1, X2) are evidence only when the members' records hold them."""
    missed_months: Setting[int]
    """Months in a year without activities (X1) or dues (X2)."""
    probation_months: Setting[int]
    probation_review_working_days: Setting[int]
    """Working days after the probationary months within which the cell considers confirmation."""
    self_criticism_requests: Setting[int]
    failed_votes: Setting[int]
    """Votes short of the share after which the level above decides."""
    shares: Shares
    ladders: Ladders
    complaint_filing_working_days: Setting[int]
    complaint_resolving_working_days: Setting[int]
    complaint_resolving_central_working_days: Setting[int]
    expulsion_complaint_resolving_working_days: Setting[int]
    """The same for a complaint against an expulsion (khai trừ), which is a discipline."""
    expulsion_complaint_resolving_central_working_days: Setting[int]
    round_cells: Setting[RoundCells]
    """What a cell that is founded or dissolved while a round runs owes it."""


RETIRED_SETTINGS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("transfer_start_working_days", "transfer_present_working_days", "readmission_months"),
        "Quy định về chuyển sinh hoạt đảng, kết nạp lại nằm ở dịch vụ members (KHOI_TRANSFER_RULES).",
    )
)
"""Settings of earlier versions, by which nothing was ruled; a deployment's file may still have them. Why they went."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bộ quy tắc áp dụng: all settings in force for cases that begin from ``valid_from``."""

    id: str
    title: str
    valid_from: dt.date
    settings: Settings

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the profile's content, the same whatever the order or comments of its file."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def listed(self) -> list[ListedSetting]:
        """Return every setting by dotted name, in the order of the structs: for display and comparison."""
        return [
            ListedSetting(
                name=name,
                value=msgspec.to_builtins(setting.value),
                citation=setting.citation,
                certainty=setting.certainty,
                certainty_vi=CERTAINTY_VI[setting.certainty],
                note=setting.note,
            )
            for name, setting in _walk("", self.settings)
        ]

    def assumed(self) -> list[ListedSetting]:
        """Return the settings that nobody saw in an official text: assumed, inferred, or from a weak source."""
        return [each for each in self.listed() if each.certainty != "verified"]


class ListedSetting(msgspec.Struct, frozen=True, kw_only=True):
    """Một giá trị để hiển thị: its dotted name, value in plain JSON types, source and certainty."""

    name: str
    value: Any
    citation: Citation
    certainty: Certainty
    certainty_vi: str
    note: str


def _walk(prefix: str, group: msgspec.Struct) -> Iterable[tuple[str, Setting[Any]]]:
    for field in group.__struct_fields__:
        value = getattr(group, field)
        if isinstance(value, Setting):
            yield f"{prefix}{field}", value
        else:
            yield from _walk(f"{prefix}{field}.", value)


def _merge(
    name: str, below: Mapping[str, Any], above: Mapping[str, Any], mark: Mapping[str, Any]
) -> dict[str, Any]:
    """Lay *above* over *below*; what only *below* has gets the certainty and note of *mark*."""
    merged: dict[str, Any] = {}
    for key in below.keys() | above.keys():
        if key in above and ("value" in above[key] or key not in below):
            merged[key] = above[key]
        elif "value" in below[key]:
            notes = [text for text in (below[key].get("note", ""), mark["note"]) if text]
            merged[key] = {**below[key], "certainty": mark["certainty"], "note": " ".join(notes)}
        else:
            merged[key] = _merge(f"{name}.{key}", below[key], above.get(key, {}), mark)
    return merged


def _cite(name: str, group: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Replace ``source`` and ``clause`` of each setting by its full citation."""
    cited: dict[str, Any] = {}
    for key, entry in group.items():
        if not isinstance(entry, Mapping):
            raise ProfileError(f"{name}.{key} is not a table")
        if "value" not in entry:
            cited[key] = _cite(f"{name}.{key}", entry, sources)
            continue
        plain = dict(entry)
        source = plain.pop("source", None)
        if source not in sources:
            raise ProfileError(f"{name}.{key}: source {source!r} is not among the sources of the file")
        plain["citation"] = {**sources[source], "clause": plain.pop("clause", "")}
        cited[key] = plain
    return cited


def parse_profiles(texts: Mapping[str, str]) -> tuple[Profile, ...]:
    """Return the profiles in *texts* (file name → TOML), by ``valid_from``; a file may extend one before it.

    Raises ProfileError for broken TOML, an unknown or missing setting, a wrong type, an unknown source, a
    profile extended before it is defined, or two profiles with one id or one first day.
    """
    raw: dict[str, dict[str, Any]] = {}
    for name in texts:
        try:
            content = tomllib.loads(texts[name])
            given = {
                key: each for key, each in content.pop("settings").items() if key not in RETIRED_SETTINGS
            }
            settings = _cite(name, given, content.pop("sources"))
            base = content.pop("extends", None)
            if base is not None:
                mark = content.pop("carried_over")
                settings = _merge(name, raw[base]["settings"], settings, mark)
            if content["id"] in raw:
                raise ProfileError(f"{name}: the id {content['id']} is taken by {raw[content['id']]['file']}")
            raw[content["id"]] = {**content, "settings": settings, "file": name}
        except tomllib.TOMLDecodeError as error:
            raise ProfileError(f"{name}: {error}") from error
        except KeyError as error:
            raise ProfileError(f"{name}: {error} is missing or not defined before it is used") from error
    by_day: dict[dt.date, tuple[str, Profile]] = {}
    for content in raw.values():
        name = content.pop("file")
        try:
            profile = msgspec.convert(content, Profile)
        except msgspec.ValidationError as error:
            raise ProfileError(f"{name}: {error}") from error
        if profile.valid_from in by_day:
            raise ProfileError(
                f"{name}: the first day {profile.valid_from} is taken by {by_day[profile.valid_from][0]}"
            )
        by_day[profile.valid_from] = (name, profile)
    return tuple(by_day[day][1] for day in sorted(by_day))


def load_profiles(more: Mapping[str, str] | None = None) -> tuple[Profile, ...]:
    """Return the profiles that come with the service and those in *more*, by ``valid_from``.

    *more* (file name → TOML) may extend the service's own and one another, in the order of their names. Raises
    ProfileError.
    """
    folder = resources.files("services.reviews.domain.profiles")
    own = {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml")}
    later = {f"./{name}": text for name, text in sorted((more or {}).items())}
    return parse_profiles({**dict(sorted(own.items())), **later})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Khác nhau giữa hai bộ quy tắc: one setting; None on the side that does not know it."""

    name: str
    before: ListedSetting | None
    after: ListedSetting | None

    @property
    def rules_otherwise(self) -> bool:
        """Say whether the value differs, and not only its source, certainty or note."""
        return self.before is None or self.after is None or self.before.value != self.after.value


def compare(before: Profile, after: Profile) -> list[Difference]:
    """Return the settings in which two profiles differ in whatever way, in the order of *after*."""
    one = {each.name: each for each in before.listed()}
    other = {each.name: each for each in after.listed()}
    return [
        Difference(name=name, before=one.get(name), after=other.get(name))
        for name in [*other, *(name for name in one if name not in other)]
        if one.get(name) != other.get(name)
    ]


def profile_on(day: dt.date, profiles: Iterable[Profile]) -> Profile:
    """Return the profile that applies to what begins on *day*; LookupError before the first one."""
    in_force = [each for each in profiles if each.valid_from <= day]
    if not in_force:
        raise LookupError(f"no rule profile applies on {day.isoformat()}")
    return max(in_force, key=lambda each: each.valid_from)


def profile_by_id(profile_id: str, profiles: Iterable[Profile]) -> Profile:
    """Return the profile with that id; LookupError when there is none."""
    for each in profiles:
        if each.id == profile_id:
            return each
    raise LookupError(f"no rule profile {profile_id!r}")


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day *months* later, or the last day of that month when it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    first = dt.date(day.year + years, month + 1, 1)
    following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - dt.timedelta(days=1)).day))
