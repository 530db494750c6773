"""The command line, thin over core.services."""
