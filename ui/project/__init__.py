"""The pages of one project and the list of all."""
