"""Model output as safe HTML: Markdown rendered here, sanitised, images off. Plain prose is left to the desk as text."""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_MARKUP = re.compile(r"[*_`#>|~\[\]]|^\s*(?:[-+]|\d+[.)])\s|^\s{4,}\S|https?://", re.MULTILINE)
_LONGEST = 200_000
_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
_parser = (
    MarkdownIt("commonmark", {"html": False, "linkify": False})
    .enable(["table", "strikethrough"])
    .disable(["image", "html_block", "html_inline"])
)


@lru_cache(maxsize=4096)
def render(text: str) -> str | None:
    """HTML without links, images, attributes or scripts; None when the text shows the same as it is."""
    if len(text) > _LONGEST or not _MARKUP.search(text):
        return None
    return nh3.clean(_parser.render(text), tags=_TAGS, attributes={"ol": {"start"}}, link_rel=None)
