"""Ordered exports — *lượt xuất*: files that take long are made by the worker, part by part, and fetched when ready.

An order is seen by whoever gave it and by nobody else. Its right is asked of the access table again at every look,
and of the tree before every part: where it is gone, the export is cancelled and its file removed.
"""
