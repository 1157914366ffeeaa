"""The obvious design, as a baseline: one request, one row, one transaction per record.

A FastAPI endpoint stores the event as a SQLModel row and sends its SHA-256 with web3 to a contract
call, waiting for neither validation nor batches. It runs as its own process: `python -m
bench.obvious PORT DATABASE RPC`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from typing import Any

import uvicorn
from eth_account import Account
from fastapi import FastAPI, Request
from sqlmodel import Field, Session, SQLModel, create_engine
from web3 import Web3


class Row(SQLModel, table=True):
    """One record."""

    id: int | None = Field(default=None, primary_key=True)
    body: str
    digest: str
    transaction: str


def create(database: str, rpc: str) -> FastAPI:
    """The application."""
    engine = create_engine(database)
    SQLModel.metadata.create_all(engine)
    chain = Web3(Web3.HTTPProvider(rpc))
    account = Account.create()
    lock = threading.Lock()
    nonces = iter(range(10**9))
    chain_id = chain.eth.chain_id
    app = FastAPI()

    @app.post("/records")
    def record(body: dict[str, Any]) -> dict[str, str]:
        text = json.dumps(body, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with lock:
            signed = account.sign_transaction(
                {
                    "chainId": chain_id,
                    "nonce": next(nonces),
                    "to": account.address,
                    "data": "0x" + digest,
                    "gas": 60_000,
                    "gasPrice": 0,
                    "value": 0,
                }
            )
            sent = chain.eth.send_raw_transaction(signed.raw_transaction)
        with Session(engine) as session:
            session.add(Row(body=text, digest=digest, transaction=sent.to_0x_hex()))
            session.commit()
        return {"transaction": sent.to_0x_hex()}

    @app.get("/ready")
    def ready(_: Request) -> dict[str, bool]:
        return {"ready": True}

    return app


if __name__ == "__main__":
    uvicorn.run(create(sys.argv[2], sys.argv[3]), port=int(sys.argv[1]), log_level="error")
