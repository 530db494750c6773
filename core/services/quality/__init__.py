"""Quality of a project: what is known, what it comes to, and whose work it is."""
