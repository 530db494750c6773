"""Today: the one page to open each morning."""

from core.services import concerns
from core.store.engine import reading
from ui import auth, morning

actor, now = auth.current_actor(), auth.now()
with reading() as session:
    found = concerns.today(session, actor, now=now)
morning.show(found)
