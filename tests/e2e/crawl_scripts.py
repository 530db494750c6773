"""What the walk of `crawl.py` runs in the browser: waits until the page is at rest, and looks at all that is there."""

WATCH = """(() => {
  const now = () => performance.now();
  const seen = window.walk = { asked: 0, begun: 0, ended: 0, changed: now(), painted: 0, loading: 0 };
  // What Streamlit's messages are about is told by the number of the field that they fill; its value is skipped or small.
  const fields = data => {
    const bytes = new Uint8Array(data), found = {};
    let at = 0;
    const number = () => {
      for (let value = 0, unit = 1; ; unit *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * unit;
        if (!(byte & 128)) return value;
      }
    };
    while (at < bytes.length) {
      const tag = number(), kind = tag % 8;
      if (kind === 0) found[tag >> 3] = number();
      else if (kind === 2) { const length = number(); found[tag >> 3] = length; at += length; }
      else at += kind === 1 ? 8 : 4;
    }
    return found;
  };
  const RERUN = 11, NEW_SESSION = 4, SCRIPT_FINISHED = 6, EARLY_FOR_RERUN = 2;
  const hear = ({ data }) => {
    const told = fields(data);
    if (NEW_SESSION in told) seen.begun = now();
    if (SCRIPT_FINISHED in told && told[SCRIPT_FINISHED] !== EARLY_FOR_RERUN) seen.ended = now();
    seen.changed = now();
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (!this.walked) { this.walked = true; this.addEventListener('message', hear); }
    if (RERUN in fields(data)) seen.asked = now();
    return send.call(this, data);
  };
  const done = () => { seen.loading -= 1; seen.changed = now(); };
  const ask = window.fetch;
  window.fetch = (...all) => { seen.loading += 1; return ask(...all).finally(done); };
  const upload = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    seen.loading += 1;
    this.addEventListener('loadend', done);
    return upload.call(this, body);
  };
  // A click is a change too: what it leads to may be asked for a moment later.
  for (const touch of ['click', 'keydown']) document.addEventListener(touch, () => { seen.changed = now(); }, true);
  let shown;
  new MutationObserver(() => {
    seen.changed = now();
    const assignment = document.querySelector('.touchstone-desk')?.dataset.assignment;
    if (assignment !== shown) { shown = assignment; seen.painted = now(); }
  })
    .observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
})()"""

_REST = """
  const app = document.querySelector('[data-testid=stApp]'), walk = window.walk, now = performance.now();
  const isShare = bar => bar.innerText.trim().endsWith('%');  // else it tells how far the work behind the page is
  const rests = app && !['running', 'initial'].includes(app.dataset.testScriptState)
    && app.dataset.testConnectionState === 'CONNECTED' && !walk.loading
    && walk.begun > walk.asked && walk.ended > walk.begun && now - walk.changed > quiet
    && document.querySelector('[data-testid=stMain] :is(h1, form, .touchstone-desk :is(.submit, .empty-words))')
    && !document.querySelector('[data-testid=stSkeleton]')
    && [...document.querySelectorAll('[data-testid=stMain] [data-testid=stProgress]')].every(isShare);
"""

_LOOK = """
  const OVER = '[role=dialog], [data-testid=stPopoverBody], dialog', MAIN = '[data-testid=stMain]';
  const LIST = '[data-testid=stSelectbox], [data-testid=stMultiSelect]';
  document.querySelectorAll('[data-walk]').forEach(node => node.removeAttribute('data-walk'));
  const tidy = text => (text || '').trim().replace(/\\s+/g, ' ');
  const words = node => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll('[data-testid=stIconMaterial], kbd, [aria-hidden=true]').forEach(one => one.remove());
    return tidy(copy.textContent || node.ariaLabel || node.title);
  };
  const keyed = node => node.closest('[class*=st-key-]')?.className.match(/st-key-(\\S+)/)[1] ?? '';
  const name = (node, shown, role) => ({
    list: () => node.ariaLabel,
    table: () => keyed(node),
  })[role]?.() ?? words(shown);
  const value = (node, shown, role) => role !== 'list' ? '' : node.value
    || tidy(shown.querySelector('[data-testid=stMultiSelectTagsContainer]')?.innerText);
  // One of many alike: the options of a question on the desk, the pills of a filter.
  const group = (node, role) => node.closest('.touchstone-desk') ? (['radio', 'checkbox'].includes(role) ? 'option' : '')
    : role === 'button' && node.closest('[data-testid=stButtonGroup]') ? keyed(node) : '';
  const ties = node => node.closest(OVER) ? 'over' : node.closest('[data-testid=stSidebar]') ? 'menu' : 'page';
  const visible = node => node.checkVisibility({ visibilityProperty: true });
  const seen = node => visible(node) && node.getBoundingClientRect().width > 1;
  const role = node => node.closest(LIST) ? 'list' : node.matches('[data-testid=stDataFrame]') ? 'table'
    : node.getAttribute('role')
    || { A: 'link', SUMMARY: 'expander', BUTTON: 'button', INPUT: node.type }[node.tagName];
  const place = (node, role) => role === 'list' ? node.closest(LIST)
    : node.tagName === 'INPUT' ? node.closest('label') : node;
  const controls = [...document.querySelectorAll(found)].map(node => [node, role(node)])
    .map(([node, role]) => [node, place(node, role), role])
    .filter(([node, shown, role]) => shown && seen(shown) && !shown.closest('[inert]')
      && (role === 'list' ? node.matches('input') : !shown.closest(own)))
    .map(([node, shown, role], n) => {
      (role === 'list' ? node : shown).setAttribute('data-walk', n);
      return { n, role, name: name(node, shown, role), value: value(node, shown, role),
        href: node.href || '', ties: ties(node), group: group(node, role), desk: Boolean(node.closest('.touchstone-desk')),
        disabled: Boolean(node.disabled) || node.ariaDisabled === 'true',
        chosen: role === 'radio' && node.checked || node.ariaChecked === 'true' && role !== 'checkbox'
          || node.ariaSelected === 'true' };
    });
  const heading = [...document.querySelectorAll(`${MAIN} h1, .touchstone-desk h1`)].find(visible)?.innerText ?? '';
  const fields = [...document.querySelectorAll('input, textarea')].map(node => [node.value, node.checked]);
  const states = [...document.querySelectorAll('button, summary, details, [role]')].map(node =>
    [node.ariaChecked, node.ariaPressed, node.ariaExpanded, node.disabled, node.open].join());
  const text = document.body.innerText;
  return { url: location.href, title: document.title, heading, controls, text,
    covered: [...document.querySelectorAll(OVER)].some(visible),
    failed: Boolean(document.querySelector('[data-testid=stException]')),
    look: JSON.stringify([text, fields, states, document.activeElement?.className]) };
"""

AT_REST = f"""([quiet, found, own]) => {{
  {_REST}
  if (!rests) return false;
  {_LOOK}
}}"""
"""What is seen, as soon as the page has been at rest for so long."""

SEEN = f"([found, own]) => {{ {_LOOK} }}"
"""The same at once."""

TAKES_CLICKS = "after => performance.now() - window.walk.painted > after"
"""The desk takes none for an item that it painted only just now."""

ASKED = "since => window.walk.asked > since"
"""The server was asked for another run."""

OVER = ":is([role=dialog], [data-testid=stPopoverBody], dialog):visible"

FOUND = (
    "a[href], button, summary, [role=tab], [role=radio], [role=checkbox], [role=switch], input[type=checkbox], "
    "input[type=radio], [data-testid=stSelectbox] input, [data-testid=stMultiSelect] input, [data-testid=stDataFrame]"
)
