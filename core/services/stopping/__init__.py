"""Adaptive overlap: when another answer is asked for, what it saves and at what risk."""
