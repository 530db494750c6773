"""Machine judges: how far they can be trusted, beside people."""

from ui.insight import judges_page

judges_page.show()
