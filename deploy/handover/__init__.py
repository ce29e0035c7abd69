"""Bàn giao (handover): everything of a deployment to its successor, in open formats."""
