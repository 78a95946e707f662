// What the run costs: rented by the hour, owned over the years, and after how many hours buying is cheaper.
// SPDX-License-Identifier: MIT
/** @import { Cost, Speed } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles, panelStyles, tableStyles } from './shared-styles.js';

export class CostPanel extends LocalizedElement {
  static properties = { cost: { attribute: false }, speed: { attribute: false } };

  static styles = [
    baseStyles,
    panelStyles,
    tableStyles,
    css`
      :host { contain: layout style; }
      .ways { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(250px, 100%), 1fr)); gap: 4px 32px; }
      h3 { margin: 6px 0 2px; font-size: 12.5px; font-weight: 500; color: var(--ink-2); }
      dl { display: grid; grid-template-columns: 1fr auto; gap: 3px 12px; margin: 0; }
      dt { color: var(--ink-2); }
      dd { margin: 0; font-weight: 500; text-align: right; }
      p { margin: 10px 0 0; color: var(--ink-2); font-size: 13px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Cost | null} */
    this.cost = null;
    /** @type {Speed | null} */
    this.speed = null;
  }

  render() {
    const cost = this.cost;
    const hasPrice = cost && (cost.usd_per_hour !== undefined || cost.buy);
    if (!hasPrice) return nothing;
    return html`<section class="panel card" aria-label=${t('cost.title')}><h2>${t('cost.title')}</h2>
      <div class="ways num">${cost.usd_per_hour === undefined ? nothing : this.renderRent(cost)}${cost.buy ? this.renderBuy(cost.buy) : nothing}${this.renderEnergy()}</div>
      <p class="num">${this.notes(cost).join(t('sentence.join'))}</p></section>`;
  }

  /** Amounts that are known. @param {ReadonlyArray<readonly [string, string | null]>} lines */
  renderLines(lines) {
    return html`<dl>${lines.map(([name, value]) => (value === null ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>`;
  }

  /** @param {Cost} cost */
  renderRent(cost) {
    return html`<div><h3>${t('cost.rent')}</h3>${this.renderLines([
      [t('cost.per_hour'), fmt().usd(cost.usd_per_hour)],
      [t(`cost.per_million_${this.speed?.unit ?? 'tokens'}`), amount(cost.usd_per_million_tokens)],
      [t('cost.whole_run'), amount(cost.usd_total)],
    ])}</div>`;
  }

  /** @param {NonNullable<Cost['buy']>} buy */
  renderBuy(buy) {
    return html`<div><h3>${t('cost.buy')}</h3>${this.renderLines([
      [t('cost.price'), fmt().usd(buy.usd)],
      [t('cost.per_hour_owned'), fmt().usd(buy.usd_per_hour)],
      [t('cost.whole_run'), amount(buy.usd_total)],
      [t('cost.break_even'), buy.break_even_hours === undefined ? null : fmt().duration(buy.break_even_hours * 3600)],
    ])}</div>`;
  }

  renderEnergy() {
    const speed = this.speed;
    if (!speed?.watts) return nothing;
    return html`<div><h3>${t('cost.energy')}</h3>${this.renderLines([
      [t('cost.power'), t('cost.watts', { watts: fmt().count(speed.watts) })],
      [t('cost.run_time'), speed.run_seconds === undefined ? null : fmt().duration(speed.run_seconds)],
      [
        t('cost.run_energy'),
        speed.run_kwh === undefined ? null : t('cost.kwh', { kwh: fmt().plain(Number(speed.run_kwh.toPrecision(3))) }),
      ],
    ])}</div>`;
  }

  /** Where the prices come from, and what owning assumes. @param {Cost} cost */
  notes(cost) {
    const { buy } = cost;
    const isLaunch = buy?.as_of === 'launch';
    return [
      cost.as_of ? t('cost.rent_as_of', { date: cost.as_of }) : '',
      buy ? (isLaunch ? t('cost.buy_at_launch') : t('cost.buy_as_of', { date: buy.as_of })) : '',
      buy
        ? t('cost.owning', {
            years: fmt().plain(buy.years),
            use: fmt().percent(buy.use),
            price: fmt().usd(buy.usd_per_kwh),
          })
        : '',
      t('cost.yuan', { rate: fmt().plain(cost.cny_per_usd), date: cost.cny_as_of }),
    ].filter(Boolean);
  }
}

/** @param {number | undefined} usd */
function amount(usd) {
  return usd === undefined ? null : fmt().usd(usd);
}

customElements.define('cost-panel', CostPanel);
