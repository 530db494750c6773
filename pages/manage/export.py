"""Export: verdicts as training data, or all answers."""

from ui import auth, export_page

export_page.show(auth.current_actor())
