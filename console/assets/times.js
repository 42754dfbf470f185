// Turns the times of a page into local words.

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function timeWords(iso, style) {
  if (style === 'date') return date.format(new Date(iso));
  const seconds = Math.round((Date.parse(iso) - Date.now()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return seconds > 0 ? 'in a moment' : 'just now';
  if (size < 60) return relative.format(seconds, 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86400) return relative.format(Math.round(seconds / 3600), 'hour');
  return date.format(new Date(iso));
}

export function showTimes() {
  for (const tag of document.querySelectorAll('time')) {
    const words = timeWords(tag.dateTime, tag.dataset.style);
    if (tag.textContent !== words) tag.textContent = words;
    tag.title = full.format(new Date(tag.dateTime));
  }
}

showTimes();
