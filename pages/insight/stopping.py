"""Stopping: when enough has been asked."""

from ui import stopping_page

stopping_page.show()
