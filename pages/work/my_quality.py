"""My quality: how right, steady and fast one's own answers are, and what to work on."""

from ui import auth
from ui.insight import my_quality_page

my_quality_page.show(auth.current_actor())
