-- What a copy was before it came back from a backup; empty for one that never did.
ALTER TABLE keep ADD COLUMN was TEXT;
-- Which messages killed a worker is known to the room alone, for as long as the program runs.
DROP TABLE poison;
