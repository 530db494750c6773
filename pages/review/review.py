"""Review: the items worth a second look, one key a decision."""

from ui import auth, review_page

review_page.show(auth.current_actor())
