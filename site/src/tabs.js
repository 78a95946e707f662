// The tabs: calculators and pages. The first calculator is part of the page, everything else comes when it is opened.
// SPDX-License-Identifier: MIT
/** @import { Calculator } from './calculators/layout.js' */
import { LANGUAGE } from './calculators/language.js';

/** @typedef {'language' | 'multimodal' | 'advanced' | 'compare' | 'accuracy' | 'guide'} Tab */

export const FIRST_TAB = 'language';

/** @type {Readonly<Record<string, () => Promise<Calculator>>>} */
const CALCULATORS = Object.freeze({
  language: async () => LANGUAGE,
  multimodal: async () => (await import('./calculators/multimodal.js')).MULTIMODAL,
  advanced: async () => (await import('./calculators/advanced.js')).ADVANCED,
});
/** @type {Readonly<Record<string, () => Promise<unknown>>>} */
const PAGES = Object.freeze({
  compare: () => import('./pages/compare-page.js'),
  accuracy: () => import('./pages/accuracy-page.js'),
  guide: () => import('./pages/guide-page.js'),
});

/** In the order in which they are shown. */
export const TABS = Object.freeze(/** @type {Tab[]} */ ([...Object.keys(CALCULATORS), ...Object.keys(PAGES)]));

/** @param {string} tab */
export const isCalculator = (tab) => Object.hasOwn(CALCULATORS, tab);

/** Brings what a tab needs; a calculator's definition, or null for a page. @param {Tab} tab @returns {Promise<Calculator | null>} */
export async function loadTab(tab) {
  if (isCalculator(tab)) return (await CALCULATORS[tab]?.()) ?? null;
  await PAGES[tab]?.();
  return null;
}
