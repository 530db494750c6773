"""Stopping: when enough has been asked."""

from ui.insight import stopping_page

stopping_page.show()
