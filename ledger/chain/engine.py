"""What every chain engine is, seen from outside: something that starts, has nodes, and stops."""

from __future__ import annotations

from typing import Protocol


class Engine(Protocol):
    """A chain on this machine that we started ourselves."""

    @property
    def name(self) -> str:
        """`anvil`, `hardhat` or `clique`; names the confirmation rule too."""

    @property
    def rpc_urls(self) -> tuple[str, ...]:
        """HTTP JSON-RPC addresses of the nodes, on loopback; known once started."""

    def start(self) -> None:
        """Start and return when the nodes answer with everything they had before.

        Raises Misconfigured: binary missing, port taken, engine dies.
        """

    def stop(self) -> None:
        """End it in good order. Harmless when it does not run."""
