// Says the coverage of a chat in words.

const DAY = 86_400;
const number = new Intl.NumberFormat('en');
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

const SOURCES = { push: 'pushed by the phone', page: 'fetched', live: 'live', import: 'imported' };

/** Its intervals, newest first; `reasons` has the words for what is missing. */
export function linesOf(chat, now, reasons) {
  const held = chat.held.map(([from, to, sources]) => ({
    to,
    kind: 'held',
    text: `${from === 0 ? 'from the beginning' : day.format(from * 1000)} – ${to >= now ? 'now' : day.format(to * 1000)}: held (${sources.map((source) => SOURCES[source] ?? source).join(', ')})`,
  }));
  const missing = chat.missing.map(([from, to, reason]) => ({
    to,
    kind: reason,
    text: `${from === 0 ? `before ${day.format(to * 1000)}` : span(from, to)}: missing, ${reasons.get(reason) ?? reason}`,
  }));
  return [...held, ...missing].sort((a, b) => b.to - a.to);
}

/** With the hour when it is short. */
function span(from, to) {
  const form = to - from < 2 * DAY ? moment : day;
  return `${form.format(from * 1000)} – ${form.format(to * 1000)}`;
}

export function headlineOf(chat) {
  const first = chat.first_at === null ? '' : `, oldest message ${day.format(chat.first_at * 1000)}`;
  const start = chat.start_proven ? ', start proven' : '';
  return `${chat.state === 'complete' ? 'complete' : `${chat.held_percent} % held`}${start}, ${number.format(chat.messages)} messages${first}`;
}
