"""The HTTP side of members."""
