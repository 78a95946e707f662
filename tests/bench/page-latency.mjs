// From input event to painted number while a slider of each calculator is dragged, with the processor slowed four times.
// `node tests/bench/page-latency.mjs [--check]`: a JSON line for each; --check fails above the budgets.
// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { start } from '../site/support/page.mjs';

const kSlowdown = Number(process.env.SLOWDOWN ?? 4);
const kMoves = 240;
const kBudgets = JSON.parse(readFileSync(new URL('../site/budgets.json', import.meta.url), 'utf8'));
const kDrags = [
  { tab: 'language, fine-tuning', hash: '', path: 'training.micro_batch_size' },
  { tab: 'language, inference', hash: '#v=1&task=inference', path: 'inference.context_length' },
  { tab: 'language, RLHF', hash: '#v=1&training.stage=dpo', path: 'training.sequence_length' },
  { tab: 'multimodal', hash: '#v=1&tab=multimodal', path: 'inference.images' },
  { tab: 'advanced, NLP', hash: '#v=1&tab=advanced', path: 'training.sequence_length' },
  { tab: 'advanced, CNN', hash: '#v=1&tab=advanced&model=torchvision/resnet50&training.method=full', path: 'training.micro_batch_size' },
];

const site = await start();
let isOver = false;
for (const drag of kDrags) {
  const figures = await measure(drag);
  isOver ||= figures.median_ms > kBudgets.drag_median_ms || figures.p95_ms > kBudgets.drag_p95_ms || figures.long_tasks > 0;
  console.log(JSON.stringify({ tab: drag.tab, field: drag.path, cpu_slowdown: kSlowdown, ...figures }));
}
await site.stop();
process.exitCode = isOver && process.argv.includes('--check') ? 1 : 0;

async function measure({ hash, path }) {
  const { page, close } = await site.open({ hash });
  await page.locator('recommendation-table tbody tr').first().waitFor(); // everything has come
  await page.waitForTimeout(500);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: kSlowdown });
  await page.evaluate(watchInputs);

  const slider = page.locator(`[data-path="${path}"] input[type=range]`);
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  const y = box.y + box.height / 2;
  const range = await slider.evaluate((input) => Number(input.value) / Number(input.max));
  await page.mouse.move(box.x + 9 + range * (box.width - 18), y);
  await page.mouse.down();
  for (let i = 0; i < kMoves; i += 1) {
    const share = 0.5 - 0.5 * Math.cos((i / kMoves) * Math.PI * 6);
    await page.mouse.move(box.x + 9 + share * (box.width - 18), y);
  }
  await page.mouse.up();
  await page.waitForTimeout(600);
  const { times, longTasks } = await page.evaluate(() => ({ times: globalThis.times, longTasks: globalThis.longTasks }));
  await close();
  times.sort((a, b) => a - b);
  const quantile = (share) => Number(times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(2));
  return {
    samples: times.length,
    median_ms: quantile(0.5),
    p95_ms: quantile(0.95),
    max_ms: quantile(1),
    long_tasks: longTasks.length,
    longest_task_ms: Math.max(0, ...longTasks),
  };
}

/** Runs in the page: notes for each input event when the number that follows it was painted, and tasks over 50 ms. */
function watchInputs() {
  const times = (globalThis.times = []);
  const long = (globalThis.longTasks = []);
  new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({
    type: 'longtask',
  });
  const total = () => document.querySelector('calculator-page verdict-panel').shadowRoot.querySelector('#total').value;
  window.addEventListener(
    'input',
    (event) => {
      const began = event.timeStamp;
      const before = total();
      const look = () =>
        requestAnimationFrame(() => {
          // A message posted inside a frame arrives after that frame was painted.
          const channel = new MessageChannel();
          channel.port1.onmessage = () => {
            const now = performance.now();
            if (total() !== before) times.push(now - began);
            else if (now - began < 1000) look();
          };
          channel.port2.postMessage(null);
        });
      look();
    },
    { capture: true },
  );
}
