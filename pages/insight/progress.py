"""Progress: how one project is getting on."""

from ui import address, auth, headings, progress_page
from ui.text import _

actor = auth.current_actor()
headings.page_title(_("Progress"))
if listed := progress_page.projects_to_see(actor):
    progress_page.show(actor, address.project(listed).slug)
else:
    progress_page.empty()
