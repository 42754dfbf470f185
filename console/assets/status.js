// Keeps the page fresh. The server renders everything; this swaps the parts that changed.

const REFRESH_PAUSE_MS = 700;
const RETRY_MS = 4000;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function timeWords(iso, style) {
  if (style === 'date') return date.format(new Date(iso));
  const seconds = Math.round((Date.parse(iso) - Date.now()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return 'just now';
  if (size < 60) return relative.format(seconds, 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86400) return relative.format(Math.round(seconds / 3600), 'hour');
  return date.format(new Date(iso));
}

function tick() {
  for (const tag of document.querySelectorAll('time')) {
    const words = timeWords(tag.dateTime, tag.dataset.style);
    if (tag.textContent !== words) tag.textContent = words;
    tag.title = full.format(new Date(tag.dateTime));
  }
  for (const tag of document.querySelectorAll('[data-expires]')) {
    const left = Math.ceil((Date.parse(tag.dataset.expires) - Date.now()) / 1000);
    const words = tag.dataset.method === 'qr' ? 'new code in' : 'valid for';
    tag.textContent = left > 0 ? `${words} ${left} s` : 'this code has run out';
  }
}

/** Replaces live parts whose server text changed; a part the reader is typing in is left alone. */
function swap(next) {
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = next.getElementById(part.id);
    if (fresh === null || part.serverText === fresh.innerHTML) continue;
    const typing = part.contains(document.activeElement) && document.activeElement.tagName === 'INPUT';
    const open = part.querySelector('details')?.open ?? false;
    if (typing) continue;
    part.serverText = fresh.innerHTML;
    part.replaceChildren(...fresh.childNodes);
    const details = part.querySelector('details');
    if (details !== null && open) details.open = true;
  }
  document.title = next.title;
  reveal();
  tick();
}

function reveal() {
  for (const tag of document.querySelectorAll('[data-scripted]')) tag.hidden = false;
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
events.addEventListener('error', () => setTimeout(refreshSoon, RETRY_MS));
