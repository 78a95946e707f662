// Every measured value against ours: what we get right, what not, and where each number was published.
// SPDX-License-Identifier: MIT
/** @import { Measurement, Order, Packed, Scope } from '../accuracy-data.js' */
import { css, html, nothing } from 'lit';
import { figures, isRate, kindOf, ordered, RATES, select, unpack } from '../accuracy-data.js';
import '../charts/scatter-plot.js';
import { LocalizedElement } from '../elements/localized-element.js';
import { fmt, t, tOr } from '../i18n/index.js';
import { pageSheets } from './page-styles.js';

const ROWS_AT_ONCE = 60;
const COLOURS = Object.freeze({ reference: '#4e79a7', training: '#f28e2b', serving: '#59a14f' });
/** @type {readonly Scope[]} */
const SCOPES = Object.freeze(['scored', 'unscored', 'all']);
/** @type {readonly Order[]} */
const ORDERS = Object.freeze(['error', 'measured', 'id']);

export class AccuracyPage extends LocalizedElement {
  static properties = {
    all: { state: true },
    group: { state: true },
    quantity: { state: true },
    scope: { state: true },
    order: { state: true },
    shown: { state: true },
    isFailed: { state: true },
  };

  static styles = [
    ...pageSheets,
    css`
      .figures { display: flex; flex-wrap: wrap; gap: 6px 34px; margin: 10px 0 0; }
      .figures div { min-width: 88px; }
      dt { color: var(--ink-2); font-size: 12.5px; }
      dd { margin: 0; font-size: 21px; font-weight: 650; letter-spacing: -.01em; }
      table { table-layout: fixed; }
      th.n { width: 116px; } th.error { width: 96px; } th.what { width: 24%; }
      td { overflow-wrap: anywhere; }
      td small { display: block; color: var(--ink-2); font-size: 12px; }
      a { color: var(--accent); text-underline-offset: 2px; }
      .more { display: flex; gap: 14px; align-items: center; padding: 10px 12px; border-top: 1px solid var(--line); color: var(--ink-2); }
      @media (max-width: 700px) { th.n, th.error { width: 78px; } th.what { width: 25%; } td, th { padding-left: 8px; padding-right: 8px; } td.n { white-space: normal; } }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly Measurement[] | null} */
    this.all = null;
    this.group = '';
    this.quantity = '';
    /** @type {Scope} */
    this.scope = 'scored';
    /** @type {Order} */
    this.order = 'error';
    this.shown = ROWS_AT_ONCE;
    this.isFailed = false;
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.all === null) void this.load();
  }

  async load() {
    try {
      const packed = await import('../data/accuracy.json');
      this.all = unpack(/** @type {Packed} */ (/** @type {unknown} */ (packed.default)));
    } catch (error) {
      this.isFailed = true;
      console.error(error);
    }
  }

  render() {
    const all = this.all;
    if (this.isFailed) return html`<main><p role="alert">${t('tab.failed', { name: t('tab.accuracy') })}</p></main>`;
    if (!all) return html`<main><p role="status">${t('more.loading')}</p></main>`;
    const chosen = select(all, this);
    const rows = ordered(chosen, this.order);
    return html`<main>
      <section class="panel card" aria-label=${t('tab.accuracy')}>
        <h1>${t('accuracy.title')}</h1>
        <p class="lead">${t('accuracy.lead')}</p>
        ${this.renderFilters(all)} ${this.renderFigures(chosen)}
      </section>
      ${this.renderPlot(chosen)} ${this.renderTable(rows)}
    </main>`;
  }

  /** @param {readonly Measurement[]} all */
  renderFilters(all) {
    const groups = [...new Set(all.map((one) => one.group))].sort();
    const inGroup = this.group === '' ? all : all.filter((one) => one.group === this.group);
    const quantities = [...new Set(inGroup.map((one) => one.quantity))];
    return html`<div class="fields">
      ${this.renderSelect('group', t('accuracy.group'), this.group, [
        ['', t('accuracy.every_group')],
        ...groups.map((name) => /** @type {[string, string]} */ ([name, name])),
      ])}
      ${this.renderSelect('quantity', t('accuracy.quantity'), this.quantity, [
        ...(quantities.every(isRate) ? [] : [/** @type {[string, string]} */ (['', t('accuracy.every_size')])]),
        ...(quantities.some(isRate)
          ? [/** @type {[string, string]} */ ([quantities.every(isRate) ? '' : RATES, t('accuracy.every_time')])]
          : []),
        ...quantities.map((name) => /** @type {[string, string]} */ ([name, tOr(`quantity.${name}`, name)])),
      ])}
      ${this.renderSelect(
        'scope',
        t('accuracy.scope'),
        this.scope,
        SCOPES.map((name) => [name, t(`accuracy.scope_${name}`)]),
      )}
      ${this.renderSelect(
        'order',
        t('accuracy.order'),
        this.order,
        ORDERS.map((name) => [name, t(`accuracy.order_${name}`)]),
      )}
    </div>`;
  }

  /** @param {'group' | 'quantity' | 'scope' | 'order'} name @param {string} label @param {string} value @param {[string, string][]} choices */
  renderSelect(name, label, value, choices) {
    return html`<label>${label}<select name=${name} @change=${(/** @type {Event} */ event) => this.choose(name, /** @type {HTMLSelectElement} */ (event.target).value)}>
      ${choices.map(([choice, text]) => html`<option value=${choice} .selected=${choice === value}>${text}</option>`)}</select></label>`;
  }

  /** @param {'group' | 'quantity' | 'scope' | 'order'} name @param {string} value */
  choose(name, value) {
    if (name === 'scope') this.scope = SCOPES.find((scope) => scope === value) ?? 'scored';
    else if (name === 'order') this.order = ORDERS.find((order) => order === value) ?? 'error';
    else this[name] = value;
    if (name === 'group') this.quantity = '';
    this.shown = ROWS_AT_ONCE;
  }

  /** @param {readonly Measurement[]} chosen */
  renderFigures(chosen) {
    const { count, median, p95, worst } = figures(chosen);
    const entries = [
      [t('accuracy.values'), fmt().count(chosen.length)],
      [t('accuracy.scored'), fmt().count(count)],
      [t('accuracy.median'), share(median)],
      [t('accuracy.p95'), share(p95)],
      [t('accuracy.worst'), share(worst)],
    ];
    return html`<dl class="figures num" aria-live="polite">${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
  }

  /** @param {readonly Measurement[]} chosen */
  renderPlot(chosen) {
    const drawn = chosen.filter((one) => one.ours !== null && one.ours > 0 && one.measured > 0 && !one.isBound);
    if (drawn.length === 0) return nothing;
    const write = (/** @type {number | null} */ value) =>
      amount(
        value,
        drawn.every((one) => isRate(one.quantity)),
      );
    const series = /** @type {const} */ (['reference', 'training', 'serving']).map((kind) => ({
      name: t(`accuracy.kind_${kind}`),
      colour: COLOURS[kind],
      points: drawn
        .filter((one) => kindOf(one.group) === kind)
        .map((one) => ({
          x: one.measured,
          y: /** @type {number} */ (one.ours),
          name: t('accuracy.point', {
            id: one.id,
            quantity: tOr(`quantity.${one.quantity}`, one.quantity),
            measured: write(one.measured),
            ours: write(one.ours),
          }),
        })),
    }));
    return html`<section class="panel card" aria-label=${t('accuracy.plot')}>
      <scatter-plot .series=${series.filter(({ points }) => points.length > 0)} .format=${write}
        .label=${t('accuracy.plot_label', { count: fmt().count(drawn.length) })} .xTitle=${t('accuracy.measured')} .yTitle=${t('accuracy.ours')} .hint=${t('accuracy.plot_hint')}></scatter-plot>
    </section>`;
  }

  /** @param {readonly Measurement[]} rows */
  renderTable(rows) {
    return html`<section class="panel" aria-label=${t('accuracy.table')}><table>
      <thead><tr><th scope="col">${t('accuracy.run')}</th><th scope="col" class="what">${t('accuracy.quantity')}</th><th scope="col" class="n">${t('accuracy.measured')}</th>
        <th scope="col" class="n">${t('accuracy.ours')}</th><th scope="col" class="n error">${t('accuracy.error')}</th></tr></thead>
      <tbody>${rows.slice(0, this.shown).map((one) => this.renderRow(one))}</tbody></table>
      <p class="more"><span>${t('accuracy.shown', { shown: fmt().count(Math.min(this.shown, rows.length)), count: fmt().count(rows.length) })}</span>
        ${rows.length > this.shown ? html`<button type="button" @click=${() => (this.shown += 4 * ROWS_AT_ONCE)}>${t('accuracy.show_more')}</button>` : nothing}</p>
    </section>`;
  }

  /** @param {Measurement} one */
  renderRow(one) {
    const name = one.source
      ? html`<a href=${one.source} rel="noreferrer" target="_blank">${one.id}</a>`
      : html`<span>${one.id}</span>`;
    const facts = [one.model, one.group, one.source ? null : t('accuracy.not_cited')].filter(Boolean).join(' · ');
    return html`<tr><td>${name}<small>${facts}</small></td><td>${tOr(`quantity.${one.quantity}`, one.quantity)}</td>
      <td class="n num">${amount(one.measured, isRate(one.quantity))}</td><td class="n num">${amount(one.ours, isRate(one.quantity))}</td>
      <td class="n num ${one.error === null ? '' : Math.abs(one.error) <= 0.05 ? 'ok' : Math.abs(one.error) <= 0.2 ? 'warn' : 'bad'}">${one.error === null ? '–' : signed(one.error)}</td></tr>
      ${one.reason ? html`<tr class="why"><td colspan="5"><small>${t('accuracy.why', { reason: one.reason })}</small></td></tr>` : nothing}`;
  }
}

/** @param {number | null} value @param {boolean} isSpeed */
function amount(value, isSpeed) {
  return isSpeed && value !== null
    ? `${fmt().plain(Number(value.toPrecision(3)))} ${t('cards.per_second_tokens')}`
    : fmt().bytes(value);
}

/** @param {number | undefined} value */
function share(value) {
  return value === undefined ? '–' : percent(value, 'auto');
}

/** @param {number} value */
function signed(value) {
  return percent(value, 'exceptZero');
}

/** Two digits where they matter, none where they do not. @param {number} value @param {'auto' | 'exceptZero'} signDisplay */
function percent(value, signDisplay) {
  const digits = Math.abs(value) < 0.1 ? 2 : Math.abs(value) < 1 ? 1 : 0;
  return new Intl.NumberFormat(fmt().locale, {
    style: 'percent',
    useGrouping: false,
    maximumFractionDigits: digits,
    minimumFractionDigits: 0,
    signDisplay,
  }).format(value);
}

customElements.define('accuracy-page', AccuracyPage);
