"""A project as the YAML file that `manage.py project create --file` takes."""

import streamlit as st
import yaml

from core.permissions import Actor
from core.services import project_files
from core.services.projects import ProjectView
from core.store.engine import reading
from ui.text import _


def show_file(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        file = project_files.as_file(session, actor, project.slug)
    st.caption(_("Copy it to make the same project in another workspace, or to keep it under version control."))
    raw = file.model_dump(mode="json", exclude_defaults=True)
    st.code(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), language="yaml", height=320)
