"""Exports — *xuất báo cáo*: the same figures as text, CSV, XLSX, DOCX, PDF and JSON.

`formats.render` is the way in; it loads the library of a format only when that format is asked for.
"""
