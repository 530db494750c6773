"""Items: how sure, how disputed and how hard each one is, and one of them closely."""

from ui.insight import items_page

items_page.show()
