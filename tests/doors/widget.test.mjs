// The widget in other people's pages: strict hosts, several on a page, both ways of setting, and nothing when it cannot run.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { findViolations } from '../site/support/page.mjs';
import { budgets, complete, emptyFolder, kSite, launch, nativeAnswer, serve, watch } from './support.mjs';

const folder = emptyFolder();
const { integrity } = JSON.parse(readFileSync(join(kSite, 'widget.json'), 'utf8'));
const kPolicy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'sha256-none'; require-trusted-types-for 'script'; trusted-types lit-html">`;
const kScript = `<script src="vram-calculator.js" integrity="${integrity}" crossorigin="anonymous" defer></script>`;
const kWidget =
  '<vram-calculator model="meta-llama/Llama-3.1-8B" task="inference" gpu="rtx-4090" context-length="16384"><p>See the memory table below.</p></vram-calculator>';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
before(async () => {
  cpSync(kSite, folder, { recursive: true });
  server = await serve(folder);
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.close();
});

let count = 0;
/** A page of somebody else. */
async function host(
  /** @type {import('node:test').TestContext} */ t,
  body,
  { head = kPolicy + kScript, expect = [] } = {},
) {
  const name = `host-${(count += 1)}.html`;
  writeFileSync(
    join(folder, name),
    `<!doctype html><html lang="en"><head><meta charset="utf-8">${head}<link rel="icon" href="data:,"><title>Host</title></head><body><main><h1>Host</h1>${body}</main></body></html>`,
  );
  const context = await browser.newContext({ locale: 'en-US' });
  t.after(() => context.close());
  const page = await context.newPage();
  const problems = await watch(page);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(server.url + name);
  const clean = async () => {
    const reports = (await page.evaluate(() => globalThis.policyReports)).filter(
      (report) => !report.startsWith('img-src'),
    );
    assert.deepEqual(
      [...problems.filter((problem) => !/data:,/.test(problem)), ...reports].filter(
        (problem) => !expect.some((pattern) => pattern.test(problem)),
      ),
      [],
    );
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:')),
      [],
    );
  };
  return { page, asked, clean };
}

const totalOf = (widget) => widget.locator('[part=total]').getAttribute('value').then(Number);
const inference = (more) => ({
  model: 'meta-llama/Llama-3.1-8B',
  task: 'inference',
  inference: { context_length: 16384, ...more },
  hardware: { gpu: 'rtx-4090' },
});

test('all of it, compressed, stays within its budget', () => {
  const size = gzipSync(readFileSync(join(kSite, 'vram-calculator.js')), { level: 9 }).length;
  assert.ok(size <= budgets.widget_gzip_bytes, `${size} of ${budgets.widget_gzip_bytes} bytes`);
});

test('one script with integrity under a strict policy: two on a page, one engine, the numbers of the command line', async (t) => {
  const { page, asked, clean } = await host(
    t,
    kWidget +
      '<vram-calculator model="Qwen/Qwen2.5-7B" task="finetuning" method="qlora" gpu="rtx-3090" sequence-length="1024" micro-batch-size="2"></vram-calculator>',
  );
  const [first, second] = [page.locator('vram-calculator').first(), page.locator('vram-calculator').last()];
  await second.locator('[part=total]').waitFor();
  assert.equal(await totalOf(first), nativeAnswer(inference({})).memory.total_bytes);
  assert.equal(
    await totalOf(second),
    nativeAnswer({
      model: 'Qwen/Qwen2.5-7B',
      task: 'finetuning',
      training: { method: 'qlora', sequence_length: 1024, micro_batch_size: 2 },
      hardware: { gpu: 'rtx-3090' },
    }).memory.total_bytes,
  );
  assert.equal(await page.getByText('See the memory table below').isVisible(), false);
  assert.equal(asked.filter((url) => url.endsWith('.js')).length, 1);
  assert.equal(asked.filter((url) => url.endsWith('.wasm')).length, 0);
  assert.deepEqual(await page.evaluate(() => Object.keys(globalThis).filter((name) => /vram/i.test(name))), []);
  await clean();
});

test('attributes and properties are in step; vram-change comes from a person only', async (t) => {
  const { page, clean } = await host(t, kWidget);
  const widget = page.locator('vram-calculator');
  await widget.locator('[part=total]').waitFor();
  await page.evaluate(() => {
    globalThis.events = [];
    document.addEventListener('vram-change', ({ detail }) =>
      globalThis.events.push([detail.field, detail.value, detail.result.memory.total_bytes]),
    );
  });
  await widget.evaluate((element) => (element.batchSize = 4));
  assert.equal(await widget.getAttribute('batch-size'), '4');
  await widget.evaluate((element) => element.setAttribute('context-length', '2048'));
  assert.equal(await widget.evaluate((element) => element.contextLength), 2048);
  assert.equal(
    await totalOf(widget),
    nativeAnswer(inference({ context_length: 2048, batch_size: 4 })).memory.total_bytes,
  );
  assert.deepEqual(await page.evaluate(() => globalThis.events), []);

  await widget.getByLabel('Concurrent sequences').last().fill('8');
  await widget.getByLabel('Concurrent sequences').last().press('Enter');
  const { total_bytes } = nativeAnswer(inference({ context_length: 2048, batch_size: 8 })).memory;
  await page.waitForFunction(() => globalThis.events.length > 0);
  assert.deepEqual(await page.evaluate(() => globalThis.events), [['batch-size', 8, total_bytes]]);
  assert.equal(await widget.getAttribute('batch-size'), '8');
  await widget.getByLabel('GPU').selectOption('h100-sxm5-80gb');
  assert.equal(await widget.getAttribute('gpu'), 'h100-sxm5-80gb');
  assert.match(await widget.locator('[part=verdict]').textContent(), /Fits on one .*H100/);

  await widget.evaluate((element) => element.setAttribute('scenario', '{"inference":{"quantization":"awq"}}'));
  assert.equal(
    await totalOf(widget),
    nativeAnswer({
      ...inference({ context_length: 2048, batch_size: 8, quantization: 'awq' }),
      hardware: { gpu: 'h100-sxm5-80gb' },
    }).memory.total_bytes,
  );
  for (const [name, value] of [
    ['scenario', '{broken'],
    ['context-length', 'many'],
    ['model', 'no/such'],
    ['gpu', 'quantum-1'],
  ]) {
    const before = await widget.getAttribute(name);
    await widget.evaluate((element, [name, value]) => element.setAttribute(name, value), [name, value]);
    await widget.locator('[part=issue].bad').first().waitFor();
    await widget.evaluate(
      (element, [name, value]) => (value === null ? element.removeAttribute(name) : element.setAttribute(name, value)),
      [name, before],
    );
    await widget.locator('[part=total][value]').waitFor();
  }
  await clean();
});

test('a model of its own: a config or a family in `scenario`, as the command line counts it; a file of tensors is refused', async (t) => {
  const config = {
    model_type: 'llama',
    hidden_size: 2048,
    intermediate_size: 5632,
    num_hidden_layers: 22,
    num_attention_heads: 32,
    num_key_value_heads: 4,
    vocab_size: 32000,
  };
  const task = { task: 'inference', hardware: { gpu: 'rtx-4090' } };
  const { page, clean } = await host(t, '<vram-calculator></vram-calculator>');
  const widget = page.locator('vram-calculator');
  for (const model of [{ config }, { family: 'llama', parameters: 3e9 }]) {
    const { memory } = nativeAnswer({ model, ...task });
    await widget.evaluate((element, scenario) => (element.scenario = scenario), { model, ...task });
    await widget.locator('[part=total]').waitFor();
    assert.equal(await totalOf(widget), memory.total_bytes);
  }
  const tensors = [{ name: 'a', shape: [2, 2], type: 'F32', bytes: 16 }];
  await widget.evaluate((element, scenario) => (element.scenario = scenario), { model: { tensors }, ...task });
  await widget.getByText('not the tensors of a file').waitFor();
  await clean();
});

test('it starts when it comes into view', async (t) => {
  const { page, clean } = await host(t, `${kWidget}${'<p>words</p>'.repeat(300)}${kWidget}`);
  const widget = page.locator('vram-calculator').last();
  // The one in view has started, with the engine of both.
  await page.locator('vram-calculator').first().locator('[part=total]').waitFor();
  assert.equal(await widget.locator('[part=total]').count(), 0);
  await widget.scrollIntoViewIfNeeded();
  await widget.locator('[part=total]').waitFor();
  await clean();
});

test('what stands in it stays when the script is refused or WebAssembly is', async (t) => {
  const wrong = kScript.replace(/sha384-.{8}/, 'sha384-AAAAAAAA');
  const refused = await host(t, kWidget, { head: wrong, expect: [/integrity|digest/, /vram-calculator\.js failed/] });
  assert.equal(await refused.page.getByText('See the memory table below').isVisible(), true);
  await refused.clean();
  const noWasm = await host(t, kWidget, {
    head: kPolicy.replace(" 'wasm-unsafe-eval'", '') + kScript,
    expect: [/script-src|WebAssembly|wasm/i],
  });
  await noWasm.page.locator('[part=error]').waitFor();
  assert.equal(await noWasm.page.getByText('See the memory table below').isVisible(), true);
  await noWasm.clean();
});

test('Chinese, themes, parts, accessibility, and a second copy of the script', async (t) => {
  const { page, clean } = await host(
    t,
    `<div lang="zh">${kWidget}</div><vram-calculator theme="dark" controls="gpu lora-rank" model="Qwen/Qwen2.5-7B" task="finetuning" method="lora" gpu="rtx-3090"></vram-calculator>`,
    {
      head:
        kScript +
        kScript +
        '<style>vram-calculator { --vram-accent: rgb(1, 2, 3) } vram-calculator::part(base) { border-width: 5px }</style>',
    },
  );
  const [first, second] = [page.locator('vram-calculator').first(), page.locator('vram-calculator').last()];
  await second.locator('[part=total]').waitFor();
  assert.match(await first.locator('[part=footer]').textContent(), /在您的浏览器中计算/);
  assert.equal(await second.locator('label').count(), 2);
  assert.equal(await second.locator('[part=base]').evaluate((element) => getComputedStyle(element).borderWidth), '5px');
  assert.equal(
    await second.locator('input[type=range]').evaluate((element) => getComputedStyle(element).accentColor),
    'rgb(1, 2, 3)',
  );
  const lightness = (widget) =>
    widget
      .locator('[part=base]')
      .evaluate((element) => Number(getComputedStyle(element).backgroundColor.match(/\d+/)[0]));
  assert.ok((await lightness(first)) > 200 && (await lightness(second)) < 60);
  assert.deepEqual(await findViolations(page), []);
  await clean();
});

test('the iframe form tells its height and what a person changes', async (t) => {
  writeFileSync(
    join(folder, 'listen.js'),
    "globalThis.heard = []; addEventListener('message', ({ data }) => data?.source === 'vram-calculator' && heard.push(data));",
  );
  const { page, clean } = await host(
    t,
    '<iframe title="Calculator" src="embed.html?model=meta-llama%2FLlama-3.1-8B&task=inference&gpu=rtx-4090&context-length=16384&lang=en&onload=alert(1)"></iframe>',
    { head: '<script src="listen.js"></script>' },
  );
  const frame = page.frameLocator('iframe');
  await frame.locator('[part=total]').waitFor();
  assert.equal(await totalOf(frame.locator('vram-calculator')), nativeAnswer(inference({})).memory.total_bytes);
  await page.waitForFunction(() => globalThis.heard.some(({ type, height }) => type === 'resize' && height > 150));
  await frame.getByLabel('GPU').selectOption('h100-sxm5-80gb');
  await page.waitForFunction(() =>
    globalThis.heard.some(
      ({ type, field, value }) => type === 'change' && field === 'gpu' && value === 'h100-sxm5-80gb',
    ),
  );
  await clean();
});

test('the Embed dialog writes code that shows the same number in another page', async (t) => {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(
    `${server.url}#v=1&task=inference&inference.context_length=32768&inference.images=0&hardware.gpu=h100-sxm5-80gb`,
  );
  const total = Number(await page.locator('verdict-panel data#total').getAttribute('value'));
  await page.getByRole('button', { name: 'Embed' }).click();
  const code = page.getByRole('textbox', { name: 'Code' });
  await code.waitFor();
  await complete(page);
  assert.deepEqual(await findViolations(page), []);
  const script = await code.inputValue();
  assert.ok(script.includes(`integrity="${integrity}"`));
  await page.getByRole('radio', { name: 'An iframe' }).check();
  const frame = await code.inputValue();
  const other = await host(t, script + frame, { head: '' });
  await other.page.locator('vram-calculator [part=total]').waitFor();
  assert.equal(await totalOf(other.page.locator('vram-calculator')), total);
  const inside = other.page.frameLocator('iframe').locator('vram-calculator');
  await inside.locator('[part=total]').waitFor();
  assert.equal(await totalOf(inside), total);
  await other.clean();
});
