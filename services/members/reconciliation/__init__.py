"""Reconciliations (đối chiếu danh sách): the list of the level above or below beside the roll, changing nothing."""
