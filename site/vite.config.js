// Builds the page as plain static files with relative addresses, so that it works under any path.
// SPDX-License-Identifier: MIT
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { firstAnswer } from './build/first-answer.mjs';

/** Vite's dev server injects inline styles, which the page's policy refuses: the policy is left out there and only there. */
const withoutPolicyInDev = {
  name: 'without-policy-in-dev',
  apply: /** @type {const} */ ('serve'),
  transformIndexHtml: (/** @type {string} */ html, /** @type {{ server?: unknown }} */ { server }) =>
    server ? html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '') : html,
};

/** The engine is fetched beside the script instead of after it, and lets the script go first: the first number does without it. */
const engineFromTheStart = {
  name: 'engine-from-the-start',
  apply: /** @type {const} */ ('build'),
  transformIndexHtml: {
    order: /** @type {const} */ ('post'),
    handler: (/** @type {string} */ _html, /** @type {{ bundle?: Record<string, unknown> }} */ { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((name) => name.endsWith('.wasm'))
        .map((name) => ({
          tag: 'link',
          attrs: {
            rel: 'preload',
            as: 'fetch',
            type: 'application/wasm',
            crossorigin: true,
            fetchpriority: 'low',
            href: `./${name}`,
          },
          injectTo: /** @type {const} */ ('head'),
        })),
  },
};

/** The worker that keeps every file of this build; the page registers it itself (src/offline.js). */
const offline = VitePWA({
  registerType: 'prompt', // a new version waits until the person says so
  injectRegister: false,
  manifest: false, // public/manifest.webmanifest
  workbox: {
    globPatterns: ['**/*.{html,js,css,wasm,svg,png,webmanifest}'],
    maximumFileSizeToCacheInBytes: 8 * 2 ** 20, // the engine and the tokenizer's vocabulary are over the default of 2 MiB unpacked
    dontCacheBustURLsMatching: /^assets\//, // named by their content: what the browser has already is not fetched again
    cleanupOutdatedCaches: true,
    clientsClaim: true, // the first visit, too, may lose its network before a tab is opened
    navigateFallback: null, // one page, and its address ends in a slash or index.html
    inlineWorkboxRuntime: true,
    sourcemap: false,
  },
});

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [withoutPolicyInDev, firstAnswer, engineFromTheStart, offline],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // data: addresses are refused by the policy for everything but pictures
    modulePreload: { polyfill: false }, // every browser with light-dark() has it
    reportCompressedSize: true,
  },
});
