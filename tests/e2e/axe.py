"""What axe-core finds on a page of the browser, and headings out of order."""

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page, expect

from tests.e2e.conftest import settled

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
THEMES = ("light", "dark")

STREAMLITS_OWN = {
    ("list", "[data-testid=stSidebarNavItems]"): "the menu's list holds a div for each section",
    ("listitem", "[data-testid=stSidebarNavItems] li"): "and so its entries stand in a div",
}
"""Rule and place, and why it is left: no setting of ours changes it."""

LOOK = """async ([known, only]) => {
  const some = only.length ? { runOnly: only } : {};
  const { violations } = await axe.run(document, { resultTypes: ['violations'], ...some });
  const own = (rule, node) => known.some(([of, place]) => of === rule && node?.matches(place));
  const faults = violations.filter(one => ['serious', 'critical'].includes(one.impact)).flatMap(one => one.nodes
    .filter(node => !own(one.id, document.querySelector(node.target[0])))
    .map(node => `${one.id} at ${node.target[0]}: ${node.failureSummary.split('\\n').slice(1).join(' ')} ${node.html.slice(0, 120)}`));
  // axe's own rule takes the keys that are printed on a button for its words.
  const bare = text => text.replace(/[^\\p{L}\\p{N}]/gu, '').toLowerCase();
  for (const node of document.querySelectorAll('.touchstone-desk button[aria-label]')) {
    const read = node.cloneNode(true);
    read.querySelectorAll('kbd, [aria-hidden=true]').forEach(one => one.remove());
    if (!bare(node.ariaLabel).includes(bare(read.textContent))) faults.push(`${node.ariaLabel} reads ${read.textContent}`);
  }
  // The form of sign-in draws its own heading, of the third level: streamlit-authenticator's.
  const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(one => one.checkVisibility())
    .filter(one => !one.closest('.text') && !one.matches('form h3, [data-testid=stForm] h3')).map(one => Number(one.tagName[1]));
  return { faults, headings };
}"""


def at_rest(page: Page) -> None:
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
    expect(page).to_have_title(re.compile(" · Touchstone$"), timeout=10_000)
    if page.locator(".touchstone-desk").count():
        expect(page.locator(".touchstone-desk :is(.submit, .empty-words)").first).to_be_visible(timeout=20_000)


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, in both themes."""
    at_rest(page)
    page.evaluate(AXE)
    where = f"{page.url.partition('//')[2].partition('/')[2]} ({page.title()})"
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
        only = ["color-contrast"] if theme == "dark" else []  # the rest does not depend on colours
        seen: dict[str, Any] = page.evaluate(LOOK, [[list(known) for known in STREAMLITS_OWN], only])
        found += [f"{where} {theme}: {fault}" for fault in seen["faults"]]
    levels = seen["headings"]
    if levels.count(1) != 1 or any(after > before + 1 for before, after in zip([0, *levels], levels, strict=False)):
        found.append(f"{where}: headings of levels {levels}")
    return found
