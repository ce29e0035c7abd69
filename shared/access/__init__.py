"""Access: who may do what, where. Tokens say who; one table says what; one place enforces it."""
