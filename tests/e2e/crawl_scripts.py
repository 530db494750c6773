"""What the walk of `crawl.py` runs in the browser: whether the page is at rest, what can be clicked, how it looks."""

WATCH = """(() => {
  const now = () => performance.now();
  const seen = window.walk = { sent: 0, got: 0, changed: now(), painted: 0, loading: 0 };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (!this.walked) { this.walked = true; this.addEventListener('message', () => { seen.got = now(); }); }
    seen.sent = now();
    return send.call(this, data);
  };
  const ask = window.fetch;
  window.fetch = (...all) => {
    seen.loading += 1;
    return ask(...all).finally(() => { seen.loading -= 1; seen.changed = now(); });
  };
  let shown;
  new MutationObserver(() => {
    seen.changed = now();
    const assignment = document.querySelector('.touchstone-desk')?.dataset.assignment;
    if (assignment !== shown) { shown = assignment; seen.painted = now(); }
  })
    .observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
})()"""

AT_REST = """([quiet, painted]) => {
  const app = document.querySelector('[data-testid=stApp]'), seen = window.walk, now = performance.now();
  return app && !['running', 'initial'].includes(app.dataset.testScriptState)
    && app.dataset.testConnectionState === 'CONNECTED'
    && seen.got >= seen.sent && !seen.loading
    && now - Math.max(seen.changed, seen.sent) > quiet && now - seen.painted > painted
    && document.querySelector('[data-testid=stMain] :is(h1, form, .touchstone-desk :is(.submit, .empty-words))')
    && !document.querySelector('[data-testid=stSkeleton], [data-testid=stMain] [data-testid=stProgress]');
}"""

OVER = ":is([role=dialog], [data-testid=stPopoverBody], dialog):visible"

CONTROLS = """([found, own]) => {
  document.querySelectorAll('[data-walk]').forEach(node => node.removeAttribute('data-walk'));
  const words = node => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll('[data-testid=stIconMaterial], kbd, [aria-hidden=true]').forEach(one => one.remove());
    return (copy.textContent || node.ariaLabel || node.title || '').trim().replace(/\\s+/g, ' ');
  };
  const ties = node => node.closest('[role=dialog], [data-testid=stPopoverBody], dialog') ? 'over'
    : node.closest('[data-testid=stSidebar]') ? 'menu' : 'page';
  const seen = node => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 1;
  const free = shown => shown && seen(shown) && !shown.closest('[inert]') && !shown.closest(own);
  return [...document.querySelectorAll(found)]
    .map(node => [node, node.tagName === 'INPUT' ? node.closest('label') : node])
    .filter(([, shown]) => free(shown)).map(([node, shown], n) => {
      shown.setAttribute('data-walk', n);
      const role = node.getAttribute('role')
        || { A: 'link', SUMMARY: 'expander', BUTTON: 'button', INPUT: node.type }[node.tagName];
      return { n, role, name: words(shown), href: node.href || '', ties: ties(shown),
        disabled: Boolean(node.disabled) || node.ariaDisabled === 'true',
        chosen: role === 'radio' && node.checked || node.ariaChecked === 'true' && role !== 'checkbox'
          || node.ariaSelected === 'true' };
    });
}"""

FOUND = (
    "a[href], button, summary, [role=tab], [role=radio], [role=checkbox], [role=switch], input[type=checkbox], "
    "input[type=radio]"
)

LOOK = """() => {
  const fields = [...document.querySelectorAll('input, textarea')].map(node => [node.value, node.checked]);
  const states = [...document.querySelectorAll('button, summary, details, [role]')].map(node =>
    [node.ariaChecked, node.ariaPressed, node.ariaExpanded, node.disabled, node.open].join());
  return JSON.stringify([document.body.innerText, fields, states, document.activeElement?.className]);
}"""
