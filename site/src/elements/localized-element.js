// Base of the page's elements: draws again when the language changes.
// SPDX-License-Identifier: MIT
import { LitElement } from 'lit';
import { onLanguageChange } from '../i18n/index.js';

export class LocalizedElement extends LitElement {
  /** @type {(() => void) | undefined} */
  #unsubscribe;

  connectedCallback() {
    super.connectedCallback();
    this.#unsubscribe = onLanguageChange(() => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#unsubscribe?.();
  }
}

/**
 * A control's two events: `field-input` while it moves, `field-change` when it is settled.
 * @param {EventTarget} target @param {'field-input' | 'field-change'} type
 * @param {string} path @param {import('../types.js').Json | undefined} value
 */
export function emitField(target, type, path, value) {
  target.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: { path, value } }));
}
