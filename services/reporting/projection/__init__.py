"""The read model — *mô hình đọc*: what reporting keeps of other services' events, and only what reports need.

Each document is a fold of the events that name it, and of nothing else: a case knows nothing of the tree of
organisations, the tree nothing of cases. So the order in which two streams arrive cannot matter; what needs
both (a case in an organisation that moved) is put together when the report is asked for.
"""

VERSION = 2
"""Goes up whenever the same events make other documents: what is built is then a generation of its own, which
stands beside the one in use until it is swapped in (`khoi rebuild`)."""
