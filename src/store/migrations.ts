/**
 * The database's schema as the steps that led to it; `PRAGMA user_version` counts the steps taken.
 * A step that has been released is never changed, only followed by another. Times are UTC milliseconds.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE invites (
    code_hash      BLOB    PRIMARY KEY CHECK (length(code_hash) = 32),
    room           TEXT    NOT NULL,
    role           TEXT    NOT NULL,
    display_name   TEXT,
    created_at_ms  INTEGER NOT NULL,
    expires_at_ms  INTEGER NOT NULL,
    redeemed_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX invites_by_expiry ON invites (expires_at_ms);

  CREATE TABLE api_keys (
    key_id         TEXT    PRIMARY KEY,
    name           TEXT    NOT NULL,
    secret_hash    BLOB    NOT NULL CHECK (length(secret_hash) = 32),
    created_at_ms  INTEGER NOT NULL,
    last_used_at_ms INTEGER,
    revoked_at_ms  INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE revocations (
    token_id       TEXT    PRIMARY KEY,
    expires_at_ms  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX revocations_by_expiry ON revocations (expires_at_ms);
  `,
  `
  CREATE TABLE room_closings (
    room           TEXT    PRIMARY KEY,
    closed_at_ms   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE consultations (
    consultation   INTEGER PRIMARY KEY,
    consultation_id TEXT   NOT NULL UNIQUE,
    room           TEXT    NOT NULL,
    first_at_ms    INTEGER NOT NULL,
    last_at_ms     INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX consultations_by_room ON consultations (room, last_at_ms);

  CREATE TABLE quality_samples (
    consultation   INTEGER NOT NULL REFERENCES consultations ON DELETE CASCADE,
    at_ms          INTEGER NOT NULL,
    participant_id TEXT    NOT NULL,
    sample         TEXT    NOT NULL,
    PRIMARY KEY (consultation, at_ms, participant_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX quality_samples_by_time ON quality_samples (at_ms);

  CREATE TABLE quality_size (bytes INTEGER NOT NULL) STRICT;
  INSERT INTO quality_size VALUES (0);
  CREATE TRIGGER quality_sample_added AFTER INSERT ON quality_samples BEGIN
    UPDATE quality_size SET bytes = bytes + length(NEW.sample) + 64;
  END;
  CREATE TRIGGER quality_sample_removed AFTER DELETE ON quality_samples BEGIN
    UPDATE quality_size SET bytes = bytes - length(OLD.sample) - 64;
  END;
  `,
];
