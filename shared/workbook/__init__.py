"""XLSX workbooks that people send in: checked before anything parses them, then read row by row.

What is alike in every import stands here: the limits, the archive's guard, headings and cells. What a row means is
the matter of the service that reads it. ``writing`` is for those that are sent out.
"""
