-- The gateway's outbox. One row of `message` = one sealed message without a final receipt.
CREATE TABLE IF NOT EXISTS note (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS message (
  position    INTEGER PRIMARY KEY AUTOINCREMENT,
  boot_id     TEXT NOT NULL,
  sequence    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  written_at  TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  UNIQUE (boot_id, sequence)
) STRICT;

-- Delivered messages, kept for a while: a backend restored from a backup may ask for them again. `received_at` is the
-- backend's clock in the receipt.
CREATE TABLE IF NOT EXISTS delivered (
  boot_id     TEXT NOT NULL,
  sequence    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  written_at  TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  received_at TEXT NOT NULL,
  PRIMARY KEY (boot_id, sequence)
) STRICT;
CREATE INDEX IF NOT EXISTS delivered_received_at ON delivered (received_at);

-- Messages the backend answered with `refused` or `conflict`: kept here for people to look at.
CREATE TABLE IF NOT EXISTS refused (
  boot_id     TEXT NOT NULL,
  sequence    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  written_at  TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  verdict     TEXT NOT NULL,
  reason      TEXT,
  received_at TEXT NOT NULL,
  PRIMARY KEY (boot_id, sequence)
) STRICT;

-- What the client's page lists, with the state of its delivery. `summary` is the page's own JSON.
CREATE TABLE IF NOT EXISTS shown (
  position    INTEGER PRIMARY KEY AUTOINCREMENT,
  boot_id     TEXT NOT NULL,
  sequence    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  written_at  TEXT NOT NULL,
  summary     TEXT NOT NULL,
  verdict     TEXT,
  UNIQUE (boot_id, sequence)
) STRICT;
