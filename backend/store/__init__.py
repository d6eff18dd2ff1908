"""PostgreSQL: the pool, migrations, queries and repositories. The only home of psycopg."""
