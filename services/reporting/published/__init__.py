"""Published figures shipped with the service — *số liệu đã công bố*: one JSON file for each source."""

from importlib import resources

import msgspec

from services.reporting.domain.published_figures import PublishedFigures, read_published_figures

ARTICLE_OF_2023_10_12 = "yen_bai_2023_10_12"
"""The article of 12/10/2023: listed >20, recognised 5, transferred 2, removed 7, continuing 0."""


def shipped() -> list[str]:
    """Return the names of the shipped files, sorted, without their ending."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


def document(name: str) -> bytes:
    """Return a shipped file as it would be posted to the import API. Raises FileNotFoundError."""
    return (resources.files(__name__) / f"{name}.json").read_bytes()


def load(name: str) -> PublishedFigures:
    """Return shipped figures. Raises FileNotFoundError, PublishedFiguresRefused."""
    return read_published_figures(msgspec.json.decode(document(name)))
