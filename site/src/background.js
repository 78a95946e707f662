// Long questions to the engine (cards, advice, sensitivity) are answered by a second engine in a worker, so that nothing here
// waits for them. Where workers are refused (a page opened from a file) the first engine answers when the page is idle.
// SPDX-License-Identifier: MIT
/** @import { Engine } from './types.js' */
import { whenIdle } from './schedule.js';
import { trustedScript } from './trusted-scripts.js';

/** @typedef {'advise' | 'recommend' | 'solve' | 'sweep' | 'estimate'} Question */
/** @typedef {{ ask: (topic: string, what: Question, request: any) => Promise<any> }} Background */

/** One for each engine. @type {WeakMap<Engine, Background>} */
const made = new WeakMap();

/** @param {Engine} engine @returns {Background} */
export function backgroundOf(engine) {
  const known = made.get(engine);
  if (known) return known;
  const started = startWorker(engine.compiled).then((worker) =>
    createBackground(worker, (what, request) => engine.answer(what, request)),
  );
  /** @type {Background} */
  const background = { ask: async (topic, what, request) => (await started).ask(topic, what, request) };
  made.set(engine, background);
  return background;
}

/**
 * Of one topic only the newest question counts: an older one that still waits is answered with undefined.
 * @param {{ postMessage: (message: any) => void, onmessage: ((event: any) => void) | null, onerror: ((event: any) => void) | null } | null} worker
 * @param {(what: Question, request: any) => unknown} answerHere @param {(work: () => void) => void} [later] @returns {Background}
 */
export function createBackground(worker, answerHere, later = whenIdle) {
  /** @type {Map<string, { id: number, what: Question, request: any, done: (answer: any) => void }>} */
  const waiting = new Map();
  /** @type {{ id: number, what: Question, request: any, done: (answer: any) => void } | null} */
  let busy = null;
  let count = 0;
  let remote = worker;

  function next() {
    if (busy) return;
    const [topic] = waiting.keys();
    if (topic === undefined) return;
    busy = waiting.get(topic) ?? null;
    waiting.delete(topic);
    send();
  }

  function send() {
    const question = busy;
    if (!question) return;
    const { id, what, request } = question;
    if (remote) remote.postMessage({ id, what, request });
    else later(() => finish(id, answerHere(what, request)));
  }

  /** @param {number} id @param {unknown} answer */
  function finish(id, answer) {
    if (busy?.id !== id) return;
    const { done } = busy;
    busy = null;
    done(answer);
    next();
  }

  if (worker) {
    worker.onmessage = ({ data }) => finish(data.id, data.answer);
    worker.onerror = () => {
      remote = null;
      send();
    };
  }
  return {
    ask: (topic, what, request) =>
      new Promise((done) => {
        waiting.get(topic)?.done(undefined);
        waiting.set(topic, { id: (count += 1), what, request, done });
        next();
      }),
  };
}

/** Only the built page has the worker's file beside it. @param {WebAssembly.Module} compiled @returns {Promise<Worker | null>} */
async function startWorker(compiled) {
  if (!import.meta.env.PROD) return null;
  try {
    const { default: url } = await import('./engine-worker.js?worker&url');
    const worker = new Worker(trustedScript(url), { type: 'module' });
    worker.postMessage({ compiled }); // nothing is fetched or compiled twice
    return worker;
  } catch {
    return null;
  }
}
