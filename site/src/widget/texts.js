// The widget's language: its own `lang` or that of what it stands in; texts are the page's, picked by the build.
// SPDX-License-Identifier: MIT
import { createFormatter } from '../format.js';
import { translate } from '../i18n/translate.js';
import texts from 'widget:texts';

/** @typedef {ReturnType<typeof speak>} Voice */

const VOICES = Object.freeze({ en: speak('en', 'en', texts.en), zh: speak('zh', 'zh-CN', texts.zh) });

/** @param {'en' | 'zh'} language @param {string} locale @param {Record<string, string>} messages */
function speak(language, locale, messages) {
  return Object.freeze({
    language,
    fmt: createFormatter(locale),
    t: (/** @type {string} */ key, /** @type {Record<string, string | number> | undefined} */ places = undefined) =>
      translate(messages, key, places) ?? key,
  });
}

/** @param {Element} element @returns {Voice} */
export function voiceOf(element) {
  const { lang = '' } = /** @type {HTMLElement} */ (element.closest('[lang]') ?? document.documentElement);
  return lang.toLowerCase().startsWith('zh') ? VOICES.zh : VOICES.en;
}
