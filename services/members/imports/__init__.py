"""Roster imports: what the preview and the execution do with the rows of a roster workbook."""
