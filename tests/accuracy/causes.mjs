// Every scored value that is far off has a named cause, and every cause a value: causes.json, checked here and written into docs/accuracy.md.
// SPDX-License-Identifier: MIT
import { percent } from './score.mjs';

/** Beyond this share of the measured value a row is explained. */
export const kExplainedBeyond = 0.1;

export const kCausesBegin = '<!-- causes:begin -->';
export const kCausesEnd = '<!-- causes:end -->';

const isFar = (check) => check.error !== undefined && Math.abs(check.error) > kExplainedBeyond;

/** Values without a cause, causes without a value and rows that two causes claim, as sentences. */
export function unexplained(checks, causes) {
  const far = checks.filter(isFar);
  const causeOf = new Map();
  const found = [];
  for (const cause of causes) {
    for (const id of cause.rows) {
      if (causeOf.has(id)) found.push(`${id}: explained by "${causeOf.get(id).where}" and "${cause.where}"`);
      causeOf.set(id, cause);
      if (!far.some((check) => check.id === id)) found.push(`${id}: no longer worse than ${kExplainedBeyond * 100} %, strike it from "${cause.where}"`);
    }
    for (const part of ['where', 'cause', 'next']) {
      if (!cause[part]) found.push(`"${cause.where}" has no ${part}`);
    }
  }
  for (const check of far) {
    if (!causeOf.has(check.id)) found.push(`${check.id} (${check.metric}, ${percent(check.error)} %): worse than ${kExplainedBeyond * 100} % and without a cause`);
  }
  return found;
}

/** The causes as a table: values, the range of their errors, why, and what is next. */
function causesTable(checks, causes) {
  const signed = (error) => `${error > 0 ? '+' : '−'}${Math.abs(error * 100).toFixed(0)}`;
  const lines = causes.map((cause) => {
    const errors = checks.filter((check) => isFar(check) && cause.rows.includes(check.id)).map((check) => check.error).sort((a, b) => a - b);
    const range = errors.length === 0 ? '–' : [...new Set([errors[0], errors.at(-1)].map(signed))].join(' to ');
    return `| ${cause.where} | ${errors.length} | ${range} % | ${cause.cause} | ${cause.next} |`;
  });
  return ['| where | values | off by | cause | next |', '|---|--:|---|---|---|', ...lines].join('\n');
}

export function causesBlock(checks, causes) {
  return [kCausesBegin, causesTable(checks, causes), kCausesEnd].join('\n');
}
