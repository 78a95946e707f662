// The only script addresses ever made from text, for browsers that ask (`require-trusted-types-for 'script'`).
// SPDX-License-Identifier: MIT

export const OFFLINE_WORKER = './sw.js';
/** Where the build puts the engine's worker: under its own folder, named by its content. */
const ENGINE_WORKER = /^[^?#]*\/assets\/engine-worker-[\w-]+\.js$/;

/** @type {any} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('vram-calculator', {
  createScriptURL: (/** @type {string} */ url) => {
    const { origin, href } = new URL(url, document.baseURI);
    if (url === OFFLINE_WORKER || (origin === location.origin && ENGINE_WORKER.test(href))) return url;
    throw new TypeError(`not a script of this page: ${url}`);
  },
});

/** @param {string} url @returns {string} */
export function trustedScript(url) {
  return policy?.createScriptURL(url) ?? url;
}
