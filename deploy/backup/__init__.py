"""Sao lưu và khôi phục (backup and restore): one encrypted, verifiable file per backup, of all services at one cut."""
