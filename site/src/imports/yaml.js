// The part of YAML that configuration files of training tools use: maps by indentation, scalars, plain lists. Pure.
// SPDX-License-Identifier: MIT

const MAX_LINES = 2000;

/** @param {string} text @returns {Record<string, any> | null} null when it is not of that kind */
export function readYaml(text) {
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES) return null;
  /** @type {Record<string, any>} */
  const root = Object.create(null);
  /** Open maps, the innermost last. @type {{ indent: number, map: Record<string, any> }[]} */
  const open = [{ indent: -1, map: root }];
  /** The key whose value may follow on deeper lines. @type {{ map: Record<string, any>, key: string, indent: number } | null} */
  let pending = null;
  for (const line of lines) {
    const content = withoutComment(line).trimEnd();
    if (content.trim() === '' || content.trim() === '---') continue;
    const indent = content.length - content.trimStart().length;
    const item = /^\s*-\s+(.*)$/.exec(content);
    if (item && pending) {
      const list = (pending.map[pending.key] ??= []);
      if (!Array.isArray(list)) return null;
      list.push(readScalar(item[1] ?? ''));
      continue;
    }
    const pair = /^\s*([\w.-]+)\s*:(?:\s+(.*))?$/.exec(content);
    if (!pair) return null;
    if (pending && indent > pending.indent && pending.map[pending.key] === undefined) {
      const map = Object.create(null);
      pending.map[pending.key] = map;
      open.push({ indent: pending.indent, map });
    }
    while (open.length > 1 && indent <= (open.at(-1)?.indent ?? -1)) open.pop();
    const map = /** @type {{ map: Record<string, any> }} */ (open.at(-1)).map;
    const key = pair[1] ?? '';
    if (pair[2] === undefined || pair[2] === '') pending = { map, key, indent };
    else {
      map[key] = readScalar(pair[2]);
      pending = null;
    }
    if (pending) map[key] = undefined;
  }
  return root;
}

/** A # begins a comment at the start or after a space, but not between quotes. @param {string} line */
function withoutComment(line) {
  let quote = '';
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] ?? '';
    if (quote !== '') {
      if (char === '\\' && quote === '"') i += 1;
      else if (char === quote) quote = '';
    } else if (char === '#' && (i === 0 || /\s/.test(line[i - 1] ?? ''))) return line.slice(0, i);
    else if ((char === '"' || char === "'") && /[\s-]/.test(line[i - 1] ?? ' ')) quote = char;
  }
  return line;
}

/** @param {string} text */
function readScalar(text) {
  const bare = text.trim();
  const quoted = /^(["'])(.*)\1$/.exec(bare);
  if (quoted) return quoted[1] === '"' ? unquoted(bare) : quoted[2];
  if (/^(true|yes|on)$/i.test(bare)) return true;
  if (/^(false|off)$/i.test(bare)) return false;
  if (/^(null|~)$/i.test(bare)) return null;
  if (bare === '{}') return {};
  if (bare === '[]') return [];
  return /^-?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(bare) ? Number(bare) : bare;
}

/** @param {string} text in double quotes, with the escapes of JSON */
function unquoted(text) {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
