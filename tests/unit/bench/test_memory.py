import os
import subprocess
import sys

from deploy.bench.memory import memory_of, processes_below


class TestProcessesBelow:
    """A process is counted with everything below it, each once."""

    def test_a_child_is_counted(self):
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            found = {each.pid: each for each in processes_below(os.getpid())}
            assert {os.getpid(), child.pid} <= set(found)
            assert all(each.rss_kb >= each.pss_kb > 0 for each in found.values())
            child.communicate(b"\n")

    def test_the_peak_is_known(self):
        assert memory_of(os.getpid())["VmHWM"] > 1_000
