"""Reporting — *báo cáo, thống kê*: what happened, counted from the events of members and reviews."""
