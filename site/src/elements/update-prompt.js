// Says that a newer version is ready; one click takes it, nothing entered is lost.
// SPDX-License-Identifier: MIT
import { html, nothing } from 'lit';
import { t } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';

export class UpdatePrompt extends LocalizedElement {
  static properties = { take: { attribute: false } };

  constructor() {
    super();
    /** @type {(() => void) | null} */
    this.take = null;
  }

  /** Styled by the page's own sheet. */
  createRenderRoot() {
    return this;
  }

  render() {
    if (!this.take) return nothing;
    return html`<div class="update-prompt" role="status"><p>${t('update.ready')}</p>
      <button type="button" class="primary" @click=${() => this.take?.()}>${t('update.take')}</button>
      <button type="button" class="link" @click=${() => (this.take = null)}>${t('update.later')}</button></div>`;
  }
}
