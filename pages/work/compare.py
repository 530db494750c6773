"""Compare: responses side by side."""

from ui import auth, workplace

workplace.show(auth.current_actor(), "compare")
