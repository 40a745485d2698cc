"""Processes that do not outlive whoever started them."""

import ctypes
import signal
import subprocess

PR_SET_PDEATHSIG = 1


def start(command, preexec_fn=None, **options):
    """subprocess.Popen of a process that ends with this one, even if that is killed."""

    def prepare():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if preexec_fn:
            preexec_fn()

    return subprocess.Popen([str(word) for word in command], preexec_fn=prepare, **options)
