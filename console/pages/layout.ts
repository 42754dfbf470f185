import { html } from 'hono/html';

/** What the template tag of hono gives: text that is escaped already. */
export type Html = ReturnType<typeof html>;

/** Without script the page reloads itself; slow enough to read, fast enough for a QR code of 20 seconds. */
const RELOAD_SECONDS = 8;

/** The frame of every page. `live` pages update themselves. */
export function layout(options: {
  readonly title: string;
  readonly live: boolean;
  readonly body: Html;
}): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${options.title}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
${
  options.live
    ? html`<script src="/assets/status.js" type="module"></script>
<noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}"></noscript>`
    : ''
}
</head>
<body>
${options.body}
</body>
</html>
`;
}

/** Text of the product in which commands stand between backticks. */
export function withCode(text: string): Html {
  const parts = text.split('`').map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`));
  return html`${parts}`;
}

/** A point in time that the script turns into local time and keeps fresh. */
export function timeTag(iso: string | null, style: 'ago' | 'date' = 'ago'): Html {
  if (iso === null) return html`<span class="none">–</span>`;
  const readable = `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
  return html`<time datetime="${iso}" data-style="${style}" title="${readable}">${readable}</time>`;
}
