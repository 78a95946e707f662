// The page's one language: texts, number formats, and a signal when it changes.
// SPDX-License-Identifier: MIT
/** @import { Language } from '../preferences.js' */
import { createFormatter } from '../format.js';
import en from './en.json';
import { translate } from './translate.js';

/** English is always here, and the engine speaks it; other languages come as a chunk when they are first asked for. */
const LOADERS = Object.freeze({
  en: async () => /** @type {Record<string, string>} */ (en),
  zh: async () => {
    const [page, engine] = await Promise.all([import('./zh.json'), import('./engine.zh.json')]);
    return /** @type {Record<string, string>} */ ({ ...page.default, ...engine.default });
  },
});
/** Texts of everything that comes after the first result: the other tabs, dialogs, charts. */
const MORE_LOADERS = Object.freeze({ en: () => import('./more.en.json'), zh: () => import('./more.zh.json') });
const LOCALES = Object.freeze({ en: 'en', zh: 'zh-CN' });

/** @type {Language} */
let language = 'en';
/** The language asked for last: texts that come late are not those of another. @type {Language} */
let wanted = 'en';
/** @type {Record<string, string>} */
let messages = en;
let isMoreWanted = false;
let isMoreHere = false;
let formatter = createFormatter(LOCALES.en);
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {Language} next */
export function setLanguage(next) {
  wanted = next;
  return bringTexts();
}

/** Brings what is wanted; when that changes meanwhile, what is wanted then. @returns {Promise<void>} */
async function bringTexts() {
  const [next, isWhole] = [wanted, isMoreWanted];
  let first, more;
  try {
    [first, more] = await Promise.all([LOADERS[next](), isWhole ? MORE_LOADERS[next]() : null]);
  } catch (error) {
    if (wanted === next) wanted = language;
    throw error;
  }
  if (next !== wanted || isWhole !== isMoreWanted) return bringTexts();
  messages = { ...first, ...more?.default };
  isMoreHere = isWhole;
  if (language !== next) formatter = createFormatter(LOCALES[next]);
  language = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  document.title = t('page.title');
  listeners.forEach((listener) => listener());
}

/** Brings the texts of what is loaded after the first result; once they are here, every language brings its own. */
export async function loadMoreTexts() {
  if (isMoreHere) return;
  isMoreWanted = true;
  await bringTexts();
}

export function currentLanguage() {
  return language;
}

export function fmt() {
  return formatter;
}

/** The text for a key that is known to exist. @param {string} key @param {Record<string, string | number>} [places] */
export function t(key, places) {
  return translate(messages, key, places) ?? key;
}

/** The text for a name that comes from the engine, or the given fallback. @param {string} key @param {string} fallback @param {Record<string, string | number>} [places] */
export function tOr(key, fallback, places) {
  return translate(messages, key, places) ?? fallback;
}

/** @param {() => void} listener */
export function onLanguageChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
