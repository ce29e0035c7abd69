"""Quy định về chuyển sinh hoạt đảng: one TOML file per regulation, in the order of their first day."""
