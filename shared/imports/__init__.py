"""Imports of workbooks: upload, preview, execution; the last two are a job of the worker.

An import never holds all its rows in memory: the preview streams the workbook into batches, the execution
writes one batch per transaction and moves the cursor in the same transaction. What a row means, and what it
does to the records, is the matter of the service that imports.
"""
