// Writes the API reference from the comments of the public headers and of the package's types.
// Usage: node scripts/api-reference.mjs [file], build/api.md if not said
// SPDX-License-Identifier: MIT
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectVersion } from './version.mjs';

const kRoot = fileURLToPath(new URL('..', import.meta.url));
const kHeaders = join(kRoot, 'core/include/vram');

/** The sentences at the head of a file, without the licence line. @param {string} text */
function purpose(text) {
  const lines = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('//')) break;
    if (!line.includes('SPDX-License-Identifier')) lines.push(line.replace(/^\/\/ ?/, ''));
  }
  return lines.join(' ');
}

/**
 * Declarations with the comment before them. A declaration goes on until its braces and its sentence are closed.
 * @param {string} text @param {RegExp} begins what a declaration starts with @param {(line: string) => string | null} comment
 */
function declarations(text, begins, comment) {
  const found = [];
  /** @type {string[]} */
  let said = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const words = comment(line);
    if (words !== null) {
      said.push(words);
      continue;
    }
    if (begins.test(line)) {
      const code = [line];
      const depth = () =>
        [...code.join('\n')].reduce(
          (sum, letter) => sum + (letter === '{' || letter === '(' ? 1 : letter === '}' || letter === ')' ? -1 : 0),
          0,
        );
      while ((depth() > 0 || !/[;}]\s*(\/\/.*)?$/.test(code.at(-1) ?? '')) && at + 1 < lines.length && code.length < 80)
        code.push(lines[(at += 1)] ?? '');
      found.push({ said: said.join(' ').trim(), code: code.join('\n') });
    }
    said = [];
  }
  return found;
}

function headers() {
  const parts = [];
  for (const name of readdirSync(kHeaders)
    .filter((file) => /\.h(\.in)?$/.test(file))
    .sort()) {
    const text = readFileSync(join(kHeaders, name), 'utf8');
    const rows = declarations(
      text,
      /^(\[\[nodiscard\]\]|struct |class |enum class |inline constexpr |constexpr |using |[\w:<>]+ [\w]+\()/,
      (line) => /^\/\/\/ ?(.*)/.exec(line)?.[1] ?? null,
    );
    if (rows.length > 0)
      parts.push({ name: `vram/${name.replace(/\.in$/, '')}`, about: purpose(text), rows, language: 'cpp' });
  }
  return parts;
}

function types() {
  const text = readFileSync(join(kRoot, 'wasm/vram.d.ts'), 'utf8');
  const rows = declarations(text, /^export /, (line) => /^\/\*\* ?(.*?) ?\*\/$/.exec(line)?.[1] ?? null);
  return [{ name: 'vram-calculator', about: purpose(text), rows, language: 'ts' }];
}

export function reference() {
  const write = (/** @type {ReturnType<typeof headers>[number]} */ { name, about, rows, language }) =>
    `### ${name}\n\n${about}\n\n${rows.map(({ said, code }) => `${said ? `${said}\n\n` : ''}\`\`\`${language}\n${code}\n\`\`\`\n`).join('\n')}`;
  return `# API of vram-calculator ${projectVersion()}\n\nMade by scripts/api-reference.mjs. JSON requests and results: docs/interface.md.\n\n## JavaScript\n\n${types().map(write).join('\n')}\n## C++\n\n${headers().map(write).join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? join(kRoot, 'build/api.md');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, reference());
}
