"""Models: which one people prefer, and how sure that is."""

from ui.insight import models_page

models_page.show()
