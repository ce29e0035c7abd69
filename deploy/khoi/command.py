"""The command's tree. Each group stands in its own module; heavy imports wait until a command runs."""

import signal
import sys
from types import FrameType

import click

from deploy.khoi.dead_letters import dlq
from deploy.khoi.events import events
from deploy.khoi.operations import audit, outbox, replay
from deploy.khoi.roster import import_roster
from deploy.khoi.tokens import token
from deploy.khoi.up import up


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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


for command in (up, token, import_roster, events, outbox, dlq, replay, audit):
    main.add_command(command)
