-- Version 3: documents that are sent without signatures they should bear.

-- What the submission records of that, canonical JSON.
ALTER TABLE messages ADD COLUMN admission TEXT
