// Looks a text up and fills its `{places}`; pure.
// SPDX-License-Identifier: MIT

/**
 * @param {Readonly<Record<string, string>>} messages
 * @param {string} key
 * @param {Readonly<Record<string, string | number>>} [places]
 * @returns {string | undefined} undefined when there is no such text
 */
export function translate(messages, key, places = {}) {
  if (!Object.hasOwn(messages, key)) return undefined;
  const text = messages[key] ?? '';
  if (!text.includes('{')) return text; // most of them, in every frame of a drag
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(places, name) ? String(places[name]) : whole));
}
