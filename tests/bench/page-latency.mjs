// From input to painted number while a slider of each calculator is dragged with the mouse.
// `node tests/bench/page-latency.mjs [--check]`: a JSON line for each; --check fails above the budgets of tests/site/budgets.json.
//
// Each slider is dragged twice across its whole track and back, three times over.
// 1. Processor slowed four times (SLOWDOWN), so milliseconds on the wall of this machine, whatever else it is doing:
//    `median_ms`, `p95_ms`, `max_ms`: from the timeStamp of the `input` event to the end of the frame that drew the new answer. A message
//    posted inside a frame arrives when that frame has been laid out and painted. The browser hands mouse movements over
//    at the start of a frame, so the wait for the display's next frame lies before the event and is no part of these.
//    `presented_*`: from the making of the mouse event in the browser to the presentation of the frame that shows it, as the
//    browser's own tracing has it (EventLatency): the two waits for the display and the compositor's work are part of it.
//    `long_tasks`: tasks over 50 ms from pressing the button to half a second after letting it go.
// 2. Processor not slowed: `cpu_ms`, time the main thread spent on the processor for one input, and of that script, style and
//    layout. Thread time, so it is nearly the same on a busy machine: compare this from change to change.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { start } from '../site/support/page.mjs';

const kSlowdown = Number(process.env.SLOWDOWN ?? 4);
const kMoves = 240;
const kRest = 500;
const kBudgets = JSON.parse(readFileSync(new URL('../site/budgets.json', import.meta.url), 'utf8'));
const kDrags = [
  { tab: 'language, fine-tuning', hash: '', path: 'training.micro_batch_size' },
  { tab: 'language, inference', hash: '#v=1&task=inference', path: 'inference.context_length' },
  { tab: 'language, RLHF', hash: '#v=1&training.stage=dpo', path: 'training.sequence_length' },
  { tab: 'multimodal, inference', hash: '#v=1&tab=multimodal', path: 'inference.batch_size' },
  {
    tab: 'multimodal, fine-tuning',
    hash: '#v=1&tab=multimodal&task=finetuning&model=Qwen/Qwen2.5-VL-7B-Instruct&training.images=1',
    path: 'training.images',
  },
  { tab: 'advanced, NLP', hash: '#v=1&tab=advanced', path: 'training.sequence_length' },
  {
    tab: 'advanced, CNN',
    hash: '#v=1&tab=advanced&model=torchvision/resnet50&training.method=full',
    path: 'training.micro_batch_size',
  },
];

const site = await start();
let isOver = false;
for (const drag of kDrags.filter(({ tab }) => tab.includes(process.env.TAB ?? ''))) {
  const figures = { ...(await measure(drag, slowed)), ...(await measure(drag, unslowed)) };
  isOver ||=
    figures.median_ms > kBudgets.drag_median_ms || figures.p95_ms > kBudgets.drag_p95_ms || figures.long_tasks > 0;
  console.log(JSON.stringify({ tab: drag.tab, field: drag.path, cpu_slowdown: kSlowdown, ...figures }));
}
await site.stop();
process.exitCode = isOver && process.argv.includes('--check') ? 1 : 0;

/** Opens a page, gets hold of the slider, and lets `read` measure while it is moved. */
async function measure({ hash, path }, read) {
  const { page, close } = await site.open({ hash });
  await page.locator('recommendation-table tbody tr').first().waitFor(); // everything has come
  await page.waitForTimeout(kRest);
  const slider = page.locator(`[data-path="${path}"] input[type=range]`);
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  const y = box.y + box.height / 2;
  const session = await page.context().newCDPSession(page);
  // Not page.mouse: it runs a script of its own in the page for every movement with a button down.
  const mouse = (type, share, more) =>
    session.send('Input.dispatchMouseEvent', {
      type,
      x: box.x + 9 + share * (box.width - 18),
      y,
      button: 'left',
      ...more,
    });
  const share = await slider.evaluate((input) => Number(input.value) / Number(input.max));
  await mouse('mouseMoved', share, { button: 'none' });
  const figures = await read(page, session, async () => {
    await mouse('mousePressed', share, { buttons: 1, clickCount: 1 });
    for (let i = 0; i < kMoves; i += 1)
      await mouse('mouseMoved', 0.5 - 0.5 * Math.cos((i / kMoves) * Math.PI * 6), { buttons: 1 });
    return () => mouse('mouseReleased', 0.5, { clickCount: 1 });
  });
  await close();
  return figures;
}

async function slowed(page, session, drag) {
  await session.send('Emulation.setCPUThrottlingRate', { rate: kSlowdown });
  await page.evaluate(watchInputs);
  await site.browser.startTracing(page, { categories: ['input.scrolling'] });
  const release = await drag();
  const trace = JSON.parse((await site.browser.stopTracing()).toString());
  await release();
  await page.waitForTimeout(kRest);
  const { times, missed, longTasks } = await page.evaluate(() => globalThis.noted);
  assert.ok(
    times.length > kMoves / 6 && missed < times.length / 2,
    `${missed} of ${missed + times.length} inputs changed nothing`,
  );
  const presented = eventLatencies(trace.traceEvents);
  return {
    samples: times.length,
    median_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    max_ms: quantile(times, 1),
    presented_median_ms: quantile(presented, 0.5),
    presented_p95_ms: quantile(presented, 0.95),
    long_tasks: longTasks.length,
    longest_task_ms: Math.max(0, ...longTasks),
  };
}

async function unslowed(page, session, drag) {
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.evaluate(() => {
    globalThis.inputs = 0;
    window.addEventListener('input', () => (globalThis.inputs += 1), { capture: true });
  });
  const read = async () =>
    Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
  const before = await read();
  const release = await drag();
  const after = await read();
  await release();
  const inputs = await page.evaluate(() => globalThis.inputs);
  const each = (name) => Number((((after[name] - before[name]) * 1000) / inputs).toFixed(2));
  return {
    cpu_ms: each('TaskDuration'),
    script_ms: each('ScriptDuration'),
    style_ms: each('RecalcStyleDuration'),
    layout_ms: each('LayoutDuration'),
  };
}

/** Milliseconds of every movement with the button down. */
function eventLatencies(events) {
  const open = new Map();
  const times = [];
  for (const { ph, ts, id2, args } of events
    .filter(({ name }) => name === 'EventLatency')
    .sort((a, b) => a.ts - b.ts)) {
    if (ph === 'b' && args.event_latency?.event_type === 'MOUSE_DRAGGED') open.set(id2.local, ts);
    else if (ph === 'e' && open.has(id2.local)) {
      times.push((ts - open.get(id2.local)) / 1000);
      open.delete(id2.local);
    }
  }
  return times;
}

function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(2));
}

/** Runs in the page: notes for each input event when the answer that follows it was painted, and tasks over 50 ms. */
function watchInputs() {
  const noted = (globalThis.noted = { times: [], missed: 0, longTasks: [] });
  new PerformanceObserver((list) => noted.longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
    type: 'longtask',
  });
  const verdict = document.querySelector('calculator-page verdict-panel').shadowRoot;
  const answer = () => verdict.querySelector('#total').value;
  const frame = () =>
    new Promise((done) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(null);
      }),
    );
  const kPatience = 20; // frames
  window.addEventListener(
    'input',
    async (event) => {
      const before = answer();
      for (let i = 0; i < kPatience; i += 1) {
        await frame();
        const now = performance.now();
        if (answer() === before) continue;
        noted.times.push(now - event.timeStamp);
        return;
      }
      noted.missed += 1;
    },
    { capture: true },
  );
}
