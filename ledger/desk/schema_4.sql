-- Version 4: in which file (hồ sơ) the agency keeps what it sends.

-- The whole code: agency, year, notation. Of what came, evidence has it.
ALTER TABLE messages ADD COLUMN file_code TEXT
