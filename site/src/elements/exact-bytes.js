// The exact bytes of a number as its tooltip, written when the pointer comes to it and not in every frame of a drag.
// SPDX-License-Identifier: MIT
import { fmt, t } from '../i18n/index.js';

/** For `pointerover` on anything around `<data value="bytes">`. @param {Event} event */
export function showExactBytes(event) {
  const data = /** @type {HTMLDataElement | null} */ (/** @type {Element} */ (event.target).closest('data'));
  if (data) data.title = t('bytes.exact', { bytes: fmt().count(Number(data.value)) });
}
