"""Starts one command and says what it has cost: `python -I -S launch.py FILE CORES COMMAND...`.

The system counts the peak memory of whoever starts a process as the process's own, so it is started by one that holds
next to nothing. FILE gets what the command says, CORES are the numbers of those that it may use ("" for all). Prints
exit status, seconds by the wall clock, of CPU (of its children as well), and peak resident KiB of the largest of them.
"""

import os
import sys
import time

said, cores, *command = sys.argv[1:]
if cores:
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
began = time.perf_counter()
child = os.posix_spawn(
    command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, file, 1), (os.POSIX_SPAWN_DUP2, file, 2)]
)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - began
print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
