"""Use cases: session first, actor second; they never commit and return plain frozen values."""
