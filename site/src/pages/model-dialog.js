// A model of one's own: pasted as a config.json, described by family and size, or fetched from Hugging Face on request.
// SPDX-License-Identifier: MIT
/** @import { Engine, Json } from '../types.js' */
import { css, html } from 'lit';
import { TabbedDialog } from '../elements/tabbed-dialog.js';
import { fetchConfig, HubError } from '../hub.js';
import { t } from '../i18n/index.js';
import { ImportError, readConfigText } from '../import-model.js';
import { dimensionsOf, familyModel, MODEL_VIEWS } from '../own-model.js';

export class ModelDialog extends TabbedDialog {
  static properties = {
    ...TabbedDialog.properties,
    engine: { attribute: false },
    family: { state: true },
    message: { state: true },
    isBusy: { state: true },
  };

  static styles = [
    ...TabbedDialog.styles,
    css`
      label { margin-bottom: 10px; }
      .fields { margin-top: 4px; }
      .fields .wide { grid-column: 1 / -1; }
    `,
  ];

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    this.view = 'paste';
    this.family = 'llama';
    this.message = '';
    this.isBusy = false;
  }

  /** @param {string} _view */
  open(_view) {
    this.message = '';
    this.show();
  }

  render() {
    return this.renderFrame(
      MODEL_VIEWS,
      'own_model',
      (view) => this.turnTo(view),
      html`<form class="body" @submit=${this.onSubmit}><h2 id="title">${t(`own_model.${this.view}`)}</h2>${this.renderView()}
        <p class="status bad" role="alert">${this.message}</p>
        <div class="buttons"><button type="button" @click=${() => this.close()}>${t('dialog.cancel')}</button>
          <button type="submit" class="primary" ?disabled=${this.isBusy}>${this.isBusy ? t('more.loading') : t('import.use')}</button></div></form>`,
    );
  }

  /** @param {string} view */
  turnTo(view) {
    this.view = view;
    this.message = '';
  }

  renderView() {
    switch (this.view) {
      case 'paste':
        return html`<label>${t('import.paste_label')}<textarea name="text" rows="14" spellcheck="false" autocomplete="off" placeholder='{ "model_type": "llama", … }'></textarea></label>`;
      case 'hub':
        return html`<p>${t('own_model.hub_lead')}</p>
          <label>${t('own_model.hub_id')}<input name="id" autocomplete="off" spellcheck="false" placeholder="Qwen/Qwen3-8B"></label>`;
      default:
        return this.renderBuild();
    }
  }

  renderBuild() {
    const families = this.engine?.families() ?? [];
    const chosen = families.find(({ name }) => name === this.family);
    return html`<p>${t('own_model.build_lead')}</p>
      <div class="fields"><label class="wide">${t('own_model.family')}<select name="family" @change=${(/** @type {Event} */ event) => (this.family = /** @type {HTMLSelectElement} */ (event.target).value)}>
          ${families.map(({ name, like }) => html`<option value=${name} .selected=${name === this.family}>${t('own_model.family_like', { name, like })}</option>`)}</select></label>
        <label>${t('own_model.parameters')}<input name="parameters" autocomplete="off" inputmode="text" value="7B"></label>
        ${dimensionsOf(chosen?.kind ?? 'dense').map((name) => html`<label>${t(`own_model.${name}`)}<input name=${name} autocomplete="off" inputmode="numeric" placeholder=${t('own_model.solved')}></label>`)}</div>`;
  }

  /** @param {SubmitEvent} event */
  async onSubmit(event) {
    event.preventDefault();
    if (this.isBusy) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const read = (/** @type {string} */ name) => String(form.get(name) ?? '').trim();
    try {
      this.isBusy = true;
      this.message = '';
      const model =
        this.view === 'paste'
          ? readConfigText(read('text'), t('import.pasted_name')).model
          : this.view === 'hub'
            ? await fetchConfig(read('id'))
            : this.describedModel(read);
      if (model !== null) this.take(model);
    } catch (error) {
      this.message = this.explain(error);
    } finally {
      this.isBusy = false;
    }
  }

  /** @param {(name: string) => string} read @returns {Json | null} */
  describedModel(read) {
    const made = familyModel(read('family'), read);
    if ('model' in made) return made.model;
    this.message = t('quantity.mistyped', { text: made.mistyped });
    return null;
  }

  /** The page asks the engine and keeps the model it has when this one is refused. @param {Json} model */
  take(model) {
    const done = (/** @type {string} */ problem) => {
      if (problem === '') this.close();
      else this.message = problem;
    };
    this.dispatchEvent(new CustomEvent('model-taken', { bubbles: true, composed: true, detail: { model, done } }));
  }

  /** @param {unknown} error */
  explain(error) {
    if (error instanceof HubError) return t(`own_model.hub_${error.code}`, { id: error.id, reason: error.reason });
    if (error instanceof ImportError)
      return t(`import.${error.code}`, { name: t('import.pasted_name'), ...error.details });
    console.error(error);
    return t('import.unreadable', { name: t('import.pasted_name') });
  }
}

customElements.define('model-dialog', ModelDialog);
