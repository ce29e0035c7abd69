"""The roster workbook (Sổ danh sách đảng viên, Mẫu 7-HSĐV): reading and writing it, nothing else.

``read_roster`` yields rows, problems and notes; ``write_roster`` writes the same form. No database, no web.
"""

from services.members.roster.organization_sheet import KnownOrganization
from services.members.roster.reader import RosterReading, read_roster
from services.members.roster.rows import DatedPlace, MemberRow, OrganizationRow, RosterItem
from services.members.roster.writer import RosterHeading, write_roster

__all__ = [
    "DatedPlace",
    "KnownOrganization",
    "MemberRow",
    "OrganizationRow",
    "RosterHeading",
    "RosterItem",
    "RosterReading",
    "read_roster",
    "write_roster",
]
