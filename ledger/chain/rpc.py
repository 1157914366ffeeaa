"""One JSON-RPC 2.0 endpoint over HTTP, believed as little as possible.

Bounded in time and size, no redirects, no proxies from the environment, and no retry: whether to
ask again is decided by whoever knows what was asked. Answers are matched by id; a missing, doubled
or foreign id spoils the whole answer, because a node that mixes answers up gives wrong facts.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from ledger.errors import Misconfigured, Unavailable

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A state dump of the local chain is the largest thing we ever ask for."""

_CHUNK = 1 << 16


class NoAnswer(Unavailable):
    """The endpoint gave nothing usable: not reached, too slow, or not understood."""


class NodeError(Unavailable):
    """The node understood and answered with an error object.

    `number` and `text` are the node's own; `data` its extra, such as revert bytes. Unavailable for
    whoever does not look closer, because a node's refusal says nothing about the ledger.
    """

    def __init__(self, number: int, text: str, data: Any) -> None:
        super().__init__("chain-node-error", f"the chain node answered {number}: {text:.300}")
        self.number = number
        self.text = text
        self.data = data


@dataclass(frozen=True, slots=True)
class Call:
    """One method with its parameters."""

    method: str
    params: Sequence[Any] = field(default=())


Answer = Any
"""What a node answered to one call: parsed JSON, or the NodeError it gave instead."""


class JsonRpc:
    """One endpoint. Safe for use by several threads."""

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float = 2.0,
        timeout: float = 10.0,
        max_bytes: int = MAX_ANSWER_BYTES,
        pool_size: int = 8,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misconfigured("chain-unavailable", f"not an http(s) URL of a node: {url!r:.100}")
        self.url = url
        self._timeout = timeout
        self._connect = connect_timeout
        self._max_bytes = max_bytes
        self._ids = itertools.count(1)
        self._http = urllib3.PoolManager(num_pools=1, maxsize=pool_size, retries=False)

    @property
    def shown(self) -> str:
        """The URL without credentials and path, for logs."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Ask one question. Raises NoAnswer or NodeError."""
        answer = self.batch([Call(method, params)], timeout=timeout)[0]
        if isinstance(answer, NodeError):
            raise answer
        return answer

    def batch(self, calls: Sequence[Call], *, timeout: float | None = None) -> list[Answer]:
        """Ask several questions in one request; answers come in the order of the questions.

        Raises NoAnswer when the answer as a whole is unusable. After NoAnswer nobody knows whether
        the node acted: a transaction in the batch may have been taken.
        """
        first = next(self._ids)
        ids = [first, *(next(self._ids) for _ in calls[1:])]
        requests = [
            {"jsonrpc": "2.0", "id": number, "method": call.method, "params": list(call.params)}
            for number, call in zip(ids, calls, strict=True)
        ]
        body = json.dumps(requests if len(requests) > 1 else requests[0]).encode()
        status, text = self._post(body, self._timeout if timeout is None else timeout)
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._unusable(f"HTTP {status} with a body that is not JSON") from error
        answers = parsed if isinstance(parsed, list) else [parsed]
        return self._match(ids, answers, status)

    def close(self) -> None:
        """Drop pooled connections."""
        self._http.clear()

    def _post(self, body: bytes, timeout: float) -> tuple[int, bytes]:
        deadline = time.monotonic() + timeout
        try:
            response = self._http.request(
                "POST",
                self.url,
                body=body,
                headers={"content-type": "application/json", "accept": "application/json"},
                timeout=urllib3.Timeout(connect=min(self._connect, timeout), read=timeout),
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            raise self._unusable(f"not reached ({type(error).__name__})") from error
        finished = False
        try:
            parts: list[bytes] = []
            size = 0
            # The socket's read timeout restarts with every byte; a node that drips is cut off here,
            # which needs a read that gives back what has come instead of waiting for a whole chunk.
            while part := response.read1(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > self._max_bytes:
                    raise self._unusable(f"more than {self._max_bytes} bytes")
                if time.monotonic() > deadline:
                    raise self._unusable(f"no complete answer within {timeout:g} s")
            finished = True
        except (HTTPError, OSError) as error:
            raise self._unusable(f"broke off ({type(error).__name__})") from error
        finally:
            if finished:
                response.release_conn()
            else:
                response.close()
        return response.status, b"".join(parts)

    def _match(self, ids: list[int], answers: list[Any], status: int) -> list[Answer]:
        by_id: dict[int, Answer] = {}
        for answer in answers:
            if not isinstance(answer, dict):
                raise self._unusable(f"HTTP {status} with an answer that is not an object")
            number = answer.get("id")
            if number is None and len(answers) == 1 and isinstance(answer.get("error"), dict):
                # An error of the request as a whole (rate limit, batch refused) bears no id.
                raise self._unusable(f"refused the request: {answer['error']!r:.200}")
            if type(number) is not int or number not in ids or number in by_id:
                raise self._unusable(f"an answer with the foreign or doubled id {number!r:.40}")
            by_id[number] = self._read(answer)
        if len(by_id) != len(ids):
            raise self._unusable(f"{len(by_id)} answers to {len(ids)} questions")
        return [by_id[number] for number in ids]

    def _read(self, answer: dict[str, Any]) -> Answer:
        error = answer.get("error")
        if error is None:
            if "result" not in answer:
                raise self._unusable("an answer without result or error")
            return answer["result"]
        if not isinstance(error, dict) or not isinstance(error.get("message"), str):
            raise self._unusable(f"an error that is not in the protocol's form: {error!r:.100}")
        number = error.get("code")
        return NodeError(number if type(number) is int else 0, error["message"], error.get("data"))

    def _unusable(self, why: str) -> NoAnswer:
        return NoAnswer("chain-unavailable", f"chain node {self.shown}: {why}")
