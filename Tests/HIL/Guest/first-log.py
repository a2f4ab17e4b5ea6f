#!/usr/bin/env python3
"""Makes a log as the first version of Bombyx wrote it: its tables, a row a sample, and the memory that a log of today holds.

  first-log.py --today LOG --samples COUNT --value NUMBER --channel NAME --output FILE

The tables are those of the first migration, which nobody may change: they are read from Schema.swift. Standard library only.
"""

import argparse
import sqlite3
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[3] / "Sources/Journal/Schema.swift"
# The evening before the guests' clock begins, ms since 1970.
BEGIN = 1_774_980_000_000


def first_tables():
    """The SQL of the first migration."""
    marker = 'private static let log = """\n'
    text = SCHEMA.read_text(encoding="utf-8")
    sql = text[text.index(marker) + len(marker) :].split('"""')[0]
    name = "\\(applicationID)"
    if name not in sql:
        raise SystemExit(f"{SCHEMA.name} has no first migration")
    return sql.replace(name, str(0x424D4258))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--today", required=True)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--value", type=float, required=True)
    parser.add_argument("--channel", required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    memory = sqlite3.connect(options.today).execute("SELECT key, value FROM memory").fetchall()
    if not memory:
        raise SystemExit("the log of today holds no memory")
    options.output.unlink(missing_ok=True)
    log = sqlite3.connect(options.output)
    log.executescript("PRAGMA journal_mode = WAL;" + first_tables())
    log.execute("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    log.execute("INSERT INTO grdb_migrations VALUES ('1 log')")
    log.execute("INSERT INTO boots VALUES (1, 'a boot of long ago')")
    log.execute("INSERT INTO channels VALUES (1, ?)", (options.channel,))
    for number in range(options.samples):
        stamp = (number + 1, number + 1, number * 1_000_000_000, BEGIN + number * 1_000)
        log.execute("INSERT INTO stamps (id, last, boot, mono, wall, trust) VALUES (?, ?, 1, ?, ?, 0)", stamp)
        log.execute("INSERT INTO samples VALUES (?, 1, ?, 0)", (number + 1, round(options.value * 10_000)))
    log.executemany("INSERT INTO memory VALUES (?, ?)", memory)
    log.commit()
    log.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    log.close()


if __name__ == "__main__":
    main()
