// The engine in a worker: answers questions that take longer than a frame. See background.js.
// SPDX-License-Identifier: MIT
import { load } from '../../wasm/vram.js';

const engine = load();

addEventListener('message', async ({ data: { id, what, request } }) => {
  const functions = /** @type {any} */ (await engine);
  postMessage({ id, answer: functions[what](request) });
});
