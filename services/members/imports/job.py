"""The job of the worker: takes up roster imports, previews and executes them, and goes on where another stopped."""

from __future__ import annotations

from services.members.documents import RosterImport
from services.members.imports.execution import execute_next_batch
from services.members.imports.preview import preview
from shared.imports.job import ImportWork, take_turn
from shared.service import Job, Runtime

_WORK = ImportWork(kind=RosterImport, preview=preview, execute_next_batch=execute_next_batch)


def run_imports(runtime: Runtime) -> None:
    """Do one turn on one import that waits, if any."""
    take_turn(runtime, _WORK)


IMPORTS = Job(name="imports", every_seconds=0.3, run=run_imports)
"""What the worker of the members service does besides its events."""
