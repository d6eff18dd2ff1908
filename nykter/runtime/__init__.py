"""Process plumbing: database server, broker and child processes started and stopped by us."""
