"""Tables of what organizations that hold their own keys have signed for recalls."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, SmallInteger, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class RecallSignatures(Stored, table=True):
    """Signatures of declarations on their way to the chain; `kind` as declared. Who edits one has
    a signature that no contract takes."""

    __tablename__ = "recall_signatures"
    recall_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    kind: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    subject: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    deadline: int = Field(sa_column=Column(BIG, nullable=False))
    signer: str = Field(sa_column=Column(Text, nullable=False))
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RecallProposals(Stored, table=True):
    """What the first of an authority's two people signed, for a recall and for its end."""

    __tablename__ = "recall_proposals"
    recall_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    kind: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    signed_at: int = Field(sa_column=Column(BIG, nullable=False))
    signer: str = Field(sa_column=Column(Text, nullable=False))
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
