"""Exports of tables — *xuất bảng*: any document that is a title and tables, as text, CSV, XLSX, DOCX, PDF and JSON.

The screening report has renderers of its own, for it has an official form; everything else is told as `Tables`.
"""
