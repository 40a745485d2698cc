"""Processes that do not outlive whoever started them."""

import ctypes
import signal
import subprocess

PR_SET_PDEATHSIG = 1


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **options):
    """subprocess.Popen of a process that ends with this one, even if that is killed."""
    return subprocess.Popen([str(word) for word in command], preexec_fn=_die_with_parent, **options)
