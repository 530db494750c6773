"""Agreement: how far people agree, and on what they do not."""

from ui import agreement_page

agreement_page.show()
