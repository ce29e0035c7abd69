"""Published figures (*số liệu đã công bố*): what the press or a paper report printed, with bounds and source.

They are never mixed into the counted figures: they stand beside them, with their own unreconciled line.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.reporting.domain.bound import Bound, total
from services.reporting.domain.period import named_period
from services.reporting.domain.published_share import Share, percent_span, printed_percent, read_percent
from services.reporting.domain.screening_count import ENTRIES, EXITS

FIGURES = (
    *ENTRIES,
    *EXITS,
    "reversed",
    "removed_outside_list",
    "removed_from_list.probationary",
    "removed_outside_list.probationary",
)
"""Keys a published figure may have (keys of `Figures.flat`); ``unreconciled`` is computed, never stated."""

STATES = ("opening", "continuing")
"""Figures of a day, not of a time: those of several periods make no sum."""

CODED_FIGURES = (
    "listed.by_criterion.",
    "removed_from_list.by_mode.",
    "removed_from_list.by_ground.",
    "removed_outside_list.by_mode.",
    "removed_outside_list.by_ground.",
    "other_exits.by_reason.",
)
"""Beginnings of keys that end with a code."""


class FigureProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a document: JSON pointer (RFC 6901) of the place and what is wrong there, in Vietnamese."""

    pointer: str
    detail: str


class PublishedFiguresRefused(ValueError):  # noqa: N818 - names what happened; the web layer makes the problem
    """The document is not accepted — *không nhận số liệu công bố*; ``problems`` names every fault found."""

    def __init__(self, problems: list[FigureProblem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in problems))
        self.problems = problems


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the figures were printed — *nguồn*: kind (``newspaper``, ``paper_report``, ``website``), name, title."""

    kind: str
    name: str
    title: str
    published_on: date
    note: str | None = None


class PublishedPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """Period as the source names it — *kỳ*; a date the source does not give is None."""

    label: str
    starts_on: date | None = msgspec.field(name="from", default=None)
    ends_on: date | None = msgspec.field(name="to", default=None)

    @property
    def part_of_year(self) -> bool:
        """Whether it begins with a year and ends before it: "4 tháng đầu năm" stands beside no whole year."""
        begins, ends = self.starts_on, self.ends_on
        if begins is None or ends is None or (begins.month, begins.day) != (1, 1):
            return False
        return begins.year == ends.year and (ends.month, ends.day) != (12, 31)


class CrossCut(msgspec.Struct, frozen=True, kw_only=True):
    """Part that cuts across the figures — *trong đó*; ``base`` says of what, None where the source does not."""

    label: str
    figure: Bound
    base: str | None = None


class PublishedPart(msgspec.Struct, frozen=True, kw_only=True):
    """One year, or part of one, of a series — *số liệu từng năm, từng kỳ*: what the source states of it alone."""

    period: PublishedPeriod
    figures: dict[str, Bound]

    @property
    def unreconciled(self) -> Bound:
        """What the figures of this part leave open among themselves."""
        return left_open(self.figures)


class PublishedFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures as one source printed them for one organisation and period — *số liệu công bố*.

    ``figures`` holds only what the source states, under the keys of `Figures.flat`. ``organization_id`` links
    to the deployment's tree where the organisation is in it. ``series``: the same by years and parts of years.
    """

    source: Source
    organization_name: str
    organization_id: str | None = None
    period: PublishedPeriod
    figures: dict[str, Bound]
    cross_cuts: tuple[CrossCut, ...] = ()
    shares: tuple[Share, ...] = ()
    series: tuple[PublishedPart, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unreconciled(self) -> Bound:
        """What the source's own figures leave open among themselves."""
        return left_open(self.figures)

    @property
    def series_unreconciled(self) -> dict[str, Bound]:
        """What the parts of the series leave open of each figure of the whole.

        Only of what happens in a period (a state is no sum), and only where every part states the figure.
        """
        return {
            key: whole - total(part.figures[key] for part in self.series)
            for key, whole in self.figures.items()
            if self.series and key not in STATES and all(key in part.figures for part in self.series)
        }


def left_open(figures: Mapping[str, Bound]) -> Bound:
    """Return stated entries minus stated exits and continuing.

    A figure that the source does not state is not guessed: it takes no part. Without a stated entry there is nothing
    to compare with, and the result is unknown.
    """
    entries = [figures[key] for key in ENTRIES if key in figures]
    exits = [figures[key] for key in EXITS if key in figures]
    return total(entries) - total(exits) if entries else Bound.parse("không rõ")


class PublishedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Published figure ready to print: the bound and its text (``>20``)."""

    kind: str
    value: int | None
    text: str

    @classmethod
    def of(cls, bound: Bound) -> "PublishedFigure":
        """Return the bound with its text."""
        return cls(kind=bound.kind.value, value=bound.value, text=str(bound))


class ShareBeside(msgspec.Struct, frozen=True, kw_only=True):
    """Share ready to print, with what the source's own figures give: None where they do not say."""

    label: str
    percent: str
    of: str
    figure: str | None
    denominator: PublishedFigure | None
    by_own_figures: str | None
    agrees: bool | None


class PartBeside(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a series as it stands beside the records: ``counted`` is what they say of the same days."""

    period: PublishedPeriod
    part_of_year: bool
    figures: dict[str, PublishedFigure]
    unreconciled: PublishedFigure
    counted: dict[str, int] | None = None


class PublishedBeside(msgspec.Struct, frozen=True, kw_only=True):
    """Published figures as they stand in a report beside the counted ones — *số liệu công bố để đối chiếu*.

    ``counted``: what the records say of the days of the source, which need not be those of the report.
    """

    organization_name: str
    period: PublishedPeriod
    source: Source
    figures: dict[str, PublishedFigure]
    unreconciled: PublishedFigure
    cross_cuts: tuple[CrossCut, ...] = ()
    notes: tuple[str, ...] = ()
    shares: tuple[ShareBeside, ...] = ()
    series: tuple[PartBeside, ...] = ()
    series_unreconciled: dict[str, PublishedFigure] = {}
    counted: dict[str, int] | None = None

    @classmethod
    def of(cls, published: PublishedFigures) -> "PublishedBeside":
        """Return the published figures in the form printed beside a report."""
        return cls(
            organization_name=published.organization_name,
            period=published.period,
            source=published.source,
            figures={key: PublishedFigure.of(bound) for key, bound in published.figures.items()},
            unreconciled=PublishedFigure.of(published.unreconciled),
            cross_cuts=published.cross_cuts,
            notes=published.notes,
            shares=tuple(_share_beside(share, published.figures) for share in published.shares),
            series=tuple(
                PartBeside(
                    period=part.period,
                    part_of_year=part.period.part_of_year,
                    figures={key: PublishedFigure.of(bound) for key, bound in part.figures.items()},
                    unreconciled=PublishedFigure.of(part.unreconciled),
                )
                for part in published.series
            ),
            series_unreconciled={
                key: PublishedFigure.of(bound) for key, bound in published.series_unreconciled.items()
            },
        )


def _share_beside(share: Share, figures: Mapping[str, Bound]) -> ShareBeside:
    stated = figures.get(share.figure) if share.figure is not None else None
    known = stated is not None and share.denominator is not None
    span = percent_span(stated, share.denominator) if known else None  # type: ignore[arg-type]  # both are known
    return ShareBeside(
        label=share.label,
        percent=printed_percent(share.percent),
        of=share.of,
        figure=share.figure,
        denominator=None if share.denominator is None else PublishedFigure.of(share.denominator),
        by_own_figures=None if span is None else str(span),
        agrees=None if span is None else span.holds(share.percent),
    )


def read_published_figures(document: Any) -> PublishedFigures:
    """Read a decoded JSON document strictly. A source that prints only a series has no ``figures`` of the whole.

    Unknown and missing fields, wrong types, impossible dates, unknown figure keys and bounds without their
    number are all collected. A figure is a whole number, a bound object ``{"kind": "more_than", "value": 20}``
    or the printed text (``"trên 20"``). Raises PublishedFiguresRefused with every problem and its pointer.
    """
    reading = _Reading()
    root = reading.fields(
        document,
        "",
        required=("source", "organization", "period"),
        optional=("figures", "cross_cuts", "shares", "series", "notes"),
    )
    if root.get("figures") is None and root.get("series") is None:
        reading.problem("/figures", "thiếu số liệu: cần figures, hoặc series")
    source = reading.fields(
        root.get("source"),
        "/source",
        required=("kind", "name", "title", "published_on"),
        optional=("note",),
    )
    organization = reading.fields(
        root.get("organization"), "/organization", required=("name",), optional=("id",)
    )
    kind = reading.text(source, "/source", "kind")
    if kind and kind not in {"newspaper", "paper_report", "website"}:
        reading.problem("/source/kind", "phải là newspaper, paper_report hoặc website")
    published_on = reading.day(source, "/source", "published_on")
    published = PublishedFigures(
        source=Source(
            kind=kind,
            name=reading.text(source, "/source", "name"),
            title=reading.text(source, "/source", "title"),
            published_on=published_on or date.min,
            note=reading.text(source, "/source", "note", optional=True) or None,
        ),
        organization_name=reading.text(organization, "/organization", "name"),
        organization_id=reading.text(organization, "/organization", "id", optional=True) or None,
        period=reading.period(root.get("period"), "/period"),
        figures=reading.figures(root.get("figures"), "/figures"),
        cross_cuts=reading.cross_cuts(root.get("cross_cuts")),
        shares=reading.shares(root.get("shares")),
        series=reading.series(root.get("series")),
        notes=reading.texts(root.get("notes"), "/notes"),
    )
    if reading.problems:
        raise PublishedFiguresRefused(reading.problems)
    return published


class _Reading:
    """Strict reading that goes on after a fault, so that all are named at once."""

    def __init__(self) -> None:
        self.problems: list[FigureProblem] = []

    def problem(self, pointer: str, detail: str) -> None:
        self.problems.append(FigureProblem(pointer=pointer, detail=detail))

    def fields(
        self, value: Any, pointer: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            if value is not None or not pointer:
                self.problem(pointer, "phải là một đối tượng")
            return {}
        for key in value:
            if key not in (*required, *optional):
                self.problem(f"{pointer}/{_escaped(key)}", "trường không có trong biểu")
        for key in required:
            if value.get(key) is None:
                self.problem(f"{pointer}/{key}", "thiếu trường bắt buộc")
        return value

    def text(self, fields: Mapping[str, Any], pointer: str, key: str, *, optional: bool = False) -> str:
        value = fields.get(key)
        if value is None:
            return ""  # a missing required field is named by `fields`
        if not isinstance(value, str) or (not value.strip() and not optional):
            self.problem(f"{pointer}/{key}", "phải là chữ, không để trống")
            return ""
        return unicodedata.normalize("NFC", value.strip())

    def texts(self, value: Any, pointer: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problem(pointer, "phải là một danh sách")
            return ()
        return tuple(self.text({str(i): item}, pointer, str(i)) for i, item in enumerate(value))

    def day(
        self, fields: Mapping[str, Any], pointer: str, key: str, *, optional: bool = False
    ) -> date | None:
        text = self.text(fields, pointer, key, optional=optional)
        if not text:
            return None
        try:
            return msgspec.convert(text, date)
        except msgspec.ValidationError:
            self.problem(f"{pointer}/{key}", f"không phải ngày dạng YYYY-MM-DD: {text!r}")
            return None

    def period(self, value: Any, at: str) -> PublishedPeriod:
        """Read a period; days that the source does not print are those that its label says ("năm 2021")."""
        given = self.fields(value, at, required=("label",), optional=("from", "to"))
        label = self.text(given, at, "label")
        starts_on, ends_on = (self.day(given, at, key, optional=True) for key in ("from", "to"))
        if starts_on and ends_on and ends_on < starts_on:
            self.problem(f"{at}/to", "kỳ kết thúc trước khi bắt đầu")
        if starts_on is None and ends_on is None and (named := named_period(label)) is not None:
            starts_on, ends_on = named.starts_on, named.ends_on
        return PublishedPeriod(label=label, starts_on=starts_on, ends_on=ends_on)

    def series(self, value: Any) -> tuple[PublishedPart, ...]:
        parts: list[PublishedPart] = []
        for i, item in enumerate(self.items(value, "/series")):
            at = f"/series/{i}"
            fields = self.fields(item, at, required=("period", "figures"))
            part = PublishedPart(
                period=self.period(fields.get("period"), f"{at}/period"),
                figures=self.figures(fields.get("figures"), f"{at}/figures"),
            )
            if any(part.period.label == other.period.label for other in parts):
                self.problem(f"{at}/period/label", "kỳ này đã có trong chuỗi")
            parts.append(part)
        return tuple(parts)

    def shares(self, value: Any) -> tuple[Share, ...]:
        shares = []
        for i, item in enumerate(self.items(value, "/shares")):
            at = f"/shares/{i}"
            fields = self.fields(
                item, at, required=("label", "percent", "of"), optional=("figure", "denominator")
            )
            figure = self.text(fields, at, "figure", optional=True) or None
            if figure is not None and not _is_figure(figure):
                self.problem(f"{at}/figure", "không có chỉ tiêu này")
            denominator = fields.get("denominator")
            percent = fields.get("percent")
            try:
                read = read_percent(percent) if percent is not None else ""
            except ValueError as error:
                self.problem(f"{at}/percent", str(error))
                continue
            shares.append(
                Share(
                    label=self.text(fields, at, "label"),
                    percent=read,
                    of=self.text(fields, at, "of"),
                    figure=figure,
                    denominator=(
                        self.bound(denominator, f"{at}/denominator") if denominator is not None else None
                    ),
                )
            )
        return tuple(shares)

    def items(self, value: Any, at: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(at, "phải là một danh sách")
            return []
        return value

    def figures(self, value: Any, at: str) -> dict[str, Bound]:
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not value:
            self.problem(at, "phải là một đối tượng có ít nhất một số liệu")
            return {}
        figures = {}
        for key, item in value.items():
            pointer = f"{at}/{_escaped(key)}"
            if _is_figure(key):
                bound = self.bound(item, pointer)
                if bound is not None:
                    figures[key] = bound
            else:
                self.problem(pointer, "không có chỉ tiêu này")
        return figures

    def bound(self, value: Any, pointer: str) -> Bound | None:
        try:
            if isinstance(value, str):
                bound = Bound.parse(value)
            elif isinstance(value, int) and not isinstance(value, bool):
                bound = Bound.exact(value)
            else:
                bound = msgspec.convert(value, Bound)
        except ValueError as error:  # msgspec.ValidationError is one
            self.problem(pointer, f"không phải số liệu có cận: {error}")
            return None
        if bound.value is not None and bound.value < 0:
            self.problem(pointer, "số liệu đếm không thể âm")
            return None
        return bound

    def cross_cuts(self, value: Any) -> tuple[CrossCut, ...]:
        cuts = []
        for i, item in enumerate(self.items(value, "/cross_cuts")):
            pointer = f"/cross_cuts/{i}"
            fields = self.fields(item, pointer, required=("label", "figure"), optional=("base",))
            figure = (
                self.bound(fields["figure"], f"{pointer}/figure")
                if fields.get("figure") is not None
                else None
            )
            label = self.text(fields, pointer, "label")
            base = self.text(fields, pointer, "base", optional=True) or None
            if figure is not None:
                cuts.append(CrossCut(label=label, figure=figure, base=base))
        return tuple(cuts)


def _is_figure(key: Any) -> bool:
    return isinstance(key, str) and (
        key in FIGURES or any(key.startswith(start) and key != start for start in CODED_FIGURES)
    )


def _escaped(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
