// Where the desk is on the page: under the app's own header, beside its sidebar; measured, so that there is never a second
// scroll bar.
const ROOMY = 700; // pixels of height
const LEAST_ROOM = 0.6; // of the window: what is left below other things on the page, or the page scrolls to the desk

// It fills the page, or what is left of it below the place `under`. While something is edited in a low window it needs what
// room there is and covers what is above it; not so where that has to be `read` first.
export function fitToPage(root, under = null, { read = false } = {}) {
  const main = document.querySelector('[data-testid="stMain"]');
  const header = document.querySelector('[data-testid="stHeader"]');
  const place = () => {
    const box = (main || document.body).getBoundingClientRect();
    const seen = window.visualViewport?.height ?? innerHeight;
    const above = root.hasAttribute("data-editing") && seen < ROOMY ? null : under;
    const highest = Math.max(box.top, header?.getBoundingClientRect().bottom ?? 0);
    const begins = above ? above.getBoundingClientRect().top : 0;
    const fixed = !read || seen - begins - (main?.scrollTop ?? 0) >= LEAST_ROOM * seen;
    const top = Math.max(highest, begins);
    const height = seen - (fixed ? top : highest) + (window.visualViewport?.offsetTop ?? 0);
    const [left, width] = [box.left, box.width];
    root.classList.toggle("filling", fixed);
    root.style.setProperty("--window", `${seen}px`);
    Object.assign(root.style, fixed ? inPixels({ left, width, top, height }) : { ...NOWHERE, ...inPixels({ height }) });
  };
  const watch = new ResizeObserver(place);
  const watched = [main, header, under && main?.querySelector('[data-testid="stVerticalBlock"]')];
  watched.filter(Boolean).forEach(node => watch.observe(node));
  const editing = new MutationObserver(place);
  editing.observe(root, { attributeFilter: ["data-editing"] });
  if (under) main?.addEventListener("scroll", place);
  window.addEventListener("resize", place);
  window.visualViewport?.addEventListener("resize", place);
  place();
  return () => {
    watch.disconnect();
    editing.disconnect();
    main?.removeEventListener("scroll", place);
    window.removeEventListener("resize", place);
    window.visualViewport?.removeEventListener("resize", place);
  };
}

const NOWHERE = { left: "", width: "", top: "" };
const inPixels = lengths => Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, `${length}px`]));
