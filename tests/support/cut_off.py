"""Commands run with no network at all, not even this machine's own."""

from __future__ import annotations

import subprocess
from functools import cache

from tests.support.installation import PROVENANCE, Done, environment


def provenance_cut_off(*arguments: str) -> Done:
    """Run a command to its end in a network name space of its own, in which nothing answers. Where
    the kernel gives none, plainly: then the test must see to it that nobody is there to answer."""
    done = subprocess.run(
        [*_prefix(), PROVENANCE, *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@cache
def _prefix() -> tuple[str, ...]:
    prefix = ("unshare", "--map-root-user", "--net")
    try:
        tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return ()
    return () if tried.returncode else prefix
