// Small tools and rules of thumb: sizes, words, speeds, ways to quantize, storage. Everything live as it is typed.
// SPDX-License-Identifier: MIT
import { css, html } from 'lit';
import { LocalizedElement } from '../elements/localized-element.js';
import {
  chooseQuantization,
  datasetBytes,
  DEVICE_GIB,
  largestModel,
  QUANTIZATION_WAYS,
  SIZE_CLASSES,
  sizeClass,
  SPEED_CLASSES,
  speedClass,
  storage,
  TOKENS_PER_WORD,
  weightBytes,
} from '../guide-data.js';
import { fmt, t } from '../i18n/index.js';
import { parseQuantity } from '../quantity.js';
import { pageSheets } from './page-styles.js';

const MAX_TEXT = 200_000;
/** @typedef {'parameters' | 'memory' | 'words' | 'speed' | 'reply' | 'tokens'} NumberName */

export class GuidePage extends LocalizedElement {
  static properties = {
    numbers: { state: true },
    text: { state: true },
    exact: { state: true },
    bits: { state: true },
    hasText: { state: true },
    canTrain: { state: true },
  };

  static styles = [
    ...pageSheets,
    css`
      .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 16px; align-items: start; }
      .card { min-width: 0; }
      h2 { margin: 0; }
      .answer { margin: 12px 0; }
      .answer strong { font-size: 17px; letter-spacing: -.01em; }
      .answer p { margin: 2px 0 0; color: var(--ink-2); }
      .scroll { overflow-x: auto; margin: 10px -16px -14px; border-top: 1px solid var(--line); }
      td, th { padding: 7px 16px; }
      tr[aria-current='true'] td { background: color-mix(in srgb, var(--accent) 10%, transparent); font-weight: 600; }
      .check { display: flex; gap: 8px; align-items: center; font-size: 14px; color: var(--ink); }
      .check input { width: 18px; min-height: 18px; height: 18px; }
      .fields { grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); }
      @media (max-width: 1000px) { .cards { gap: 12px; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Readonly<Record<NumberName, number>>} */
    this.numbers = Object.freeze({ parameters: 8e9, memory: 24, words: 1000, speed: 30, reply: 500, tokens: 1e7 });
    this.text = '';
    /** Tokens of the text, or why they are not known. @type {number | 'loading' | 'failed' | null} */
    this.exact = null;
    this.bits = 4;
    this.hasText = true;
    this.canTrain = false;
  }

  render() {
    return html`<main>
      <section class="panel card" aria-label=${t('tab.guide')}><h1>${t('guide.title')}</h1><p class="lead">${t('guide.lead')}</p></section>
      <div class="cards">${this.renderSizes()}${this.renderDevices()}${this.renderWords()}${this.renderSpeed()}${this.renderQuantization()}${this.renderStorage()}</div>
    </main>`;
  }

  /** @param {NumberName} name @param {string} label */
  renderNumber(name, label) {
    return html`<label>${label}<input type="text" name=${name} autocomplete="off" .value=${fmt().plain(this.numbers[name])} @change=${(/** @type {Event} */ event) => this.onNumber(name, event)}></label>`;
  }

  /** What is no quantity is put back as it was. @param {NumberName} name @param {Event} event */
  onNumber(name, event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const value = parseQuantity(input.value);
    if (value !== null && value > 0 && value <= 1e18) this.numbers = Object.freeze({ ...this.numbers, [name]: value });
    input.value = fmt().plain(this.numbers[name]);
  }

  renderSizes() {
    const { parameters } = this.numbers;
    const own = sizeClass(parameters);
    return html`<section class="panel card" aria-label=${t('guide.sizes')}><h2>${t('guide.sizes')}</h2>
      <div class="fields">${this.renderNumber('parameters', t('guide.parameters'))}</div>
      <div class="answer" aria-live="polite"><strong>${t(`guide.size_${own}`)}</strong><p class="num">${t('guide.weights', { bf16: fmt().bytes(weightBytes(parameters, 'bf16')), int8: fmt().bytes(weightBytes(parameters, 'int8')), int4: fmt().bytes(weightBytes(parameters, 'int4')) })}</p></div>
      <div class="scroll"><table><thead><tr><th scope="col">${t('guide.class')}</th><th scope="col">${t('guide.use')}</th></tr></thead>
        <tbody>${SIZE_CLASSES.map(({ id }) => html`<tr aria-current=${id === own ? 'true' : 'false'}><td>${t(`guide.size_${id}`)}</td><td>${t(`guide.size_use_${id}`)}</td></tr>`)}</tbody></table></div></section>`;
  }

  renderDevices() {
    const { memory } = this.numbers;
    const line = (/** @type {number} */ gib) =>
      /** @type {const} */ (['bf16', 'int8', 'int4']).map(
        (packing) => html`<td class="n num">${fmt().size(Number(largestModel(gib, packing).toPrecision(2)))}</td>`,
      );
    return html`<section class="panel card" aria-label=${t('guide.devices')}><h2>${t('guide.devices')}</h2>
      <div class="fields">${this.renderNumber('memory', t('guide.memory'))}</div>
      <p class="lead">${t('guide.devices_lead')}</p>
      <div class="scroll"><table><thead><tr><th scope="col">${t('guide.device')}</th><th scope="col" class="n">${t('guide.bits_value', { bits: '16' })}</th><th scope="col" class="n">${t('guide.bits_value', { bits: '8' })}</th><th scope="col" class="n">${t('guide.bits_value', { bits: '4' })}</th></tr></thead>
        <tbody>${[...new Set([...DEVICE_GIB, memory])].sort((a, b) => a - b).map((gib) => html`<tr aria-current=${gib === memory ? 'true' : 'false'}><td class="num">${fmt().plain(gib)} GiB</td>${line(gib)}</tr>`)}</tbody></table></div></section>`;
  }

  renderWords() {
    const { words } = this.numbers;
    return html`<section class="panel card" aria-label=${t('guide.words')}><h2>${t('guide.words')}</h2>
      <div class="fields">${this.renderNumber('words', t('guide.words_label'))}</div>
      <div class="answer num" aria-live="polite"><p>${Object.entries(TOKENS_PER_WORD)
        .map(([language, rate]) =>
          t('guide.words_answer', {
            language: t(`guide.language_${language}`),
            tokens: fmt().count(words * rate),
            rate: fmt().plain(rate),
          }),
        )
        .join(t('sentence.join'))}</p></div>
      <label>${t('guide.text')}<textarea rows="4" maxlength=${MAX_TEXT} .value=${this.text} @input=${(/** @type {Event} */ event) => void this.onText(/** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea></label>
      <div class="answer num" role="status">${this.renderExact()}</div></section>`;
  }

  renderExact() {
    if (this.exact === null) return html`<p>${t('guide.exact_hint')}</p>`;
    if (this.exact === 'loading') return html`<p>${t('more.loading')}</p>`;
    if (this.exact === 'failed') return html`<p class="bad">${t('guide.exact_failed')}</p>`;
    return html`<strong>${t('guide.exact', { tokens: fmt().count(this.exact) })}</strong><p>${t('guide.exact_note')}</p>`;
  }

  /** @param {string} text */
  async onText(text) {
    this.text = text.slice(0, MAX_TEXT);
    if (this.text === '') {
      this.exact = null;
      return;
    }
    if (typeof this.exact !== 'number') this.exact = 'loading';
    try {
      const { countTokens } = await import('../token-count.js');
      this.exact = this.text === '' ? null : countTokens(this.text);
    } catch (error) {
      this.exact = 'failed';
      console.error(error);
    }
  }

  renderSpeed() {
    const { speed, reply } = this.numbers;
    const own = speedClass(speed);
    return html`<section class="panel card" aria-label=${t('guide.speed')}><h2>${t('guide.speed')}</h2>
      <div class="fields">${this.renderNumber('speed', t('guide.speed_label'))}${this.renderNumber('reply', t('guide.reply_label'))}</div>
      <div class="answer" aria-live="polite"><strong>${t(`guide.speed_${own}`)}</strong><p class="num">${t('guide.speed_answer', { ms: fmt().plain(Number((1000 / speed).toPrecision(3))), time: fmt().duration(reply / speed) })}</p></div>
      <div class="scroll"><table><thead><tr><th scope="col">${t('guide.class')}</th><th scope="col" class="n">${t('guide.from')}</th><th scope="col" class="n">${t('guide.ms')}</th></tr></thead>
        <tbody>${SPEED_CLASSES.map(({ id, from }) => html`<tr aria-current=${id === own ? 'true' : 'false'}><td>${t(`guide.speed_${id}`)}</td><td class="n num">${from > 0 ? `≥ ${fmt().plain(from)}` : '< 10'}</td><td class="n num">${from > 0 ? `≤ ${fmt().plain(1000 / from)}` : '> 100'}</td></tr>`)}</tbody></table></div></section>`;
  }

  renderQuantization() {
    const own = chooseQuantization({ bits: this.bits, hasText: this.hasText, canTrain: this.canTrain });
    return html`<section class="panel card" aria-label=${t('guide.quantization')}><h2>${t('guide.quantization')}</h2>
      <div class="fields"><label>${t('guide.bits')}<select @change=${(/** @type {Event} */ event) => (this.bits = Number(/** @type {HTMLSelectElement} */ (event.target).value))}>${[8, 4, 3, 2].map((bits) => html`<option value=${bits} .selected=${bits === this.bits}>${t('guide.bits_value', { bits: fmt().plain(bits) })}</option>`)}</select></label></div>
      <div class="fields"><label class="check"><input type="checkbox" .checked=${this.hasText} @change=${(/** @type {Event} */ event) => (this.hasText = /** @type {HTMLInputElement} */ (event.target).checked)}>${t('guide.has_text')}</label>
        <label class="check"><input type="checkbox" .checked=${this.canTrain} @change=${(/** @type {Event} */ event) => (this.canTrain = /** @type {HTMLInputElement} */ (event.target).checked)}>${t('guide.can_train')}</label></div>
      <div class="answer" aria-live="polite"><strong>${t(`guide.way_${own}`)}</strong><p>${t(`guide.way_how_${own}`)}</p></div>
      <div class="scroll"><table><thead><tr><th scope="col">${t('guide.way')}</th><th scope="col">${t('guide.kept')}</th><th scope="col">${t('guide.effort')}</th></tr></thead>
        <tbody>${QUANTIZATION_WAYS.map((way) => html`<tr aria-current=${way === own ? 'true' : 'false'}><td>${t(`guide.way_${way}`)}</td><td>${t(`guide.way_kept_${way}`)}</td><td>${t(`guide.way_effort_${way}`)}</td></tr>`)}</tbody></table></div></section>`;
  }

  renderStorage() {
    const { parameters, tokens } = this.numbers;
    const bytes = storage(parameters);
    const rows = /** @type {const} */ (['weights', 'packed', 'checkpoint', 'loading', 'offload']);
    return html`<section class="panel card" aria-label=${t('guide.storage')}><h2>${t('guide.storage')}</h2>
      <div class="fields">${this.renderNumber('tokens', t('guide.tokens'))}</div>
      <p class="lead">${t('guide.storage_lead', { size: fmt().size(parameters) })}</p>
      <div class="scroll"><table><tbody>${rows.map((row) => html`<tr><td>${t(`guide.storage_${row}`)}</td><td class="n num">${fmt().bytes(bytes[row])}</td></tr>`)}
        <tr><td>${t('guide.dataset')}</td><td class="n num">${fmt().bytes(datasetBytes(tokens, 128_256))}</td></tr></tbody></table></div></section>`;
  }
}

customElements.define('guide-page', GuidePage);
