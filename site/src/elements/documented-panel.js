// The widely quoted closed formula beside ours: both totals, its parts, and in one sentence why they differ.
// SPDX-License-Identifier: MIT
/** @import { Documented, Memory } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles, panelStyles } from './shared-styles.js';

export class DocumentedPanel extends LocalizedElement {
  static properties = { documented: { attribute: false }, memory: { attribute: false } };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      .line { display: grid; grid-template-columns: 150px 1fr 92px; gap: 12px; align-items: center; padding: 3px 0; }
      .line b { font-weight: 500; text-align: right; white-space: nowrap; }
      .bar { height: 9px; border-radius: 4px; background: var(--sunken); overflow: hidden; }
      .bar i { display: block; width: var(--w); height: 100%; background: var(--c); }
      p { margin: 8px 0 0; color: var(--ink-2); }
      details { margin-top: 8px; color: var(--ink-2); font-size: 13px; }
      summary { cursor: pointer; }
      dl { display: grid; grid-template-columns: 1fr auto; gap: 3px 12px; margin: 8px 0 0; max-width: 420px; }
      dd { margin: 0; text-align: right; }
      @media (max-width: 700px) { .line { grid-template-columns: 96px 1fr 74px; gap: 8px; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Documented | null} */
    this.documented = null;
    /** @type {Memory | null} */
    this.memory = null;
  }

  render() {
    const { documented, memory } = this;
    if (!documented || !memory) return nothing;
    const most = Math.max(documented.total_bytes, memory.total_bytes) || 1;
    const line = (/** @type {string} */ name, /** @type {number} */ bytes, /** @type {string} */ colour) =>
      html`<div class="line num"><span>${name}</span><div class="bar"><i ${setProps({ '--w': `${((100 * bytes) / most).toFixed(2)}%`, '--c': colour })}></i></div><b>${fmt().gib(bytes)} GiB</b></div>`;
    return html`<section class="panel card" aria-label=${t('documented.title')}><h2>${t('documented.title')} <small>${t('documented.note')}</small></h2>
      ${line(t('documented.ours'), memory.total_bytes, 'var(--accent)')}${line(t('documented.theirs'), documented.total_bytes, 'var(--ink-3)')}
      ${documented.why ? html`<p class="num">${documented.why}</p>` : nothing}
      <details><summary>${t('documented.parts')}</summary><dl class="num">${documented.rows.map(({ id, bytes }) => html`<dt>${tOr(`documented.row_${id}`, id.replaceAll('_', ' '))}</dt><dd>${fmt().gib(bytes)} GiB</dd>`)}</dl></details>
    </section>`;
  }
}

customElements.define('documented-panel', DocumentedPanel);
