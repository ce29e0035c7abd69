"""Quy định về chuyển sinh hoạt đảng, kết nạp lại: one TOML file per regulation, in the order of their first day."""
