// From input event to painted number while the batch slider is dragged, with the processor slowed four times. Prints JSON.
// SPDX-License-Identifier: MIT
import { start } from '../site/support/page.mjs';

const kSlowdown = Number(process.env.SLOWDOWN ?? 4);
const kMoves = 240;

const site = await start();
const { page, close } = await site.open();
const session = await page.context().newCDPSession(page);
await session.send('Emulation.setCPUThrottlingRate', { rate: kSlowdown });

await page.evaluate(() => {
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
});

const box = await page.locator('[data-path="training.micro_batch_size"] input[type=range]').boundingBox();
const y = box.y + box.height / 2;
await page.mouse.move(box.x + 20, y);
await page.mouse.down();
for (let i = 0; i < kMoves; i += 1) {
  const share = 0.5 - 0.5 * Math.cos((i / kMoves) * Math.PI * 6);
  await page.mouse.move(box.x + 9 + share * (box.width - 18), y);
}
await page.mouse.up();
await page.waitForTimeout(300);

const { times, longTasks } = await page.evaluate(() => ({ times: globalThis.times, longTasks: globalThis.longTasks }));
times.sort((a, b) => a - b);
const quantile = (share) => Number(times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(2));
console.log(
  JSON.stringify({
    what: 'input event to painted number',
    cpu_slowdown: kSlowdown,
    samples: times.length,
    median_ms: quantile(0.5),
    p95_ms: quantile(0.95),
    max_ms: quantile(1),
    long_tasks: longTasks.length,
  }),
);
await close();
await site.stop();
