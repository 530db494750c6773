"""Annotators: everybody's accuracy against the bar, and one person closely."""

from core.permissions import Right
from ui import auth
from ui.insight import annotators_page

auth.require_right(Right.SEE_PEOPLE)
annotators_page.show()
