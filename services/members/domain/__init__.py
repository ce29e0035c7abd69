"""Rules about organisations and members: pure functions over plain values, no clock and no database."""
