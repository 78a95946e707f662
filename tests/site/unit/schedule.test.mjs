// What waits, and for how long.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createPause } from '../../../site/src/schedule.js';

test('work waits until nothing has asked for it for a while, then is done once', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const pass = (ms) => {
    now += ms;
    context.mock.timers.tick(ms);
  };
  const work = mock.fn();
  const pause = createPause(work, 100);
  for (let i = 0; i < 10; i += 1) {
    pause.wait();
    pass(60);
  }
  assert.equal(work.mock.callCount(), 0, 'a drag is going on');
  pass(100);
  assert.equal(work.mock.callCount(), 1);
  pass(500);
  assert.equal(work.mock.callCount(), 1, 'and not again');
  pause.wait();
  pause.end();
  pass(500);
  assert.equal(work.mock.callCount(), 1, 'what was taken back is not done');
});
