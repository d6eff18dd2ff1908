"""Backups of the database that can be restored to a moment: sealed base backups and a sealed stream of its log."""
