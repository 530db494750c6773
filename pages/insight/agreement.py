"""Agreement: how far people agree, and on what they do not."""

from ui.insight import agreement_page

agreement_page.show()
