"""The organisations that past cases may name: those of the local tree, dissolved ones too, as they stood then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from services.reviews.roster import TREE, Organization, OrganizationVersion
from shared.identifiers import InvalidIdentifierError, organization_code
from shared.store.connection import Store
from shared.text import fold
from shared.workbook.cells import CellError

_CODE = re.compile(r"(?<!\d)(?:\d{2}(?:\.\d{3}){4}|\d{14})(?!\d)")


class PastOrganizations:
    """Danh mục tổ chức đảng qua các thời kỳ: found by code or by any name an organisation ever had."""

    def __init__(self, store: Store) -> None:
        """Read the whole tree: it has some hundred organisations."""
        self._all = {raw["_id"]: Organization.from_document(raw) for raw in store.collection(TREE).find({})}
        self._by_code: dict[str, set[str]] = {}
        self._by_name: dict[str, set[str]] = {}
        for organization_id, each in self._all.items():
            for version in each.versions:
                self._by_name.setdefault(fold(version.name), set()).add(organization_id)
                if version.code is not None:
                    self._by_code.setdefault(version.code, set()).add(organization_id)

    def named(self, text: str) -> str:
        """Return the id of the organisation that *text* names by code, or by a name; raise CellError."""
        code = _CODE.search(text)
        if code is not None:
            try:
                found = self._by_code.get(organization_code(code.group()).text, set())
            except InvalidIdentifierError as fault:
                raise CellError(fault.code, fault.detail_vi) from fault
        else:
            found = self._by_name.get(fold(text), set())
        if not found:
            raise CellError(
                "unknown_organization", "Không có tổ chức đảng này; hãy ghi mã hoặc tên như trong hệ thống."
            )
        if len(found) > 1:
            raise CellError(
                "organization_ambiguous", f"Có {len(found)} tổ chức đảng như vậy; hãy ghi mã tổ chức."
            )
        return next(iter(found))

    def path_on(self, organization_id: str, day: date) -> tuple[str, ...]:
        """Return the path from the root as of *day*; before the first record of it as the first one says.

        After the end of an organisation it is the path that it had last.
        """
        path: list[str] = []
        current: str | None = organization_id
        while current is not None and current not in path:
            path.append(current)
            known = self._all.get(current)
            version = None if known is None else _version_on(known.versions, day)
            current = None if version is None else version.parent_id
        return tuple(reversed(path))

    def ended_before(self, organization_id: str, day: date) -> bool:
        """Say whether the organisation had been dissolved by *day*."""
        ended = self._all[organization_id].dissolved_on
        return ended is not None and ended < day


def _version_on(versions: Sequence[OrganizationVersion], day: date) -> OrganizationVersion | None:
    earlier = [each for each in versions if each.on <= day]
    if earlier:
        return earlier[-1]
    return versions[0] if versions else None
