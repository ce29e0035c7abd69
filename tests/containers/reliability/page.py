"""docs/reliability.md, out of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median

import msgspec

from deploy.bench.machine import Machine
from tests.containers.reliability.people import AGAIN_SECONDS, ATTEMPT_SECONDS
from tests.containers.reliability.trial import CALM_SECONDS, PER_SECOND, RECOVERED_WITHIN, Measured


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the tool: where, when, what came of it."""

    at: datetime
    revision: str
    machine: Machine
    load_after: float
    minutes: float
    planned: int
    """How many faults the tool knows; more than there are rows when the run was broken off."""
    measured: tuple[Measured, ...]


def merged(before: Run, again: Run) -> Run:
    """Return a run with the rows of a later one, of some faults only, in place of its own."""
    date_and_commit = f"{again.at:%d/%m/%Y}, {again.revision}"
    newer = {each.name for each in again.measured}
    rows = [each for each in before.measured if each.name not in newer]
    rows += [msgspec.structs.replace(each, again=date_and_commit) for each in again.measured]
    return msgspec.structs.replace(before, measured=tuple(rows))


def page(run: Run) -> str:
    """Return the page of a run."""
    machine = run.machine
    rows = [_row(name, [each for each in run.measured if each.name == name]) for name in _names(run.measured)]
    acknowledged = sum(each.acknowledged for each in run.measured)
    broken_off = (
        f" **The run was broken off after {len(rows)} of {run.planned} faults.**"
        if len(rows) < run.planned
        else ""
    )
    return f"""# Lỗi trong lúc làm việc (faults under load)

> **Tóm tắt.** Trang này do `make reliability` ghi. Một Khối chạy trong container; {PER_SECOND:.0f} lệnh
> mỗi giây đi qua cổng TLS trong khi từng phần bị giết, đứng yên, mất mạng, đầy đĩa, sai giờ. Sau mỗi lỗi,
> không ai sửa gì: không lệnh nào đã xác nhận bị mất, không lệnh nào có hiệu lực hai lần, mọi phần tự
> trở lại trong {RECOVERED_WITHIN:.0f} giây; chỗ nào không như vậy thì bảng ghi rõ.

Written by `make reliability` (`tests/containers/reliability`); not edited by hand. {acknowledged} commands were
acknowledged: members registered, cells founded, cases opened and stepped to their ends, messages
read.{broken_off}

| lỗi (fault) | lệnh (commands) | gửi lại (failed) | lâu nhất (longest) | trả lời (answering) | kịp lại (caught up) |
|---|---:|---:|---:|---:|---:|
{chr(10).join(rows)}

- *Commands*: acknowledged while people worked, from before the fault until all was calm again.
- *Failed*: attempts without an answer within {ATTEMPT_SECONDS} s, or with 429, 500, 502, 503 or 504, from the beginning
  of the fault until {CALM_SECONDS:.0f} s without a failure. A client sends the same command again under the same
  `Idempotency-Key` after {AGAIN_SECONDS} s.
- *Longest*: one command from its first attempt to its answer, so with the fault itself in it.
- *Answering*: from the end of the fault (for a kill: from the kill) to the last attempt that failed.
- *Caught up*: from the end of the fault until every event of all outboxes as of then was applied by all who
  consume it.
- A worker that dies leaves its place in the consumer group: up to `KHOI_SESSION_TIMEOUT_MS` (45 s) pass before the
  broker gives its partitions to its successor. Commands and reads do not wait for that.
- Where a fault was done more than once, medians; the longest is the longest of all.

After every fault the work ends, and everything is compared with all that was acknowledged since the beginning of the
run: each command's answer is kept once, each event it named is once in the outbox, there is no event of reviews and no
member without an answered command, numbers have no gaps, audit chains are whole, no dead letters; every removal ended
one membership, once; reporting has each case once and its figures are those counted from the events by another fold;
each recipient has one message for each event. A fault after which that is not so, or that was not recovered from within
{RECOVERED_WITHIN:.0f} s, stands in the table as not borne, and the run ends with status 1.

## What it ran on

Commit {run.revision}, {run.at:%d/%m/%Y %H:%M} UTC, {run.minutes:.0f} minutes. {machine.processor},
{machine.cores} cores, {machine.memory_mb // 1024} GB, {machine.system}. Load average {machine.load:.1f} before the run,
{run.load_after:.1f} at its end: where that is much more than the cores, others used the machine as well, and the times
say little of a quiet one.

- The broker is Apache Kafka (KRaft, one node). **The database is not MongoDB**: where no image registry is reached,
  SecantusDB stands in for it, one process on disk. What happens inside a replica set (elections) is not shown here.
- TLS between all parts, every service with its own account, as in `compose.tls.yaml`; tokens of the trial's issuer.
- *SIGKILL*: from the host to the container's first process; the engine starts it again by `restart: unless-stopped`.
- *SIGSTOP*: from the host to every process of the container, and SIGCONT.
- *Network cut*: `docker network disconnect` from the network of database and broker, and `connect`.
- *Disk full*: the data of database and broker lie on file systems in memory (tmpfs, mounted by the host), filled to the
  last block. An `fsync` costs nothing there; every fault of this page ran on them. Where no attempt failed, what was
  written meanwhile fitted into space that the server had taken before: such a row shows no write refused.
- *Clock*: libfaketime in the image of `reviews-worker`; its own monotonic clock goes on as it should.

## Again

    make reliability                                          # all, about half an hour; writes this page
    make reliability ARGS="--only 'kill mongo' --repeats 3"   # some; their rows are replaced

CI does a few of them (`tests/containers/test_reliability.py`).
"""


def _names(measured: Sequence[Measured]) -> list[str]:
    return list(dict.fromkeys(each.name for each in measured))


def _row(name: str, runs: Sequence[Measured]) -> str:
    times = "" if len(runs) == 1 else f" ×{len(runs)}"
    times += f"; đo riêng (own run) {runs[0].again}" if runs[0].again else ""
    problems = [each.problem for each in runs if each.problem]
    if problems:
        said = problems[0].replace("|", " ").replace(chr(10), " ")
        return f"| {runs[0].text}{times} | **không đạt (not borne)**: {said} | | | | |"
    share = median(each.failed / each.attempts for each in runs)
    return (
        f"| {runs[0].text}{times} | {median(each.acknowledged for each in runs):.0f} | {100 * share:.1f} % "
        f"| {max(each.longest_wait for each in runs):.1f} s | {median(each.answering for each in runs):.1f} s "
        f"| {median(each.caught_up for each in runs):.1f} s |"
    )
