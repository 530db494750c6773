"""The place to drop a file: it goes to the streaming route, not through Streamlit's memory."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.services.uploads import LIMIT
from ui.text import _

HERE = Path(__file__).parent
_HTML = """<div class="drop">
<button type="button" class="choose"></button><input type="file" accept=".jsonl,.ndjson,.csv,.tsv,.txt,.parquet" hidden>
<span class="hint"></span><progress max="1" value="0" hidden></progress><div class="state" role="status"></div>
</div>"""


def upload(slug: str) -> str | None:
    """Draw it; the id of an upload, on the run right after it arrived."""
    limit = LIMIT // 1024**2
    strings = {
        "choose": _("Choose a file"),
        "hint": _("or drop it here: JSON Lines, CSV or Parquet, up to {limit} MB").format(limit=limit),
        "large": _("The file is larger than {limit} MB. Split it, or use manage.py import on the server.").format(
            limit=limit
        ),
        "lost": _("The file did not arrive. Check the connection and choose it again."),
        "done": _("{file} has arrived."),
    }
    data = {"slug": slug, "limit": LIMIT, "strings": strings}
    result: Any = _component()(key=f"upload_{slug}", data=data, on_uploaded_change=lambda: None)
    return getattr(result, "uploaded", None)


@lru_cache(maxsize=1)
def _component() -> Any:
    js, css = ((HERE / name).read_text("utf-8") for name in ("upload.js", "upload.css"))
    return st.components.v2.component("touchstone_upload", html=_HTML, js=js, css=css)
