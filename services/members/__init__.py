"""Members service: who belongs where; organisations, members, transfers and the roster."""
