-- The desk's own memory. Times in unix seconds unless a name says otherwise; dates in ISO 8601.
-- Whoever edits it deceives the agency alone: events are signed, their evidence is committed to.

CREATE TABLE messages (
    message BLOB PRIMARY KEY,             -- commitment of the manifest
    outgoing INTEGER NOT NULL,
    stage INTEGER NOT NULL,               -- ledger.desk.messages.Stage
    document_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    sender BLOB NOT NULL,
    organ_id TEXT NOT NULL,               -- of the sender
    code_number TEXT NOT NULL,
    code_notation TEXT NOT NULL,
    promulgated TEXT NOT NULL,
    due_date TEXT,
    business_type INTEGER NOT NULL,
    view TEXT NOT NULL,                   -- what the server is shown, canonical JSON
    subject TEXT,                         -- from here: null where it was destroyed or is to come
    envelope TEXT,                        -- the whole record, canonical JSON
    salt BLOB,
    data_key BLOB,                        -- of ours, until it has arrived everywhere
    manifest_blob BLOB,                   -- SHA-256 of the sealed manifest
    draft TEXT UNIQUE,                    -- what the clerk pressed Send on: sent once
    replaces BLOB,                        -- the message it takes the place of
    created_at INTEGER NOT NULL,
    destroyed_at INTEGER,
    destroying INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX messages_document ON messages (document_id, version);
CREATE INDEX messages_number ON messages (code_number, code_notation, organ_id);

CREATE TABLE parts (
    message BLOB NOT NULL,
    position INTEGER NOT NULL,
    blob BLOB,                            -- SHA-256 of the sealed bytes, once sealed
    digest BLOB NOT NULL,                 -- SHA-256 of the content
    size INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (message, position)
);
CREATE INDEX parts_digest ON parts (digest);

CREATE TABLE legs (
    leg BLOB PRIMARY KEY,
    message BLOB NOT NULL,
    outgoing INTEGER NOT NULL,
    sender BLOB NOT NULL,
    recipient BLOB NOT NULL,
    salt BLOB NOT NULL,
    other_name TEXT NOT NULL,             -- the other party, as it is known here
    state INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    events INTEGER NOT NULL,
    arrive_by INTEGER NOT NULL,
    answer_within INTEGER NOT NULL,
    answer_by INTEGER NOT NULL,
    settle_by INTEGER NOT NULL,
    head BLOB NOT NULL,
    replaces BLOB NOT NULL,
    wrapped_key TEXT,
    arrival_number INTEGER,               -- số đến
    arrival_date TEXT,
    assigned_to TEXT,
    changed_at INTEGER NOT NULL,
    fault TEXT,                           -- why nothing more is believed of this leg
    doubt TEXT,                           -- what of it could not be checked
    try_at INTEGER NOT NULL DEFAULT 0,    -- not fetched again before
    bundled INTEGER NOT NULL DEFAULT 0    -- how many events the kept bundle proves
);
CREATE INDEX legs_box ON legs (outgoing, changed_at);
CREATE INDEX legs_message ON legs (message);
CREATE UNIQUE INDEX legs_arrival ON legs (substr(arrival_date, 1, 4), arrival_number)
    WHERE arrival_number IS NOT NULL;

CREATE TABLE events (
    leg BLOB NOT NULL,
    nonce INTEGER NOT NULL,
    action INTEGER NOT NULL,
    state INTEGER NOT NULL,
    org BLOB NOT NULL,
    signed TEXT NOT NULL,                 -- what was signed, canonical JSON; of a lapse: {}
    signer TEXT,
    signature BLOB,
    evidence_record TEXT,                 -- canonical JSON
    evidence_salt BLOB,
    received_at INTEGER NOT NULL,
    status INTEGER NOT NULL,              -- ledger.desk.events.Standing
    block INTEGER,
    block_time INTEGER,
    tx_hash BLOB,
    log_index INTEGER,
    head BLOB,
    PRIMARY KEY (leg, nonce)
);

CREATE TABLE reports (                    -- records that evidence commits to besides itself
    report BLOB PRIMARY KEY,
    leg BLOB NOT NULL,
    record TEXT NOT NULL,
    salt BLOB NOT NULL
);

CREATE TABLE hand_ins (                   -- signed, and not answered by the server yet
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL UNIQUE,         -- the message, the leg of a step, who is mandated
    path TEXT NOT NULL,
    body BLOB NOT NULL,
    made_at INTEGER NOT NULL
);

CREATE TABLE registers (                  -- last number given, by register and year
    name TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (name, year)
);

CREATE TABLE partners (
    organ_id TEXT PRIMARY KEY,
    org BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL
);

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE people (                     -- who may sign in to the portal
    login TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL                -- scrypt, see ledger.desk.people
);
