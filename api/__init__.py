"""HTTP for the desk and for programs, mounted under /api."""
