"""Audit: append-only, hash-chained, in the same transaction as what it records."""
