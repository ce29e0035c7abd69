"""An invented Khối for the demonstration and the benchmarks: no person, place or company in it is real.

The shape follows published ones (about 90 grassroots organisations, 330 cells, 5,000 members, 3 % of them
probationary). The same seed and size always give the same people, numbers and file.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import msgspec

from services.members.roster import DatedPlace, MemberRow, OrganizationRow, RosterHeading, write_roster

STANDARD_MEMBERS = 5_000
STANDARD_GRASSROOTS = 92
STANDARD_CELLS = 330
EXAMPLE_MEMBERS = 64
"""Members of the one grassroots organisation with a known size and nobody on its list."""
EXAMPLE_CELLS = 5
EXAMPLE_NAME = "Đảng bộ Công ty cổ phần Thủy điện Nậm Sương"
KHOI_NAME = "Đảng bộ Khối cơ quan và doanh nghiệp tỉnh Sơn Vân"
SUPERIOR_NAME = "Tỉnh ủy Sơn Vân"

_CODE_START = "97.100"
"""A province code that is not in use, and the Khối as direct superior."""
_MOST_GRASSROOTS = 999
_SMALLEST_CELL = 6
_LEAST_OFFICIAL = 4

_FAMILY_NAMES = (
    *("Nguyễn",) * 30,
    *("Trần",) * 10,
    *("Lê",) * 8,
    *("Phạm",) * 6,
    *("Hoàng",) * 5,
    *("Vũ",) * 4,
    *("Đặng",) * 3,
    *("Bùi",) * 3,
    *("Đỗ",) * 3,
    *("Hà",) * 3,
    *("Lò", "Hồ", "Ngô", "Dương", "Lý", "Phan", "Võ", "Đinh", "Đoàn", "Lương", "Mai", "Trịnh", "Cao", "Sùng"),
)
_MIDDLE_MALE = ("Văn", "Đức", "Hữu", "Quang", "Minh", "Xuân", "Công", "Thanh", "Ngọc", "Đình", "Mạnh", "Tiến")
_MIDDLE_FEMALE = ("Thị", "Thị Thu", "Thị Thanh", "Thị Hồng", "Thu", "Ngọc", "Thị Minh", "Thùy", "Kim", "Bích")
_GIVEN_MALE = (
    *(
        "An",
        "Bình",
        "Cường",
        "Dũng",
        "Đạt",
        "Giang",
        "Hải",
        "Hiếu",
        "Hoàng",
        "Hùng",
        "Khánh",
        "Kiên",
        "Lâm",
        "Long",
    ),
    *(
        "Mạnh",
        "Minh",
        "Nam",
        "Nghĩa",
        "Phong",
        "Phúc",
        "Quân",
        "Quyết",
        "Sơn",
        "Tài",
        "Thắng",
        "Thành",
        "Tuấn",
        "Vinh",
    ),
)
_GIVEN_FEMALE = (
    *(
        "Anh",
        "Chi",
        "Dung",
        "Duyên",
        "Hà",
        "Hạnh",
        "Hằng",
        "Hiền",
        "Hoa",
        "Hồng",
        "Huệ",
        "Hương",
        "Lan",
        "Liên",
    ),
    *(
        "Linh",
        "Loan",
        "Mai",
        "Nga",
        "Ngân",
        "Nhung",
        "Oanh",
        "Phương",
        "Thảo",
        "Thủy",
        "Trang",
        "Tuyết",
        "Vân",
        "Yến",
    ),
)
_PLACES = (
    *("xã Bản Mường, huyện Nà Lai", "xã Phú Thịnh, huyện Sơn Khê", "phường Đông Hà, thị xã Vân Giang"),
    *("xã Tân Lập, huyện Suối Bạc", "thị trấn Khe Đá, huyện Khe Đá", "xã Hòa An, huyện Lũng Cao"),
)
_EDUCATION = (
    *("12/12; Sơ cấp; Trung cấp", "12/12; Trung cấp; Cử nhân", "12/12; Trung cấp; Kỹ sư; Anh B1"),
    *("12/12; Cao cấp; Thạc sĩ; Anh B1", "12/12; Sơ cấp; Cử nhân; Anh A2"),
)
_AGENCY_WORK = ("Chuyên viên", "Kế toán", "Phó trưởng phòng", "Trưởng phòng", "Văn thư", "Thanh tra viên")
_COMPANY_WORK = ("Công nhân vận hành", "Kỹ sư", "Kế toán", "Quản đốc", "Nhân viên kinh doanh", "Trưởng ca")
_AGENCIES = (
    *(
        "Sở Công nghiệp và Thương vụ",
        "Sở Giao thông",
        "Sở Đất đai và Môi trường",
        "Sở Tài chính công",
        "Sở Lao động",
    ),
    *(
        "Sở Y tế công cộng",
        "Sở Học vụ",
        "Sở Nông lâm nghiệp",
        "Văn phòng Điều phối",
        "Kho lưu trữ",
        "Thư viện tỉnh",
    ),
    *(
        "Bảo tàng tỉnh",
        "Trường Chính trị",
        "Trường Cao đẳng nghề",
        "Đài Phát thanh",
        "Báo tỉnh",
        "Bưu cục tỉnh",
    ),
)
_TRADES = (
    *("Xi măng", "Chè", "Giấy", "Khoáng sản", "Dược phẩm", "Cấp nước", "Môi trường đô thị", "Xây lắp điện"),
    *("Lâm sản", "Vận tải", "Du lịch", "In ấn", "Bảo hiểm", "Cao su", "Sứ kỹ thuật", "Viễn thông"),
)
_INVENTED = (
    "Nậm Sương",
    "Khe Vân",
    "Lũng Cao",
    "Suối Bạc",
    "Đá Mây",
    "Bản Lằn",
    "Pha Lung",
    "Hồng Vân",
    "Sơn Khê",
)
_ROOMS = (
    *(
        "Văn phòng",
        "Tổ chức",
        "Kế hoạch",
        "Tài vụ",
        "Kỹ thuật",
        "Vận hành",
        "Thanh tra",
        "Nghiệp vụ",
        "Hành chính",
    ),
    *("Vật tư", "Sửa chữa", "Kinh doanh", "Pháp chế", "An toàn", "Dự án", "Phân xưởng 1", "Phân xưởng 2"),
)


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """A grassroots organisation with the sizes of its cells; one cell and no row below it if it is a cell itself."""

    row: OrganizationRow
    cells: tuple[OrganizationRow, ...]


class SyntheticKhoi:
    """Khối giả lập: organisations and members, made as they are asked for.

    ``members`` may go up to 60,000: grassroots organisations and cells then grow with it.
    Raises ValueError for a size too small to give each cell its members.
    """

    def __init__(
        self, *, members: int = STANDARD_MEMBERS, as_of: date = date(2023, 9, 30), seed: int = 28
    ) -> None:
        scale = members / STANDARD_MEMBERS
        self.members_total = members
        self.as_of = as_of
        self.seed = seed
        self.grassroots_total = max(4, min(_MOST_GRASSROOTS, round(STANDARD_GRASSROOTS * scale)))
        self.cells_total = max(EXAMPLE_CELLS + 8, round(STANDARD_CELLS * scale))
        self.probationary_total = round(members * 0.03)
        if members - EXAMPLE_MEMBERS < (self.cells_total - EXAMPLE_CELLS) * _SMALLEST_CELL:
            raise ValueError(f"{members} members are too few for {self.cells_total} cells")

    @property
    def example_code(self) -> str:
        """Code of the grassroots organisation with exactly 64 members."""
        return f"{_CODE_START}.001.000.000"

    @cached_property
    def organizations(self) -> list[OrganizationRow]:
        """The Khối, its grassroots organisations and their cells, parents first."""
        root = OrganizationRow(
            row=0,
            code=f"{_CODE_START}.000.000.000",
            name=KHOI_NAME,
            level="dang_bo_khoi",
            parent_code=None,
            established_on=date(2007, 4, 2),
        )
        rows = [root]
        for place in self._places:
            rows.append(place.row)
            rows.extend(cell for cell in place.cells if cell is not place.row)
        return rows

    @cached_property
    def cell_sizes(self) -> dict[str, int]:
        """Number of members by code of the cell."""
        draw = random.Random(f"{self.seed} sizes")  # noqa: S311 -- reproducible, not secret
        example = [cell.code for cell in self._places[0].cells]
        others = [cell.code for place in self._places[1:] for cell in place.cells]
        sizes = dict(zip(example, _shares(EXAMPLE_MEMBERS, [1.0] * len(example)), strict=True))
        weights = [draw.uniform(0.4, 1.8) for _ in others]
        sizes.update(zip(others, _shares(self.members_total - EXAMPLE_MEMBERS, weights), strict=True))
        return sizes

    @cached_property
    def _places(self) -> list[_Place]:
        draw = random.Random(f"{self.seed} organisations")  # noqa: S311 -- reproducible, not secret
        committees = self.grassroots_total // 2
        below = self.cells_total - (self.grassroots_total - committees)
        cells_of = [EXAMPLE_CELLS, *_cells_below(draw, below - EXAMPLE_CELLS, committees - 1)]
        names = _unit_names()
        places: list[_Place] = []
        for number in range(1, self.grassroots_total + 1):
            is_committee = number <= committees
            unit = EXAMPLE_NAME.removeprefix("Đảng bộ ") if number == 1 else next(names)
            row = OrganizationRow(
                row=0,
                code=f"{_CODE_START}.{number:03}.000.000",
                name=f"{'Đảng bộ' if is_committee else 'Chi bộ'} {unit}",
                level="dang_bo_co_so" if is_committee else "chi_bo_co_so",
                parent_code=f"{_CODE_START}.000.000.000",
                established_on=date(draw.randint(2008, 2018), draw.randint(1, 12), draw.randint(1, 28)),
            )
            cells = (row,) if not is_committee else tuple(_cells(row, cells_of[number - 1]))
            places.append(_Place(row=row, cells=cells))
        return places

    def members(self) -> Iterator[MemberRow]:
        """Yield the members grouped by cell; every call yields the same people."""
        draw = random.Random(f"{self.seed} members")  # noqa: S311 -- reproducible, not secret
        probationary = self._probationary_by_cell()
        ordinal = 0
        for place in self._places:
            company = "Công ty" in place.row.name
            for cell in place.cells:
                size = self.cell_sizes[cell.code]
                for position in range(size):
                    ordinal += 1
                    is_probationary = position >= size - probationary.get(cell.code, 0)
                    yield self._member(
                        draw, ordinal, cell.code, probationary=is_probationary, company=company
                    )

    def _probationary_by_cell(self) -> dict[str, int]:
        """Spread the probationary members, leaving each cell its official ones."""
        draw = random.Random(f"{self.seed} probationary")  # noqa: S311 -- reproducible, not secret
        room = [code for code, size in self.cell_sizes.items() for _ in range(size - _LEAST_OFFICIAL)]
        counts: dict[str, int] = {}
        for code in draw.sample(room, self.probationary_total):
            counts[code] = counts.get(code, 0) + 1
        return counts

    def _member(
        self, draw: random.Random, ordinal: int, cell_code: str, *, probationary: bool, company: bool
    ) -> MemberRow:
        female = draw.random() < 0.42  # noqa: PLR2004 -- an invented share
        name = " ".join(
            (
                draw.choice(_FAMILY_NAMES),
                draw.choice(_MIDDLE_FEMALE if female else _MIDDLE_MALE),
                draw.choice(_GIVEN_FEMALE if female else _GIVEN_MALE),
            )
        )
        if probationary:
            admitted = self.as_of - timedelta(days=draw.randint(20, 360))
            official = None
        else:
            admitted = self.as_of - timedelta(days=draw.randint(800, 42 * 365))
            official = _a_year_after(admitted)
        years = (self.as_of - admitted).days // 365
        # Exemption comes with old age or illness: here only after many years of membership.
        exempt = None
        if years >= 25 and draw.random() < 0.08:  # noqa: PLR2004 -- invented shares
            exempt = self.as_of - timedelta(days=draw.randint(30, 1_500))
        came = None
        if official is not None and draw.random() < 0.08:  # noqa: PLR2004 -- an invented share
            came = DatedPlace(
                on=official + timedelta(days=draw.randint(30, 700)), place=f"Đảng bộ {draw.choice(_PLACES)}"
            )
        return MemberRow(
            row=0,
            cell_code=cell_code,
            full_name=name,
            gender="female" if female else "male",
            native_place=draw.choice(_PLACES),
            education=draw.choice(_EDUCATION),
            occupation=draw.choice(_COMPANY_WORK if company else _AGENCY_WORK),
            admitted_on=admitted,
            official_on=official,
            card_number=None if probationary else f"097{ordinal:09}",
            dossier_number=f"{970_000_0000 + ordinal:010}",
            badge="30 năm" if years >= 30 else None,  # noqa: PLR2004 -- the first badge is for thirty years
            service=draw.choice(("Bộ đội", "Công an")) if draw.random() < 0.03 else None,  # noqa: PLR2004
            transferred_in=came,
            exempt_from=exempt,
        )

    def write(self, path: Path) -> int:
        """Write the roster workbook to *path* and return the number of members in it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_roster(
            path,
            heading=RosterHeading(superior=SUPERIOR_NAME, organization=KHOI_NAME, as_of=self.as_of),
            organizations=self.organizations,
            members=self.members(),
        )


def _shares(total: int, weights: list[float]) -> list[int]:
    """Split *total* into whole parts of at least the smallest cell, in proportion to *weights*."""
    spare = total - _SMALLEST_CELL * len(weights)
    whole = sum(weights)
    parts = [_SMALLEST_CELL + int(spare * weight / whole) for weight in weights]
    for index in range(total - sum(parts)):
        parts[index % len(parts)] += 1
    return parts


def _cells_below(draw: random.Random, total: int, committees: int) -> list[int]:
    """Give each committee at least two cells, and spread the rest."""
    counts = [2] * committees
    for _ in range(total - 2 * committees):
        counts[draw.randrange(committees)] += 1
    return counts


def _cells(parent: OrganizationRow, count: int) -> Iterator[OrganizationRow]:
    for number in range(1, count + 1):
        room = _ROOMS[(number - 1) % len(_ROOMS)]
        again = (number - 1) // len(_ROOMS)
        yield OrganizationRow(
            row=0,
            code=f"{parent.code[:-3]}{number:03}",
            name=f"Chi bộ {room}" + (f" {again + 1}" if again else ""),
            level="chi_bo_truc_thuoc",
            parent_code=parent.code,
            established_on=parent.established_on,
        )


def _unit_names() -> Iterator[str]:
    """Yield names of agencies and companies without end and without repeats."""
    turn = 0
    while True:
        mark = f" số {turn + 1}" if turn else ""
        companies = [f"Công ty {trade} {place}{mark}" for place in _INVENTED for trade in _TRADES]
        agencies = [f"{agency}{mark}" for agency in _AGENCIES]
        for index, company in enumerate(companies):
            if index < len(agencies):
                yield agencies[index]
            yield company
        turn += 1


def _a_year_after(day: date) -> date:
    return date(day.year + 1, day.month, min(day.day, 28))
