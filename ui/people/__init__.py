"""The page of people: the list, one person, invitations."""
