// What comes after the first result: charts, cards, costs. A chunk of its own, asked for when the first number is painted.
// SPDX-License-Identifier: MIT
/** @import { Engine, Result, Values } from '../types.js' */
import { html, nothing } from 'lit';
import { backgroundOf } from '../background.js';
import '../charts/sensitivity-chart.js';
import '../charts/what-if-chart.js';
import { currentLanguage } from '../i18n/index.js';
import { toScenario } from '../scenario.js';
import { debounce } from '../schedule.js';
import './cost-panel.js';
import './documented-panel.js';
import { LocalizedElement } from './localized-element.js';
import './recommendation-table.js';
import './serving-facts.js';
import './suggestion-list.js'; // drawn by scenario-results, which knows the place

/** The long questions are asked once a change has stood this long. */
const REST_MS = 120;
/** The same list each time, so that nothing is drawn again. @type {readonly never[]} */
const NONE = Object.freeze([]);

export class DeepResults extends LocalizedElement {
  static properties = {
    engine: { attribute: false },
    values: { attribute: false },
    result: { attribute: false },
    sliders: { attribute: false },
    cards: { state: true },
    vendor: { state: true },
  };

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** The committed values: nothing here is worked out while something is dragged. @type {Values} */
    this.values = {};
    /** @type {Result | null} */
    this.result = null;
    /** @type {readonly string[]} */
    this.sliders = [];
    /** @type {import('../types.js').Recommendations | null} */
    this.cards = null;
    /** Whose cards are asked for; null until somebody chooses: the maker of the scenario's card. @type {string | null} */
    this.vendor = null;
    /** The result of the committed values: charts stand still while something is dragged. @type {Result | null} */
    this.settled = null;
    this.asked = '';
    this.ask = debounce(() => void this.askNow(), REST_MS);
  }

  /** Laid out by the document's own style sheet. */
  createRenderRoot() {
    return this;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('values') || !this.settled) this.settled = this.result;
    const key = `${currentLanguage()} ${JSON.stringify(this.values)}`;
    if (this.engine && (changed.has('values') || key !== this.asked)) {
      this.asked = key;
      this.ask();
    }
  }

  async askNow() {
    if (!this.engine) return;
    const scenario = { ...toScenario(this.values), language: currentLanguage() };
    const background = backgroundOf(this.engine);
    const advice = background.ask('advice', 'advise', { scenario });
    const vendor = this.listedVendor();
    const cards = background.ask('cards', 'recommend', vendor ? { scenario, vendor } : { scenario });
    if (await advice) this.dispatchEvent(new CustomEvent('advice', { detail: await advice }));
    if (await cards) this.cards = await cards;
  }

  /** Whoever has a card of one maker has the software for it. */
  listedVendor() {
    if (this.vendor !== null) return this.vendor;
    const chosen = /** @type {{ gpu?: string } | undefined} */ (this.result?.scenario?.['hardware'])?.gpu;
    return this.engine?.gpus.find((gpu) => gpu.id === chosen)?.vendor ?? '';
  }

  render() {
    const { engine, result } = this;
    if (!engine || !result?.memory) return nothing;
    const hardware = /** @type {{ gpu?: string, gpus?: number } | undefined} */ (this.settled?.scenario?.['hardware']);
    return html`
      ${result.memory.inference ? html`<serving-facts .memory=${result.memory} .speed=${result.speed ?? null}></serving-facts>` : nothing}
      <what-if-chart .engine=${engine} .values=${this.values} .result=${this.settled} .paths=${this.sliders}></what-if-chart>
      <sensitivity-chart .engine=${engine} .values=${this.values} .paths=${this.sliders}></sensitivity-chart>
      ${this.cards?.recommendations ? html`<recommendation-table .rows=${this.cards.recommendations} .leftOut=${this.cards.left_out ?? NONE} .gpus=${engine.gpus} .unit=${result.speed?.unit ?? 'tokens'} .chosen=${hardware?.gpu ?? ''} .chosenCount=${hardware?.gpus ?? 1} .vendor=${this.listedVendor()} @choose-vendor=${(/** @type {CustomEvent<{ vendor: string }>} */ event) => ((this.vendor = event.detail.vendor), void this.askNow())}></recommendation-table>` : nothing}
      ${result.documented ? html`<documented-panel .documented=${result.documented} .memory=${result.memory}></documented-panel>` : nothing}
      ${result.cost ? html`<cost-panel .cost=${result.cost} .speed=${result.speed ?? null}></cost-panel>` : nothing}`;
  }
}

customElements.define('deep-results', DeepResults);
