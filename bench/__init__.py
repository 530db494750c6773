"""Measurements: each compares within one run; docs/performance.md keeps the figures."""
