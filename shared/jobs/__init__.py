"""Work that somebody ordered and a worker does: taken up by one worker at a time, gone on with where another stopped.

The record of such a job has ``state``, ``active`` (whether there is something to do), ``attempts``,
``lease_holder`` and ``lease_until``.
"""
