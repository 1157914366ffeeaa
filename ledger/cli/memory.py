"""What a long-running process asks of libc and kernel (Linux with glibc; elsewhere, nothing).

Captures come as blocks of ten megabytes and more. glibc's allocator raises its thresholds after
the first such block and then keeps what was freed; fixed thresholds give it back.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_PR_SET_PDEATHSIG = 1
_LARGE = 256 * 1024


def _libc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    return ctypes.CDLL(None)


def keep_small() -> None:
    """Large blocks live outside the heap; few arenas; freed memory goes back to the kernel."""
    libc = _libc()
    if libc is not None and hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE)
        libc.mallopt(_M_ARENA_MAX, 2)


def give_back() -> None:
    """Return what is free to the kernel now."""
    libc = _libc()
    if libc is not None and hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, in whatever way."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
