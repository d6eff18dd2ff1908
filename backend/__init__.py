"""Everything behind the broker: ingest, rules, services, storage, jobs and API."""
