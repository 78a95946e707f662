// The dialog that writes embedding code for the scenario in view.
// SPDX-License-Identifier: MIT
/** @import { Json } from '../types.js' */
import { css, html, nothing } from 'lit';
import { embedCode, FORMS } from '../embed-code.js';
import { t } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles } from './shared-styles.js';

export class EmbedDialog extends LocalizedElement {
  static properties = {
    scenario: { attribute: false },
    form: { state: true },
    integrity: { state: true },
    message: { state: true },
  };

  static styles = [
    baseStyles,
    css`
      dialog { width: min(720px, calc(100vw - 24px)); padding: 16px 18px; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); color: var(--ink); box-shadow: var(--pop); }
      dialog::backdrop { background: #0d162066; }
      h2 { margin: 0 0 8px; font-size: 16px; }
      p { margin: 8px 0; color: var(--ink-2); }
      fieldset { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 10px; padding: 0; border: 0; }
      textarea { width: 100%; padding: 8px 10px; border: 1px solid var(--line); border-radius: var(--radius-s); background: var(--sunken); color: var(--ink); font: var(--mono); resize: vertical; }
      .buttons { display: flex; flex-wrap: wrap; gap: 8px; justify-content: flex-end; align-items: center; }
      .buttons span { margin-right: auto; }
    `,
  ];

  constructor() {
    super();
    /** @type {{ [key: string]: Json }} */
    this.scenario = {};
    /** @type {import('../embed-code.js').Form} */
    this.form = 'script';
    this.integrity = '';
    this.message = '';
  }

  /** @param {{ [key: string]: Json }} scenario */
  async open(scenario) {
    this.scenario = scenario;
    this.message = '';
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
    try {
      const response = await fetch('./widget.json');
      if (!response.ok) throw new Error(String(response.status));
      this.integrity = (await response.json()).integrity;
    } catch {
      this.message = t('embed.failed');
    }
  }

  get code() {
    const base = new URL('./', document.baseURI).href.replace(/[?#].*$/, '');
    return embedCode({
      form: this.form,
      base,
      link: location.href,
      integrity: this.integrity,
      scenario: this.scenario,
      title: t('brand'),
    });
  }

  render() {
    return html`<dialog aria-labelledby="title">
      <h2 id="title">${t('embed.title')}</h2>
      <fieldset aria-label=${t('embed.title')}>${FORMS.map((form) => html`<label><input type="radio" name="form" .checked=${form === this.form} @change=${() => (this.form = form)}> ${form === 'script' ? t('embed.script') : t('embed.frame')}</label>`)}</fieldset>
      ${this.integrity ? html`<textarea rows="9" readonly spellcheck="false" aria-label=${t('embed.code')} .value=${this.code}></textarea>` : nothing}
      <p>${this.form === 'script' ? t('embed.script_note') : t('embed.frame_note')}</p>
      <div class="buttons"><span role="status">${this.message}</span>
        <button type="button" @click=${() => this.renderRoot.querySelector('dialog')?.close()}>${t('notice.close')}</button>
        <button type="button" ?disabled=${!this.integrity} @click=${() => void this.copy()}>${t('embed.copy')}</button></div>
    </dialog>`;
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.code);
      this.message = t('embed.copied');
    } catch {
      this.renderRoot.querySelector('textarea')?.select();
      this.message = t('embed.select');
    }
  }
}

customElements.define('embed-dialog', EmbedDialog);
