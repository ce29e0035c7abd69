"""Run a program that dies with its parent: ``python leash.py SIGNAL PROGRAM ARGUMENT...``.

Linux' parent-death signal is kept across ``exec`` and lost at ``fork``, so it is set here, between the fork
of the supervisor and the program itself. Without it, a supervisor killed with SIGKILL would leave servers
and workers behind. Run by path with ``python -I -S``, so it imports only the standard library.
Where there is no Linux ``prctl`` the program runs without the leash.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def leash(death: signal.Signals) -> None:
    """Ask the kernel to send ``death`` to this process when its parent ends; ends it if that is past."""
    parent = os.getppid()
    if not sys.platform.startswith("linux"):
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if os.getppid() != parent:  # the parent died before the signal was set
        sys.exit(1)


if __name__ == "__main__":
    leash(signal.Signals[sys.argv[1]])
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - replacing this process without a shell is the point
