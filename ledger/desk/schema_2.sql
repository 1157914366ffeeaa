-- What version 2 of the desk's memory adds: acting for others, and keys that follow others.

CREATE TABLE mandate_documents (          -- what the `document` of our mandates commits to
    document BLOB PRIMARY KEY,
    taker BLOB NOT NULL,
    record TEXT NOT NULL,                 -- canonical JSON
    salt BLOB NOT NULL
);

CREATE TABLE entrusted_legs (             -- of others, who let us act for them
    leg BLOB PRIMARY KEY,
    giver BLOB NOT NULL,
    sender BLOB NOT NULL,
    recipient BLOB NOT NULL,
    salt BLOB NOT NULL,
    message BLOB NOT NULL,
    document_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    doubt TEXT                            -- what of it could not be checked
);

CREATE TABLE entrusted_steps (            -- what we signed for others, as it was handed in
    leg BLOB NOT NULL,
    nonce INTEGER NOT NULL,
    action INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (leg, nonce)
);

-- Later wraps of the data key, a JSON array of texts like wrapped_key.
ALTER TABLE legs ADD COLUMN rewrapped TEXT NOT NULL DEFAULT '[]';

CREATE INDEX messages_keyed ON messages (message) WHERE data_key IS NOT NULL;
