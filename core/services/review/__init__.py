"""Review: what is worth a second look, and what reviewers settle."""
