const JSON_END = ' is not valid JSON';
const TOKEN = 'Unexpected token ';
const HIDDEN = '[hidden]';

/** `Cannot convert x to a BigInt`: all that it was given. */
const BIGINT = /(Cannot convert )[\s\S]*( to a BigInt)/;

/**
 * Without what V8 quotes of the text that it could not read: `Unexpected token 'u', ..."see you at"... is not valid JSON`. That
 * text is often what strangers wrote. Positions stay.
 */
export function hideQuoted(text: string): string {
  return hideJson(text).replace(BIGINT, `$1${HIDDEN}$2`);
}

/** By searching and not by a pattern: what is quoted may hold quotes, line ends and these very words. */
function hideJson(text: string): string {
  const end = text.lastIndexOf(JSON_END);
  if (end < 0) return text;
  const starts = [text.indexOf(TOKEN), text.indexOf('"')].filter((at) => at >= 0 && at < end);
  if (starts.length === 0) return text;
  return `${text.slice(0, Math.min(...starts))}${HIDDEN}${text.slice(end)}`;
}
