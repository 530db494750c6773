"""Client report: one page about the data to hand over."""

from ui.insight import report_page

report_page.show()
