// Models that come as files, by drop, by paste, by choice: read here, checked by the engine, refused in words.
// SPDX-License-Identifier: MIT
/** @import { Json } from '../types.js' */
import { t } from '../i18n/index.js';
import { ImportError, readConfigText, readModelFile } from '../import-model.js';

/**
 * @param {{ take: (model: Json) => string, readHeader: import('../import-model.js').ReadHeader, tell: (text: string) => void, clear: () => void, ready: Promise<unknown>, drop: (isOver: boolean) => void }} host
 *   `take` answers with what is wrong with the model, or ''
 */
export function createModelIntake({ take, readHeader, tell, clear, ready, drop }) {
  /** Of files that are read at the same time the last is the one that counts. */
  let latest = 0;

  /** @param {() => Promise<import('../import-model.js').ImportedModel> | import('../import-model.js').ImportedModel} read @param {string} name */
  async function importFrom(read, name) {
    const own = (latest += 1);
    try {
      await ready; // a file may be dropped before the engine is here
      const imported = await read();
      if (own !== latest) return;
      const message = take(imported.model);
      if (message === '') clear();
      else tell(t('import.rejected', { name: imported.name, message }));
    } catch (error) {
      if (!(error instanceof ImportError)) console.error(error);
      if (own !== latest) return;
      const { code, details } = error instanceof ImportError ? error : { code: 'unreadable', details: {} };
      tell(t(`import.${code}`, { name, ...details }));
    }
  }

  const intake = {
    /** @param {File} file */
    file: (file) => importFrom(() => readModelFile(file, readHeader), file.name),
    /** @param {string} text */
    text(text) {
      const name = t('import.pasted_name');
      return importFrom(() => readConfigText(text, name), name);
    },
    /** A config.json may be pasted anywhere but into a text field. @param {ClipboardEvent} event */
    onPaste(event) {
      const target = event.composedPath()[0];
      const text = event.clipboardData?.getData('text') ?? '';
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
      if (!text.trimStart().startsWith('{')) return;
      event.preventDefault();
      void intake.text(text);
    },
    /** @param {DragEvent} event */
    onDrag(event) {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      drop(true);
    },
    /** @param {DragEvent} event */
    onDragLeave(event) {
      if (event.relatedTarget === null) drop(false);
    },
    /** @param {DragEvent} event */
    onDrop(event) {
      drop(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      void intake.file(file);
    },
  };
  return intake;
}
