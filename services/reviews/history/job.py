"""The job of the worker: takes up history imports, previews and executes them, and goes on where another stopped."""

from __future__ import annotations

from services.reviews.documents import HistoryImport
from services.reviews.history.execution import execute_next_batch
from services.reviews.history.preview import preview
from shared.imports.job import ImportWork, take_turn
from shared.service import Job, Runtime

_WORK = ImportWork(kind=HistoryImport, preview=preview, execute_next_batch=execute_next_batch)


def run_history_imports(runtime: Runtime) -> None:
    """Do one turn on one import that waits, if any."""
    take_turn(runtime, _WORK)


HISTORY_IMPORTS = Job(name="history-imports", every_seconds=1.0, run=run_history_imports)
"""What the worker of the reviews service does with uploaded past cases."""
