// The answer as text to keep: scenario JSON, a Markdown report, terms as CSV. Pure.
// SPDX-License-Identifier: MIT
/** @import { Result } from '../types.js' */
import { inTermOrder } from '../terms.js';

const GIB = 2 ** 30;

/** @typedef {(key: string, fallback: string) => string} Words the reader's words for a key of the engine */

/** @param {Result} result */
export function scenarioJson(result) {
  return `${JSON.stringify(result.scenario ?? {}, null, 2)}\n`;
}

/** A cell that a table program reads as text, never as a formula. @param {string | number} value */
export function csvCell(value) {
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {Result} result */
export function termsCsv(result) {
  const terms = inTermOrder(result.memory?.terms ?? []);
  const rows = [
    ['term', 'bytes', 'gib', 'grade', 'formula', 'source'],
    ...terms.map((term) => [
      term.id,
      term.bytes,
      Number((term.bytes / GIB).toFixed(4)),
      term.grade ?? '',
      term.formula,
      term.source ?? '',
    ]),
    [
      'total',
      result.memory?.total_bytes ?? 0,
      Number(((result.memory?.total_bytes ?? 0) / GIB).toFixed(4)),
      '',
      '',
      '',
    ],
  ];
  return `${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** Text inside a Markdown table. @param {string} text */
const cell = (text) =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

/**
 * @param {Result} result @param {{ title: string, link: string, version: string }} about @param {Words} words
 */
export function markdownReport(result, { title, link, version }, words) {
  const memory = result.memory;
  if (!memory) return '';
  const gib = (/** @type {number} */ bytes) => (bytes / GIB).toFixed(2);
  const lines = [`# ${cell(title)}`, ''];
  lines.push(
    `**${gib(memory.total_bytes)} GiB**${memory.usable_bytes ? ` / ${gib(memory.usable_bytes)} GiB (${((100 * memory.total_bytes) / memory.usable_bytes).toFixed(0)} %)` : ''}`,
    '',
  );
  if (memory.low_bytes && memory.high_bytes)
    lines.push(`${words('report.band', 'Band')}: ${gib(memory.low_bytes)} – ${gib(memory.high_bytes)} GiB`, '');
  lines.push(
    `| ${words('breakdown.component', 'Component')} | GiB | ${words('breakdown.evidence', 'Evidence')} | ${words('breakdown.why', 'Why this much')} |`,
    '|---|--:|:-:|---|',
    ...inTermOrder(memory.terms).map(
      (term) =>
        `| ${words(`term.${term.id}`, term.id)} | ${gib(term.bytes)} | ${term.grade ?? ''} | ${cell(term.formula)} |`,
    ),
    `| ${words('breakdown.total', 'Total')} | ${gib(memory.total_bytes)} | | |`,
    '',
  );
  const issues = result.issues ?? [];
  if (issues.length > 0)
    lines.push(`## ${words('checks.title', 'Checks')}`, '', ...issues.map((issue) => `- ${cell(issue.message)}`), '');
  lines.push(
    `## ${words('controls.region', 'Scenario')}`,
    '',
    '```json',
    JSON.stringify(result.scenario, null, 2),
    '```',
    '',
  );
  lines.push(`<${link}>`, '', `VRAM calculator ${version}`, '');
  return lines.join('\n');
}
