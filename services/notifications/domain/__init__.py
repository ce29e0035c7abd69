"""Pure rules of the notifications service: who is told what."""
