"""The kernel the four services stand on: events, store, bus, web, access, audit, clock."""
