"""A database's schema as plain text lines, for comparing two databases. Order and layout do not matter."""

import re

import psycopg

_QUERIES = (
    """SELECT format('column %s.%s %s %s default %s identity %s', c.relname, a.attname,
              format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END,
              coalesce(pg_get_expr(d.adbin, d.adrelid), 'none'), a.attidentity)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'c')
          AND a.attnum > 0 AND NOT a.attisdropped""",
    """SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid))
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't' AND conrelid <> 0""",
    "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')""",
    "SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    """SELECT format('enum %s %s', t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumlabel))
         FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
        WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname""",
)


def schema_of(conninfo: str) -> set[str]:
    """Tables, columns, constraints, indexes, functions, triggers and enums of the schema `public`."""
    with psycopg.connect(conninfo) as conn:
        return {_plain(str(row[0])) for query in _QUERIES for row in conn.execute(query.encode()).fetchall()}


def _plain(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip()
