"""Label: one item at a time."""

from ui import auth, workplace

workplace.show(auth.current_actor(), "label")
