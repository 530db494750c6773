"""Import: items, labels and gold from files."""

from ui import auth, import_page

import_page.show(auth.current_actor())
