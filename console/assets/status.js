// Keeps the page fresh. The server renders everything; this swaps the parts that changed.

import { showTimes } from './times.js';

const REFRESH_PAUSE_MS = 700;
const RETRY_MS = 4000;

function tick() {
  showTimes();
  for (const tag of document.querySelectorAll('[data-expires]')) {
    const left = Math.ceil((Date.parse(tag.dataset.expires) - Date.now()) / 1000);
    const words = tag.dataset.method === 'qr' ? 'new code in' : 'valid for';
    tag.textContent = left > 0 ? `${words} ${left} s` : 'this code has run out';
  }
}

/** What a finger or a mouse button is down on. A click whose button is replaced before the release would be none. */
let pressed = null;
document.addEventListener('pointerdown', (event) => {
  pressed = event.target;
});
for (const release of ['pointerup', 'pointercancel']) {
  document.addEventListener(release, () => {
    pressed = null;
    refreshSoon();
  });
}

/** Replaces live parts whose server text changed; a part the reader is typing in, or pressing on, is left alone. */
function swap(next) {
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = next.getElementById(part.id);
    if (fresh === null || part.serverText === fresh.innerHTML) continue;
    const typing = part.contains(document.activeElement) && document.activeElement.tagName === 'INPUT';
    if (typing || part.contains(pressed)) continue;
    part.serverText = fresh.innerHTML;
    const before = remember(part);
    part.replaceChildren(...fresh.childNodes);
    restore(part, before);
  }
  document.title = next.title;
  tick();
}

/** What the reader did with a part, and how far its bars were. */
function remember(part) {
  const bars = part.querySelectorAll('progress[data-key]');
  return {
    open: part.querySelector('details')?.open ?? false,
    focused: part.contains(document.activeElement) ? keyOf(document.activeElement) : null,
    values: new Map(Array.from(bars, (bar) => [bar.dataset.key, bar.value])),
  };
}

/** What a link or a button does: that is how it is found again. */
const keyOf = (tag) => tag.dataset.post ?? tag.getAttribute('href') ?? tag.tagName;

function restore(part, { open, focused, values }) {
  const details = part.querySelector('details');
  if (details !== null && open) details.open = true;
  reveal();
  const again = Array.from(part.querySelectorAll('a, button, summary')).find((tag) => keyOf(tag) === focused);
  again?.focus({ preventScroll: true });
  for (const bar of part.querySelectorAll('progress[data-key]')) {
    const from = values.get(bar.dataset.key);
    const to = bar.value;
    if (from === undefined || from === to) continue;
    // From where it was, so that it moves instead of jumping.
    bar.value = from;
    bar.getBoundingClientRect();
    bar.value = to;
  }
}

function reveal() {
  for (const tag of document.querySelectorAll('[data-scripted]')) {
    // Browsers give the clipboard to pages of this machine and of HTTPS alone.
    tag.hidden = tag.dataset.copy !== undefined && navigator.clipboard === undefined;
  }
}

let pending = null;
let lastRefresh = 0;

function refreshSoon() {
  if (pending !== null) return;
  const wait = Math.max(0, lastRefresh + REFRESH_PAUSE_MS - Date.now());
  pending = setTimeout(refresh, wait);
}

/** What is on the page is old then, and looks it. */
function showOffline(offline) {
  document.getElementById('offline').hidden = !offline;
  document.body.classList.toggle('stale', offline);
}

async function refresh() {
  lastRefresh = Date.now();
  try {
    const answer = await fetch('/', { headers: { accept: 'text/html' } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    swap(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    showOffline(false);
  } catch {
    showOffline(true);
  } finally {
    pending = null;
  }
}

async function submitLink(form) {
  const button = form.querySelector('button');
  const problem = form.querySelector('.form-error');
  const phone = form.elements.namedItem('phone')?.value;
  button.disabled = true;
  problem.hidden = true;
  try {
    const answer = await fetch('/api/link', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
      body: JSON.stringify({ engine: form.dataset.engine, ...(phone ? { phone } : {}) }),
    });
    if (!answer.ok) {
      const { error } = await answer.json();
      problem.textContent = `${error.message} ${error.hint}`;
      problem.hidden = false;
    } else {
      document.activeElement?.blur();
      refreshSoon();
    }
  } catch {
    problem.textContent = 'The service does not answer.';
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
}

document.addEventListener('submit', (event) => {
  if (event.target.dataset.action !== 'link') return;
  event.preventDefault();
  submitLink(event.target);
});

/** A button that asks for one change and shows what came of it. */
async function ask(button) {
  const refused = document.getElementById('refused');
  button.disabled = true;
  refused.hidden = true;
  try {
    const answer = await fetch(button.dataset.post, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
      body: '{}',
    });
    if (!answer.ok) {
      const { error } = await answer.json();
      refused.textContent = `${error.message} ${error.hint}`;
      refused.hidden = false;
    }
    refreshSoon();
  } catch {
    refused.textContent = 'The service does not answer.';
    refused.hidden = false;
  } finally {
    button.disabled = false;
  }
}

document.addEventListener('click', (event) => {
  if (event.target.dataset?.post) ask(event.target);
});

document.addEventListener('click', async (event) => {
  const source = event.target.dataset?.copy;
  if (!source) return;
  await navigator.clipboard.writeText(document.getElementById(source).textContent);
  event.target.textContent = 'Copied';
  setTimeout(() => {
    event.target.textContent = 'Copy';
  }, 1500);
});

for (const part of document.querySelectorAll('[data-live]')) part.serverText = part.innerHTML;
reveal();
tick();
setInterval(tick, 1000);

const events = new EventSource('/api/events');
events.addEventListener('status', refreshSoon);
events.addEventListener('jobs', refreshSoon);
events.addEventListener('error', () => setTimeout(refreshSoon, RETRY_MS));
