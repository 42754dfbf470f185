// Draws the coverage picture: time across, chats down. Only the rows in sight are in the page.

import { marksOf } from './coverage-axis.js';
import { headlineOf, linesOf } from './coverage-words.js';

const ROW_PX = 16;
const OVERSCAN_ROWS = 12;
const PAGE_CHATS = 250;
const REFRESH_MS = 5000;
/** Loading must not take more than this part of the time. */
const REFRESH_REST_FACTOR = 20;
const TICK_MIN_PX = 64;
const TICK_WORDS_PX = 32;
const DETAIL_LINES = 8;
const DAY = 86_400;
const NO_MATCH = 'No chat fits. Write less of the name, or choose all states.';
const NO_CHATS =
  'No chats yet. They appear here once an engine is linked and the phone has sent the first ones.';

const byId = (id) => document.getElementById(id);
const scroller = byId('scroller');
const rows = byId('rows');
const ticks = byId('ticks');
const detail = byId('detail');
const tools = byId('tools');
const number = new Intl.NumberFormat('en');
const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const byName = new Intl.Collator(undefined, { numeric: true }).compare;
const reasons = new Map();
for (const item of document.querySelectorAll('[data-reason]'))
  reasons.set(item.dataset.reason, item.textContent.trim());

let all = [];
let shown = [];
let now = 0;
let begin = 0;
let active = null;
const drawn = new Map();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const at = (seconds) => ((Math.min(Math.max(seconds, begin), now) - begin) / Math.max(1, now - begin)) * 100;

function segment(from, to, kind) {
  if (to <= begin) return null;
  const part = element('i', `seg ${kind}`);
  part.style.left = `${at(from)}%`;
  part.style.width = `${at(to) - at(from)}%`;
  return part;
}

function track(chat) {
  const line = element('span', 'track');
  for (const [from, to, reason] of chat.missing)
    line.append(segment(from, to, from === 0 ? `${reason} open` : reason) ?? '');
  for (const [from, to] of chat.held) {
    const start = from === 0 ? (chat.first_at ?? begin) : from;
    line.append(segment(start, to, from === 0 && start >= begin ? 'held proven' : 'held') ?? '');
  }
  return line;
}

function drawRow(index) {
  const chat = shown[index];
  const row = element('div', 'chat');
  row.id = `chat-${index}`;
  row.setAttribute('role', 'option');
  row.setAttribute('aria-selected', String(chat.jid === active));
  row.setAttribute('aria-posinset', String(index + 1));
  row.setAttribute('aria-setsize', String(shown.length));
  row.setAttribute(
    'aria-label',
    `${chat.name}: ${headlineOf(chat)}. ${linesOf(chat, now, reasons)
      .slice(0, DETAIL_LINES)
      .map(({ text }) => text)
      .join('. ')}`,
  );
  row.style.top = `${index * ROW_PX}px`;
  const name = element('bdi', 'name', chat.name);
  row.append(name, track(chat));
  row.dataset.index = index;
  return row;
}

function draw() {
  const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_PX) - OVERSCAN_ROWS);
  const last = Math.min(
    shown.length,
    Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW_PX) + OVERSCAN_ROWS,
  );
  for (const [index, row] of drawn) {
    if (index >= first && index < last) continue;
    row.remove();
    drawn.delete(index);
  }
  for (let index = first; index < last; index += 1) {
    if (drawn.has(index)) continue;
    const row = drawRow(index);
    drawn.set(index, row);
    rows.append(row);
  }
}

function redraw() {
  for (const row of drawn.values()) row.remove();
  drawn.clear();
  rows.style.height = `${shown.length * ROW_PX}px`;
  drawAxis();
  draw();
  point(
    shown.findIndex(({ jid }) => jid === active),
    false,
  );
}

function drawAxis() {
  const marks = marksOf(begin, now, ticks.clientWidth / TICK_MIN_PX);
  ticks.replaceChildren(
    ...marks.map(([time, text, strong]) => {
      const tick = element('span', strong ? 'tick strong' : 'tick', text);
      tick.style.left = `${at(time)}%`;
      tick.classList.toggle('edge', ((100 - at(time)) / 100) * ticks.clientWidth < TICK_WORDS_PX);
      return tick;
    }),
  );
  for (const line of rows.querySelectorAll('.line')) line.remove();
  rows.append(
    ...marks.map(([time, , strong]) => {
      const holder = element('div', 'line');
      const line = element('i', strong ? 'strong' : '');
      line.style.left = `${at(time)}%`;
      holder.append(line);
      return holder;
    }),
  );
}

function arrange() {
  const { text, state, sort, range } = Object.fromEntries(new FormData(tools));
  const wanted = fold(text.trim());
  shown = all.filter(
    (chat) => (state === '' || chat.state === state) && (wanted === '' || chat.folded.includes(wanted)),
  );
  const newest = (a, b) => (b.last_at ?? 0) - (a.last_at ?? 0);
  shown.sort(
    sort === 'name'
      ? (a, b) => byName(a.name, b.name)
      : sort === 'newest'
        ? newest
        : (a, b) => a.held_percent - b.held_percent || newest(a, b),
  );
  const oldest = all.reduce((least, { first_at }) => Math.min(least, first_at ?? least), now - 7 * DAY);
  begin = range === '' ? oldest - (now - oldest) * 0.02 : now - Number(range) * DAY;
  const present = new Set(all.flatMap(({ missing }) => missing.map(([, , reason]) => reason)));
  for (const item of document.querySelectorAll('[data-reason]'))
    item.hidden = !present.has(item.dataset.reason);
  byId('shown').textContent =
    shown.length === all.length
      ? `${number.format(all.length)} chats`
      : `${number.format(shown.length)} of ${number.format(all.length)}`;
  byId('nothing').textContent = shown.length > 0 ? '' : all.length > 0 ? NO_MATCH : NO_CHATS;
  redraw();
}

/** Moves the mark to a row and shows it in words. */
function point(index, byKey, place = null) {
  const chat = shown[index];
  for (const row of drawn.values()) row.setAttribute('aria-selected', 'false');
  if (chat === undefined) {
    active = null;
    rows.removeAttribute('aria-activedescendant');
    detail.hidden = true;
    return;
  }
  active = chat.jid;
  if (byKey) {
    const head = ticks.parentElement.offsetHeight;
    const top = index * ROW_PX;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW_PX + head > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = top + ROW_PX + head - scroller.clientHeight;
    draw();
  }
  const row = drawn.get(index);
  if (row === undefined) return;
  row.setAttribute('aria-selected', 'true');
  rows.setAttribute('aria-activedescendant', row.id);
  if (byKey || place !== null) showDetail(chat, row, place);
}

function showDetail(chat, row, place) {
  const list = linesOf(chat, now, reasons);
  const more = list.length - DETAIL_LINES;
  const parts = list.slice(0, DETAIL_LINES).map(({ kind, text }) => {
    const item = element('li');
    item.append(element('i', `seg ${kind}`), element('span', '', text));
    return item;
  });
  const body = element('ul');
  body.append(...parts);
  const name = element('strong');
  name.append(element('bdi', '', chat.name));
  detail.replaceChildren(name, element('p', 'muted', headlineOf(chat)), body);
  if (more > 0) detail.append(element('p', 'muted', `and ${number.format(more)} more`));
  detail.hidden = false;
  const box = row.getBoundingClientRect();
  const width = detail.offsetWidth;
  const height = detail.offsetHeight;
  const left = (place ?? box.left + box.width / 3) - width / 3;
  const below = box.bottom + 10 + height <= innerHeight;
  detail.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  detail.style.top = `${Math.max(8, below ? box.bottom + 10 : box.top - height - 10)}px`;
}

const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };

rows.addEventListener('keydown', (event) => {
  const here = shown.findIndex(({ jid }) => jid === active);
  let next = null;
  if (event.key in KEYS) next = here < 0 ? 0 : here + KEYS[event.key];
  else if (event.key === 'Home') next = 0;
  else if (event.key === 'End') next = shown.length - 1;
  else if (event.key === 'Escape') detail.hidden = true;
  if (next === null) return;
  event.preventDefault();
  point(Math.max(0, Math.min(shown.length - 1, next)), true);
});
rows.addEventListener('focus', () => {
  if (!rows.matches(':focus-visible')) return;
  const here = shown.findIndex(({ jid }) => jid === active);
  point(here < 0 ? Math.ceil(scroller.scrollTop / ROW_PX) : here, true);
});
rows.addEventListener('blur', () => {
  detail.hidden = true;
});
rows.addEventListener('pointermove', (event) => {
  const row = event.target.closest('.chat');
  if (row !== null) point(Number(row.dataset.index), false, event.clientX);
});
rows.addEventListener('pointerleave', () => {
  detail.hidden = true;
});
scroller.addEventListener('scroll', () => requestAnimationFrame(draw), { passive: true });
tools.addEventListener('input', () => {
  scroller.scrollTop = 0;
  arrange();
});
tools.addEventListener('submit', (event) => event.preventDefault());
new ResizeObserver(() => {
  if (all.length > 0) redraw();
}).observe(scroller);

async function load() {
  const found = [];
  let totals = null;
  let after = null;
  do {
    const query = new URLSearchParams({ limit: PAGE_CHATS, ...(after === null ? {} : { after }) });
    const answer = await fetch(`/api/coverage?${query}`);
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error((await answer.json()).error.message);
    const page = await answer.json();
    for (const chat of page.chats) found.push({ ...chat, folded: fold(`${chat.name} ${chat.jid}`) });
    if (after === null) {
      // Of the first page: what is held until now reaches at least to it on every page.
      now = page.now;
      totals = page.totals;
    }
    after = page.next;
  } while (after !== null);
  all = found;
  for (const tag of document.querySelectorAll('[data-total]'))
    tag.textContent = number.format(totals[tag.dataset.total]);
  arrange();
}

let loadedAt = 0;
let restMs = REFRESH_MS;
let pending = null;

async function refresh() {
  const start = performance.now();
  const problem = byId('problem');
  try {
    await load();
    problem.hidden = true;
  } catch (error) {
    problem.textContent = `The coverage cannot be read at the moment. ${error instanceof TypeError ? 'The service does not answer.' : error.message}`;
    problem.hidden = false;
  }
  rows.setAttribute('aria-busy', 'false');
  loadedAt = performance.now();
  restMs = Math.max(REFRESH_MS, (loadedAt - start) * REFRESH_REST_FACTOR);
  performance.measure('coverage', { start, end: loadedAt });
  pending = null;
}

/** Whatever changes, and not while nobody looks. */
function refreshSoon() {
  if (pending !== null || document.hidden) return;
  pending = setTimeout(refresh, Math.max(0, loadedAt + restMs - performance.now()));
}

await refresh();
const events = new EventSource('/api/events');
events.addEventListener('status', refreshSoon);
events.addEventListener('jobs', refreshSoon);
document.addEventListener('visibilitychange', refreshSoon);
