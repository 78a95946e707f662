// The tabs: the first is part of the page, the others come as chunks when they are opened.
// SPDX-License-Identifier: MIT

/** @typedef {'language' | 'compare' | 'accuracy' | 'guide'} Tab */

export const FIRST_TAB = 'language';

/** @type {Readonly<Record<Exclude<Tab, 'language'>, () => Promise<unknown>>>} */
const LOADERS = Object.freeze({
  compare: () => import('./pages/compare-page.js'),
  accuracy: () => import('./pages/accuracy-page.js'),
  guide: () => import('./pages/guide-page.js'),
});

/** In the order in which they are shown. @type {readonly Tab[]} */
export const TABS = Object.freeze([FIRST_TAB, .../** @type {Tab[]} */ (Object.keys(LOADERS))]);

/** @param {Exclude<Tab, 'language'>} tab */
export function loadTab(tab) {
  return LOADERS[tab]();
}
