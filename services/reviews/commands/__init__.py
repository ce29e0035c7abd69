"""Commands: each loads its aggregate, lets the pure rules decide, and commits the result with its events."""
