// The engine in a worker: answers questions that take longer than a frame. The first message brings it. See background.js.
// SPDX-License-Identifier: MIT
import { load } from '../../wasm/vram.js';

/** @type {Promise<any> | undefined} */
let engine;

addEventListener('message', async ({ data: { compiled, id, what, request } }) => {
  if (compiled) engine = load({ wasm: compiled });
  else postMessage({ id, answer: (await engine)[what](request) });
});
