// Joins any number of requests into one recompute per animation frame.
// SPDX-License-Identifier: MIT

/**
 * @param {() => void} work
 * @param {(callback: () => void) => unknown} [nextFrame]
 */
export function createScheduler(work, nextFrame = (callback) => requestAnimationFrame(callback)) {
  let dirty = false;
  return {
    /** Asks for a recompute in the next frame. */
    request() {
      if (dirty) return;
      dirty = true;
      nextFrame(() => {
        dirty = false;
        work();
      });
    },
  };
}

/**
 * Runs `work` once nothing has asked for it during `delay` milliseconds.
 * @template {unknown[]} A
 * @param {(...args: A) => void} work @param {number} delay
 */
export function debounce(work, delay) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (/** @type {A} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), delay);
  };
}

/**
 * Work that waits until a stream of events pauses: `wait` puts it off again, `end` takes it back.
 * @param {() => void} work @param {number} delay
 */
export function createPause(work, delay) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let due = 0;
  /** One timer looks again instead of one for every event. */
  const look = () => {
    const left = due - performance.now();
    timer = left > 0 ? setTimeout(look, left) : undefined;
    if (timer === undefined) work();
  };
  return {
    wait() {
      due = performance.now() + delay;
      timer ??= setTimeout(look, delay);
    },
    end() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Latest after this many milliseconds, idle or not. */
const IDLE_TIMEOUT_MS = 250;

/** Runs `work` when the page has nothing better to do; Safari has no such call and waits a little instead. @param {() => void} work */
export function whenIdle(work) {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: IDLE_TIMEOUT_MS });
  else setTimeout(work, IDLE_TIMEOUT_MS / 5);
}

/** Runs `work` once what is drawn now has been seen. @param {() => void} work */
export function afterPaint(work) {
  requestAnimationFrame(() => requestAnimationFrame(work));
}
