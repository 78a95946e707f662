// How far each slider may go, worked out when the frame's own work is done, so that a drag never waits for it.
// SPDX-License-Identifier: MIT
/** @import { Engine, FitRange, Values } from '../types.js' */
import { fitRange } from '../fit.js';
import { toScenario } from '../scenario.js';
import { whenIdle } from '../schedule.js';

/** @typedef {Readonly<Record<string, FitRange | null>>} Fits */

/**
 * @param {{ engine: Engine, ask: () => { values: Values, sliders: readonly string[] } | null, show: (fits: Fits) => void }} options
 *   `ask`: what to work out now; null when there is no card to fit
 */
export function createFitPainter({ engine, ask, show }) {
  let isWaiting = false;
  let shown = '';

  function paint() {
    isWaiting = false;
    const wanted = ask();
    /** @type {Record<string, FitRange | null>} */
    const fits = {};
    if (wanted && wanted.sliders.length > 0) {
      const request = { scenario: toScenario(wanted.values), fields: [...wanted.sliders] };
      for (const range of engine.fitRanges(request)) fits[range.field] = fitRange(range);
    }
    const text = JSON.stringify(fits);
    if (text === shown) return;
    shown = text;
    show(fits);
  }

  return {
    request() {
      if (isWaiting) return;
      isWaiting = true;
      whenIdle(paint);
    },
  };
}
