-- Version 5: erasing documents. What is kept of it names no content.

CREATE TABLE erasures (
    message BLOB PRIMARY KEY,
    reason INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,          -- end of the time the law has it kept; 0: none
    decided_at INTEGER,                   -- when the second person approved
    erased_at INTEGER,                    -- when nothing was left
    waits TEXT                            -- why it is not done yet, if it was tried
);

CREATE TABLE erasure_approvals (
    message BLOB NOT NULL,
    purpose INTEGER NOT NULL,             -- of the key that signs: ledger.identity Purpose
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    approved_at INTEGER NOT NULL,
    PRIMARY KEY (message, purpose),
    UNIQUE (message, login)
);

CREATE TABLE erasure_certificates (
    leg BLOB PRIMARY KEY,
    certificate TEXT NOT NULL             -- a note signed by the log's key
)
