// Language and theme, remembered when the browser allows it.
// SPDX-License-Identifier: MIT

export const LANGUAGES = Object.freeze(/** @type {const} */ (['en', 'zh']));
export const THEMES = Object.freeze(/** @type {const} */ (['auto', 'light', 'dark']));
/** @typedef {(typeof LANGUAGES)[number]} Language */
/** @typedef {(typeof THEMES)[number]} Theme */

const KEY = 'vram-calculator';

/** @returns {{ language: Language, theme: Theme }} */
export function loadPreferences() {
  /** @type {any} */
  let saved = null;
  try {
    saved = JSON.parse(localStorage.getItem(KEY) ?? 'null');
  } catch {
    // Storage may be blocked or hold something else: the browser's own settings are used.
  }
  return {
    language:
      LANGUAGES.find((language) => language === saved?.language) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'),
    theme: THEMES.find((theme) => theme === saved?.theme) ?? 'auto',
  };
}

/** @param {{ language: Language, theme: Theme }} preferences */
export function savePreferences(preferences) {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Private windows may refuse: the choice then lasts as long as the page.
  }
}

/** @param {Theme} theme */
export function applyTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
