"""The demonstration: an invented Khối and the history of one term."""
