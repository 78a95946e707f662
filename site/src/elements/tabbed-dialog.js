// Base of the dialogs with several faces: a row of names, a body, opened at one of them.
// SPDX-License-Identifier: MIT
import { html } from 'lit';
import { t } from '../i18n/index.js';
import { formStyles } from '../pages/page-styles.js';
import { dialogStyles } from './dialog-styles.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles } from './shared-styles.js';

export class TabbedDialog extends LocalizedElement {
  static properties = { view: { state: true } };

  static styles = [baseStyles, formStyles, dialogStyles];

  constructor() {
    super();
    /** The face in view. */
    this.view = '';
  }

  /** Shows the dialog, unless it is open already. */
  show() {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const dialog = this.renderRoot.querySelector('dialog');
      if (dialog && !dialog.open) dialog.showModal();
    });
  }

  close() {
    this.renderRoot.querySelector('dialog')?.close();
  }

  /** The frame around a face. @param {readonly string[]} views @param {string} family of the texts that name them @param {(view: string) => void} turnTo @param {unknown} body */
  renderFrame(views, family, turnTo, body) {
    return html`<dialog aria-labelledby="title">
      <div class="head">${views.map((view) => html`<button type="button" aria-current=${view === this.view ? 'page' : 'false'} @click=${() => turnTo(view)}>${t(`${family}.${view}`)}</button>`)}
        <button type="button" class="close" @click=${() => this.close()}>${t('notice.close')}</button></div>
      ${body}
    </dialog>`;
  }
}
