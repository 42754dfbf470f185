/** Values of a YAML file, scalars as the text that stands there. */
export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

const KEY = /^([A-Za-z0-9_.-]+|<<):(?:\s+(.*))?$/;

/**
 * Reads the part of YAML that our own files keep to: block maps and lists, plain and double-quoted scalars on one line, lists
 * of quoted texts in brackets, `{}`, anchors on maps and `<<`. Throws, with the line, on everything else.
 */
export function readYaml(text: string): Yaml {
  const lines = linesOf(text);
  const anchors = new Map<string, Yaml>();
  let at = 0;

  const fail = (why: string): never => {
    throw new Error(`line ${lines[at]?.number ?? 'at the end'}: ${why}`);
  };

  function block(indent: number): Yaml {
    return lines[at]?.text.startsWith('- ') ? list(indent) : map(indent);
  }

  function list(indent: number): readonly Yaml[] {
    const items: Yaml[] = [];
    for (; lines[at]?.indent === indent; at += 1) {
      const item = lines[at]?.text ?? '';
      if (!item.startsWith('- ')) fail('expected an item of the list');
      items.push(scalar(item.slice(2).trim()));
    }
    return items;
  }

  function map(indent: number): Yaml {
    const entries: Record<string, Yaml> = {};
    let merged: Yaml = {};
    while (lines[at]?.indent === indent) {
      const [, key = '', rest = ''] = KEY.exec(lines[at]?.text ?? '') ?? fail('expected `key: value`');
      if (key in entries) fail(`${key} stands here twice`);
      const value = valueBehind(rest, indent);
      if (key === '<<') merged = value;
      else entries[key] = value;
    }
    return { ...(merged as Record<string, Yaml>), ...entries };
  }

  function valueBehind(rest: string, indent: number): Yaml {
    if (rest.startsWith('*')) {
      const found = anchors.get(rest.slice(1)) ?? fail(`no anchor ${rest.slice(1)}`);
      at += 1;
      return found;
    }
    if (rest !== '' && !rest.startsWith('&')) {
      const value = scalar(rest);
      at += 1;
      return value;
    }
    at += 1;
    const next = lines[at]?.indent ?? -1;
    if (next <= indent) fail('expected something below the key');
    const value = block(next);
    if (rest !== '') anchors.set(rest.slice(1), value);
    return value;
  }

  function scalar(raw: string): Yaml {
    if (raw.startsWith('"') || raw.startsWith('[')) {
      const value = JSON.parse(raw) as unknown;
      const texts = [value].flat();
      return texts.every((one) => typeof one === 'string') ? (value as Yaml) : fail('expected texts');
    }
    if (raw === '{}') return {};
    if (/^[{&*!|>'%@`]|^- |: | #/.test(raw)) fail(`not of the kind that is read here: ${raw}`);
    return raw;
  }

  const document = block(0);
  if (at < lines.length) fail('wrong indentation');
  return document;
}

function linesOf(text: string): readonly Line[] {
  return text.split('\n').flatMap((raw, index) => {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    return [{ number: index + 1, indent: raw.length - raw.trimStart().length, text: trimmed }];
  });
}
