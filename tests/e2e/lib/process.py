"""Processes that do not outlive whoever started them."""

import ctypes
import signal
import subprocess

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # loaded here: a forked child of a process with threads should do little


def start(command, preexec_fn=None, **options):
    """subprocess.Popen of a process that ends with this one, even if that is killed."""

    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if preexec_fn:
            preexec_fn()

    return subprocess.Popen([str(word) for word in command], preexec_fn=prepare, **options)
