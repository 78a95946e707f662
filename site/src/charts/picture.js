// The memory bar and the step timeline as pictures that stand on their own: SVG text with its colours inside. Pure.
// SPDX-License-Identifier: MIT
/** @import { Result, TimelinePoint } from '../types.js' */
import { phaseLabels, stackPaths } from './stack.js';
import { inTermOrder } from '../terms.js';

const WIDTH = 960;
const INK = '#15191e';
const GREY = '#505a66';
const LINE = '#c4312b';
/** The colours of tokens.css: a picture has no style sheet. */
const TERM_HEX = Object.freeze(
  /** @type {Record<string, string>} */ ({
    weights: '#4e79a7',
    adapter_weights: '#86b0d6',
    gradients: '#b07aa1',
    optimizer_states: '#f28e2b',
    master_weights: '#ffbe7d',
    activations: '#59a14f',
    logits: '#a3cf8a',
    kv_cache: '#76b7b2',
    communication_buffers: '#edc948',
    engine_buffers: '#d7b5a6',
    framework_overhead: '#9c9ea5',
    fragmentation: '#c9c4bf',
  }),
);

/**
 * @typedef {{ title: string, term: (id: string) => string, phase: (id: string) => string, bytes: (bytes: number) => string, usable: string }} Words
 * @typedef {{ svg: string, width: number, height: number }} Picture
 */

/** @param {string} text */
const escape = (text) =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b-\u001f]/g, '');

/** @param {number} height @param {string} title @param {string} inner @returns {Picture} */
function frame(height, title, inner) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13"><rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="24" y="34" font-size="17" font-weight="600" fill="${INK}">${escape(title)}</text>${inner}</svg>`;
  return { svg, width: WIDTH, height };
}

/** @param {string} id */
const colour = (id) => TERM_HEX[id] ?? '#9c9ea5';

/** @param {readonly { id: string, bytes: number }[]} terms @param {Words} words @param {number} top */
function legend(terms, words, top) {
  return terms
    .map(({ id, bytes }, i) => {
      const x = 24 + (i % 4) * 228;
      const y = top + Math.floor(i / 4) * 24;
      return `<rect x="${x}" y="${y - 10}" width="11" height="11" rx="3" fill="${colour(id)}"/><text x="${x + 18}" y="${y}" fill="${INK}">${escape(words.term(id))} ${escape(words.bytes(bytes))}</text>`;
    })
    .join('');
}

/** @param {Result} result @param {Words} words */
export function memoryPicture(result, words) {
  const memory = result.memory;
  const terms = inTermOrder(memory?.terms ?? []);
  const total = memory?.total_bytes ?? 0;
  const usable = memory?.usable_bytes ?? 0;
  const scale = (WIDTH - 48) / (Math.max(total, usable) || 1);
  let x = 24;
  const parts = terms.map(({ id, bytes }) => {
    const part = `<rect x="${x.toFixed(2)}" y="56" width="${(bytes * scale).toFixed(2)}" height="44" fill="${colour(id)}"/>`;
    x += bytes * scale;
    return part;
  });
  const limit = usable > 0 ? 24 + usable * scale : 0;
  const mark =
    usable > 0
      ? `<line x1="${limit.toFixed(2)}" x2="${limit.toFixed(2)}" y1="50" y2="108" stroke="${LINE}" stroke-width="2"/><text x="${WIDTH - 24}" y="124" text-anchor="end" fill="${GREY}">${escape(words.usable)}</text>`
      : '';
  const rows = Math.ceil(terms.length / 4);
  return frame(
    170 + rows * 24,
    words.title,
    `<rect x="24" y="56" width="${WIDTH - 48}" height="44" fill="#eef0f3"/>${parts.join('')}${mark}<text x="24" y="124" font-weight="600" fill="${INK}">${escape(words.bytes(total))}</text>${legend(terms, words, 158)}`,
  );
}

/** @param {Result} result @param {Words} words */
export function timelinePicture(result, words) {
  const points = /** @type {readonly TimelinePoint[]} */ (result.memory?.timeline ?? []);
  const sum = (/** @type {TimelinePoint} */ point) =>
    Object.values(point.terms).reduce((/** @type {number} */ all, bytes) => all + (bytes ?? 0), 0);
  const peak = Math.max(0, ...points.map(sum));
  const usable = result.memory?.usable_bytes ?? 0;
  const scale = Math.max(peak, usable) * 1.02 || 1;
  const [left, top, width, height] = [24, 56, WIDTH - 48, 260];
  const paths = stackPaths(points, scale).map(({ id, d }) => `<path d="${d}" fill="${colour(id)}"/>`);
  const y = top + height * (1 - usable / scale);
  const mark =
    usable > 0
      ? `<line x1="${left}" x2="${left + width}" y1="${y.toFixed(2)}" y2="${y.toFixed(2)}" stroke="${LINE}" stroke-dasharray="6 4"/><text x="${left + 4}" y="${(y - 5).toFixed(2)}" fill="${GREY}">${escape(words.usable)}</text>`
      : '';
  const labels = phaseLabels(points).map(
    ({ phase, at }) =>
      `<text x="${(left + width * at).toFixed(1)}" y="${top + height + 20}" text-anchor="${at < 0.08 ? 'start' : at > 0.92 ? 'end' : 'middle'}" fill="${GREY}">${escape(words.phase(phase))}</text>`,
  );
  const terms = inTermOrder(result.memory?.terms ?? []);
  const rows = Math.ceil(terms.length / 4);
  return frame(
    400 + rows * 24,
    words.title,
    `<svg x="${left}" y="${top}" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none"><rect width="100" height="100" fill="#f6f7f9"/>${paths.join('')}</svg>${mark}${labels.join('')}${legend(terms, words, top + height + 58)}`,
  );
}
