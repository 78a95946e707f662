// What the engine says of the KV cache when it serves: bytes a token, the pool, how many sequences and how long they may be.
// SPDX-License-Identifier: MIT
/** @import { Memory } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles, panelStyles } from './shared-styles.js';

export class ServingFacts extends LocalizedElement {
  static properties = { memory: { attribute: false }, speed: { attribute: false } };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(168px, 100%), 1fr)); gap: 12px 20px; margin: 0; }
      dt { color: var(--ink-2); font-size: 12.5px; }
      dd { margin: 0; font-size: 17px; font-weight: 600; letter-spacing: -.01em; }
    `,
  ];

  constructor() {
    super();
    /** @type {Memory | null} */
    this.memory = null;
    /** @type {import('../types.js').Speed | null} */
    this.speed = null;
  }

  /** Names and values of what is known. @returns {ReadonlyArray<readonly [string, string]>} */
  facts() {
    const facts = this.memory?.inference ?? {};
    const speed = this.speed;
    const seconds = speed?.time_to_first_token_seconds;
    /** @type {ReadonlyArray<readonly [string, number | undefined, (value: number) => string]>} */
    const all = [
      ['bytes_per_token', facts.kv_bytes_per_token, fmt().bytes],
      ['request', facts.kv_request_bytes, fmt().bytes],
      ['pool', facts.kv_pool_bytes, fmt().bytes],
      ['pool_tokens', facts.kv_pool_tokens, fmt().count],
      ['concurrency', facts.max_concurrency, (value) => `${fmt().plain(Math.floor(value * 10) / 10)}×`],
      ['longest', facts.max_context_length, fmt().count],
      ['activation_peak', facts.activation_peak_bytes, fmt().bytes],
      ['load_peak', facts.load_peak_bytes, fmt().bytes],
      ['host', facts.host_bytes, fmt().bytes],
      ['first_token', seconds, (value) => shortTime(value)],
      ['prefill', speed?.prefill_tokens_per_second, (value) => fmt().count(Number(value.toPrecision(2)))],
    ];
    return all.flatMap(([name, value, show]) =>
      value === undefined || value <= 0 ? [] : [/** @type {const} */ ([t(`serving.${name}`), show(value)])],
    );
  }

  render() {
    const facts = this.facts();
    if (facts.length === 0) return nothing;
    return html`<section class="panel card" aria-label=${t('serving.title')}><h2>${t('serving.title')}</h2>
      <dl class="num">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`;
  }
}

/** Milliseconds below a second. @param {number} seconds */
function shortTime(seconds) {
  return seconds < 1
    ? t('serving.ms', { ms: fmt().count(Number((1000 * seconds).toPrecision(2))) })
    : fmt().duration(Number(seconds.toPrecision(2)));
}

customElements.define('serving-facts', ServingFacts);
