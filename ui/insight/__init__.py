"""Pages of Insight: what each draws, in which words."""
