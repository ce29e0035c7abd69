"""Unit tests of reporting's rules and exports."""
