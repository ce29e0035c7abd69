"""Bảng tổng hợp (*dashboard*): one page of plain files in ``static``, whose every figure comes from the API."""
