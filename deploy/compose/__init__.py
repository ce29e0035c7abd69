"""One Khối on one host, as containers."""
