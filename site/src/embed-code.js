// Writes the code that puts a scenario into somebody's page: the widget or its iframe form. Pure.
// SPDX-License-Identifier: MIT
/** @import { Json } from './types.js' */
import { flatten } from './scenario.js';
import { ATTRIBUTES, sectionOf } from './widget/attributes.js';

export const FORMS = Object.freeze(/** @type {const} */ (['script', 'frame']));
/** @typedef {(typeof FORMS)[number]} Form */

const escape = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/**
 * What the widget's attributes can say, and the rest as the text of `scenario`.
 * @param {{ [key: string]: Json }} scenario @returns {[string, string][]}
 */
export function attributesOf(scenario) {
  const section = sectionOf(scenario['task']);
  const flat = flatten(scenario);
  /** @type {[string, string][]} */
  const attributes = [];
  for (const attribute of ATTRIBUTES) {
    const path = attribute[section];
    const value = path === null ? undefined : flat[path];
    if (path === null || value === undefined || value === null || typeof value === 'object') continue;
    attributes.push([attribute.attribute, String(value)]);
    delete flat[path];
  }
  /** @type {{ [key: string]: Json }} */
  const rest = {};
  for (const [path, value] of Object.entries(flat)) {
    const [head = '', last] = path.split('.');
    if (last === undefined) rest[head] = value;
    else rest[head] = { .../** @type {object} */ (rest[head]), [last]: value };
  }
  return Object.keys(rest).length > 0 ? [...attributes, ['scenario', JSON.stringify(rest)]] : attributes;
}

/**
 * @param {{ form: Form, base: string, link: string, integrity: string, scenario: { [key: string]: Json }, title: string }} options
 * `base`: address of the folder the page lies in; `link`: address of this scenario
 */
export function embedCode({ form, base, link, integrity, scenario, title }) {
  const attributes = attributesOf(scenario);
  if (form === 'frame')
    return `<iframe src="${escape(`${base}embed.html?${new URLSearchParams(attributes)}`)}" title="${escape(title)}" loading="lazy" width="100%" height="420" style="border: 0"></iframe>`;
  const words = attributes.map(([name, value]) => `\n  ${name}="${escape(value)}"`).join('');
  return `<script src="${escape(base)}vram-calculator.js" integrity="${integrity}" crossorigin="anonymous" defer></script>
<vram-calculator${words}>
  <a href="${escape(link)}">${escape(title)}</a>
</vram-calculator>`;
}
