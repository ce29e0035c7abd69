"""Benchmarks: speed and size as ratios, both sides measured in one run on the same servers."""
