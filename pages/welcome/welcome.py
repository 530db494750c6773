"""Welcome: an invited person's first page, which says what happens next."""

from ui import auth, welcome

welcome.show(auth.current_actor())
