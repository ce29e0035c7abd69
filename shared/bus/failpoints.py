"""Failpoints: places where a fault test lets a process die as if the machine had lost its power.

``KHOI_FAILPOINT=relay.after-publish`` kills the process with SIGKILL the first time it gets there,
``relay.after-publish:3`` the third time. A production setting refuses to start with one.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Literal

from shared.settings import Settings, SettingsError

Failpoint = Literal[
    "relay.before-publish",
    "relay.after-publish",
    "consumer.after-effect",
    "notifications.after-acceptance",
    "notifications.after-send",
]
VARIABLE = "KHOI_FAILPOINT"

_passed: dict[str, int] = {}
_lock = threading.Lock()


def refuse_in_production(settings: Settings) -> None:
    """Raise SettingsError when a failpoint is set in production."""
    if settings.is_production and os.environ.get(VARIABLE):
        raise SettingsError(f"{VARIABLE}: failpoints are for fault tests and refused in production")


def reached(name: Failpoint, settings: Settings) -> None:
    """Kill this process with SIGKILL if the environment names this point and it is no production."""
    wanted = os.environ.get(VARIABLE)
    if not wanted or settings.is_production:
        return
    point, _, times = wanted.partition(":")
    if point != name:
        return
    with _lock:
        _passed[name] = _passed.get(name, 0) + 1
        if _passed[name] >= int(times or 1):
            os.kill(os.getpid(), signal.SIGKILL)
