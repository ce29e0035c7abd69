"""The command's tree. Each group stands in its own module, which is loaded when its command runs.

``khoi up`` lives as long as its stack: what the other commands need (Kafka, tables, progress bars) stays out of it.
"""

import importlib
import signal
import sys
from types import FrameType

import click

COMMANDS = {
    "access": "access.access",
    "up": "up.up",
    "token": "tokens.token",
    "import": "roster.import_workbook",
    "events": "events.events",
    "outbox": "operations.outbox",
    "dlq": "dead_letters.dlq",
    "rebuild": "rebuild.rebuild",
    "replay": "operations.replay",
    "person": "persons.person",
    "papers": "papers.papers",
    "profiles": "profiles.profiles",
    "rules": "rules.rules",
    "upgrade": "upgrades.upgrade",
    "audit": "operations.audit",
    "keys": "keys.keys",
    "backup": "backups.backup",
    "handover": "handovers.handover",
}
"""Name of a command → its module here and the name in it."""


class _LoadedWhenRun(click.Group):
    """Looks a command up in ``COMMANDS`` when it is asked for; help asks for all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name = COMMANDS[cmd_name].split(".")
        found = getattr(importlib.import_module(f"deploy.khoi.{module}"), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is no command")
        return found


@click.group(
    cls=_LoadedWhenRun,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="khoi")
def main() -> None:
    """Khối: rà soát, giáo dục, giúp đỡ, sàng lọc đảng viên.

    (Case work of a provincial Party bloc. Commands find the stack that `khoi up` runs, or take MONGODB_URL,
    KAFKA_BOOTSTRAP_SERVERS and the other variables of docs/ from the environment.)
    """
    signal.signal(signal.SIGTERM, _end_tidily)


def _end_tidily(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a command as Ctrl-C does: through every ``finally`` and ``with``."""
    sys.exit(128 + signal.SIGTERM)


@main.command()
def demo() -> None:
    """Chạy thử trọn một nhiệm kỳ trên dữ liệu giả lập rồi tự kiểm tra (a whole term on made-up data)."""
    from deploy.demo.run import main as run  # noqa: PLC0415 - only this command needs it

    sys.exit(run())
