"""Foreign rows to payloads and answers, and records to foreign rows; knows files, not the store."""
