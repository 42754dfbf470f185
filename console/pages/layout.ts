import { html } from 'hono/html';

/** What the template tag of hono gives: text that is escaped already. */
export type Html = ReturnType<typeof html>;

/** Without script the page reloads itself; slow enough to read, fast enough for a QR code of 20 seconds. */
const RELOAD_SECONDS = 8;

export interface PageOptions {
  readonly title: string;
  readonly body: Html;
  /** Scripts of the page, by the name of the asset; the first one may be what keeps it fresh. */
  readonly scripts?: readonly string[];
  /** Besides that of every page. */
  readonly style?: string;
  /** Without script it reloads itself. */
  readonly live?: boolean;
  /** It reloads itself in any case, until something else is there. */
  readonly reloadSeconds?: number;
  /** The whole width of the window. */
  readonly wide?: boolean;
}

/** The frame of every page. */
export function layout({ title, body, scripts, style, live, reloadSeconds, wide }: PageOptions): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
${style === undefined ? '' : html`<link rel="stylesheet" href="/assets/${style}">`}
${scripts?.map((name) => html`<script src="/assets/${name}" type="module"></script>`) ?? ''}
${live === true ? html`<noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}"></noscript>` : ''}
${reloadSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${reloadSeconds}">`}
</head>
<body${wide === true ? html` class="wide"` : ''}>
${body}
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
