"""Foreign rows to payloads and records, and back."""
