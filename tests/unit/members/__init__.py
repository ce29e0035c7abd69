"""Unit tests of the members service: domain rules and the roster workbook."""
