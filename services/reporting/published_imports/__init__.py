"""Importing published figures from a file — *nhập số liệu đã công bố từ tệp*: a workbook or JSON, looked at first.

Nothing is kept before the import: the preview reads the file and says what it holds, and the import takes the very
same file again, known by its hash.
"""
