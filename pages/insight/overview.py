"""Overview: is it going well in quality, speed, cost and finish, and what waits for a decision."""

from ui.insight import overview_page

overview_page.show()
