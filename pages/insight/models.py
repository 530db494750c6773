"""Models: which one people prefer, and how sure that is."""

from ui import models_page

models_page.show()
