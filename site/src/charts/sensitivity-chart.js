// Which controls matter: for each, how far half and twice its value move the memory, the strongest first.
// SPDX-License-Identifier: MIT
/** @import { Engine, Values } from '../types.js' */
import { css, html, nothing } from 'lit';
import { LocalizedElement } from '../elements/localized-element.js';
import { setProps } from '../elements/set-props.js';
import { baseStyles, panelStyles } from '../elements/shared-styles.js';
import { fmt, t, tOr } from '../i18n/index.js';
import { shownValue, toScenario } from '../scenario.js';
import { whenIdle } from '../schedule.js';
import { sensitivity } from './sensitivity.js';

const MOST_ROWS = 8;

export class SensitivityChart extends LocalizedElement {
  static properties = {
    engine: { attribute: false },
    values: { attribute: false },
    paths: { attribute: false },
    sways: { state: true },
  };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      .row { display: grid; grid-template-columns: 170px 84px 1fr 84px; gap: 10px; align-items: center; padding: 4px 0; }
      .row button { min-width: 0; justify-content: flex-start; }
      .value { color: var(--ink-2); font-size: 12.5px; white-space: nowrap; }
      .value:first-of-type { text-align: right; }
      .plot { position: relative; height: 14px; border-radius: 4px; background: var(--sunken); overflow: hidden; }
      .plot::before { content: ''; position: absolute; left: 50%; top: 0; bottom: 0; width: 1px; background: var(--line-strong); }
      .plot i { position: absolute; top: 2px; bottom: 2px; left: var(--x); width: var(--w); border-radius: 3px; background: var(--c); }
      p { margin: 8px 0 0; color: var(--ink-2); font-size: 12.5px; }
      @media (max-width: 700px) { .row { grid-template-columns: 1fr 62px 1.1fr 62px; gap: 6px; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {Values} */
    this.values = {};
    /** Sliders that the page shows. @type {readonly string[]} */
    this.paths = [];
    /** @type {readonly import('./sensitivity.js').Sway[]} */
    this.sways = [];
    this.isWaiting = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!['values', 'paths', 'engine'].some((name) => changed.has(name)) || this.isWaiting) return;
    this.isWaiting = true;
    whenIdle(() => {
      this.isWaiting = false;
      this.sways = this.compute();
    });
  }

  compute() {
    const { engine, values } = this;
    if (!engine) return [];
    const scenario = toScenario(values);
    const result = engine.estimate(scenario);
    const total = result.memory?.total_bytes ?? 0;
    if (total <= 0) return [];
    const controls = engine.fields
      .filter((field) => this.paths.includes(field.path))
      .map((field) => ({ field, value: Number(shownValue(values, result, field) ?? NaN) }))
      .filter(({ value }) => value > 0);
    const sways = sensitivity(controls, total, (field, asked) => engine.sweep({ scenario, field, values: asked }));
    return sways.slice(0, MOST_ROWS);
  }

  render() {
    const { sways } = this;
    if (sways.length === 0) return nothing;
    const most = Math.max(...sways.flatMap(({ lower, upper }) => [Math.abs(lower), Math.abs(upper)]));
    return html`<section class="panel card" aria-label=${t('sensitivity.title')}><h2>${t('sensitivity.title')} <small>${t('sensitivity.note')}</small></h2>
      ${sways.map((sway) => this.renderRow(sway, most))}</section>`;
  }

  /** @param {import('./sensitivity.js').Sway} sway @param {number} most */
  renderRow({ path, lower, upper, lowerValue, upperValue }, most) {
    const name = tOr(`field.${path}`, path);
    const signed = (/** @type {number} */ bytes) =>
      bytes === 0 ? '0' : `${bytes < 0 ? '−' : '+'}${fmt().gibShort(Math.abs(bytes))} GiB`;
    const bar = (/** @type {number} */ bytes) => {
      const width = (50 * Math.abs(bytes)) / most;
      const at = bytes < 0 ? 50 - width : 50;
      return html`<i ${setProps({ '--x': `${at.toFixed(2)}%`, '--w': `${width.toFixed(2)}%`, '--c': bytes < 0 ? 'var(--ok-track)' : 'var(--bad-track)' })}></i>`;
    };
    const [less, more] = [signed(lower), signed(upper)];
    const title = t('sensitivity.row', {
      name,
      low: fmt().plain(lowerValue),
      less,
      high: fmt().plain(upperValue),
      more,
    });
    return html`<div class="row num" title=${title}><button type="button" class="link" @click=${() => this.jump(path)}>${name}</button>
      <span class="value">${less}</span><div class="plot" role="img" aria-label=${title}>${bar(lower)}${bar(upper)}</div><span class="value">${more}</span></div>`;
  }

  /** @param {string} path */
  jump(path) {
    this.dispatchEvent(new CustomEvent('field-jump', { bubbles: true, composed: true, detail: { path } }));
  }
}

customElements.define('sensitivity-chart', SensitivityChart);
