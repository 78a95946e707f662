// Long questions: in a worker or here, the newest of a topic first, never two at once.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackground } from '../../../site/src/background.js';

/** A worker that answers when told to. */
function fakeWorker() {
  const sent = [];
  const worker = { postMessage: (message) => sent.push(message), onmessage: null, onerror: null };
  return { worker, sent, answer: (value) => worker.onmessage({ data: { id: sent.at(-1).id, answer: value } }) };
}
const nobody = () => assert.fail('asked here');

test('of one topic only the newest waits', async () => {
  const { worker, sent, answer } = fakeWorker();
  const { ask } = createBackground(worker, nobody);
  const answers = [1, 2, 3].map((request) => ask('cards', 'recommend', request));
  assert.deepEqual(
    sent.map(({ request }) => request),
    [1],
  );
  answer('one');
  assert.deepEqual(
    sent.map(({ request }) => request),
    [1, 3],
  );
  answer('three');
  assert.deepEqual(await Promise.all(answers), ['one', undefined, 'three']);
});

test('topics do not push each other aside', async () => {
  const { worker, sent, answer } = fakeWorker();
  const { ask } = createBackground(worker, nobody);
  const answers = [ask('cards', 'recommend', 1), ask('advice', 'solve', 2), ask('curve', 'sweep', 3)];
  for (const value of ['a', 'b', 'c']) answer(value);
  assert.deepEqual(await Promise.all(answers), ['a', 'b', 'c']);
  assert.deepEqual(
    sent.map(({ what }) => what),
    ['recommend', 'solve', 'sweep'],
  );
});

test('a worker that fails hands over to the engine of the page, the question too', async () => {
  const { worker } = fakeWorker();
  const { ask } = createBackground(
    worker,
    (what, request) => `${what} ${request}`,
    (work) => setImmediate(work),
  );
  const answer = ask('cards', 'recommend', 1);
  worker.onerror({});
  assert.equal(await answer, 'recommend 1');
  assert.equal(await ask('cards', 'recommend', 2), 'recommend 2');
});

test('without a worker the page answers itself, later', async () => {
  const { ask } = createBackground(
    null,
    (what, request) => request * 2,
    (work) => setImmediate(work),
  );
  assert.equal(await ask('cards', 'recommend', 21), 42);
});
