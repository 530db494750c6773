"""Projects: what there is, a new one, and everything that a lead sets in one."""

from ui import address, auth
from ui.project import list as project_list, new as project_new, page as project_page

actor = auth.current_actor()
if slug := address.get("project"):
    project_page.show(actor, slug)
elif chosen := address.get("new"):
    project_new.show(actor, chosen)
else:
    project_list.show(actor)
