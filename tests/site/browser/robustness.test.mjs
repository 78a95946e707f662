// Hostile links, broken files, blocked storage: a clear message, nothing executed, nothing lost.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually, settled, shownTotal, start } from '../support/page.mjs';

const kGguf = fileURLToPath(new URL('../../fixtures/headers/dense.gguf', import.meta.url));

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

/** All text a person can see, shadow roots included. */
const visibleText = (page) =>
  page.evaluate(() => {
    const walk = (node) =>
      [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]
        .map((child) => (child.nodeType === 3 ? child.data : child.nodeName === 'STYLE' ? '' : walk(child)))
        .join(' ');
    const fields = (root) =>
      [...root.querySelectorAll('*')].flatMap((element) => [
        ...(element instanceof HTMLInputElement ? [element.value] : []),
        ...(element.shadowRoot ? fields(element.shadowRoot) : []),
      ]);
    return `${walk(document.body)} ${fields(document).join(' ')}`;
  });

const kHostileLinks = [
  ['words for numbers', '#v=1&training.micro_batch_size=NaN&training.sequence_length=Infinity&hardware.gpus=-'],
  [
    'numbers beyond reason',
    '#v=1&training.micro_batch_size=9e15&training.sequence_length=-1&training.learning_rate=1e308',
  ],
  [
    'zero of everything',
    '#v=1&training.micro_batch_size=0&training.sequence_length=0&training.lora_rank=0&hardware.gpus=0',
  ],
  ['a model that is markup', '#v=1&model=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D%27pwned%27%22%3E'],
  ['a model that is broken', '#v=1&model={"config":{"hidden_size":"x","num_hidden_layers":-3}}'],
  [
    'a model with zero layers',
    '#v=1&model={"config":{"model_type":"llama","hidden_size":64,"num_hidden_layers":0,"num_attention_heads":0,"vocab_size":0,"intermediate_size":0}}',
  ],
  ['a card that is not', '#v=1&hardware.gpu=quantum-9000'],
  ['prototypes', '#__proto__.x=1&constructor.prototype.y=2&v=1'],
  ['rubbish', '#%%%&&&===\u0000😀'],
  ['a hash of a megabyte', `#${'training.micro_batch_size=8&'.repeat(40_000)}`],
];
for (const [name, hash] of kHostileLinks) {
  test(`hostile link: ${name}`, async () => {
    const { page, close } = await site.open({ hash });
    await settled(page);
    assert.doesNotMatch(await visibleText(page), /NaN|Infinity|undefined|\[object|∞/);
    assert.match(await page.title(), /^VRAM calculator/);
    assert.equal(await page.evaluate(() => ({}).x ?? {}.y), undefined);
    // The way back is one click.
    const reset = page.getByRole('button', { name: 'Reset', exact: true });
    if (await reset.isEnabled()) await reset.click();
    await page.locator('verdict-panel #total').waitFor();
    assert.ok((await shownTotal(page)) > 0);
    await close();
  });
}

test('parts of a link that cannot be used are named', async () => {
  const { page, close } = await site.open({ hash: '#v=1&training.micro_batch_size=many&training.lora_rank=64' });
  assert.match(await page.getByRole('alert').textContent(), /Micro-batch size/);
  assert.equal(await page.locator('[data-path="training.lora_rank"] input[type=text]').inputValue(), '64');
  await close();
});

const kBadFiles = [
  ['broken JSON', 'config.json', '{"hidden_size": 64,', /config\.json is not valid JSON/],
  ['a list', 'list.json', '[1,2,3]', /holds no model description/],
  [
    'a description of something else',
    'package.json',
    '{"name":"left-pad","version":"1.0.0"}',
    /package\.json was not taken/,
  ],
  [
    'heads that do not divide',
    'odd.json',
    '{"model_type":"llama","hidden_size":100,"num_attention_heads":7,"num_key_value_heads":3,"num_hidden_layers":2,"intermediate_size":128,"vocab_size":1000}',
    /odd\.json was not taken/,
  ],
  ['a binary file', 'photo.png', '\u0089PNG\u0000\u0001', /is a binary file/],
  [
    'script for a name',
    '<img src=x onerror=alert(1)>.json',
    '{',
    /<img src=x onerror=alert\(1\)>\.json is not valid JSON/,
  ],
];
for (const [name, fileName, content, message] of kBadFiles) {
  test(`dropped file: ${name}`, async () => {
    const { page, close } = await site.open();
    const before = await shownTotal(page);
    await page.evaluate(
      ([content, fileName]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], fileName));
        window.dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
      },
      [content, fileName],
    );
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.textContent(), message);
    assert.equal(await shownTotal(page), before);
    assert.equal(await page.getByRole('combobox', { name: 'Model' }).inputValue(), 'meta-llama/Llama-3.1-8B');
    await page.getByRole('button', { name: 'Close' }).click();
    await alert.waitFor({ state: 'detached' });
    await close();
  });
}

test('dropped file: a GGUF header is the model, in the link too, and nothing leaves the page', async () => {
  const { page, close } = await site.open();
  const requests = [];
  page.on('request', (request) => requests.push(request));
  const before = await shownTotal(page);
  await page.evaluate(
    ([bytes]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes), new Uint8Array(32 * 2 ** 20)], 'tiny.gguf'));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    [[...readFileSync(kGguf)]],
  );
  await eventually(async () => assert.notEqual(await shownTotal(page), before));
  assert.ok((await shownTotal(page)) < before);
  await eventually(async () => assert.match(decodeURIComponent(await page.evaluate(() => location.hash)), /model=\{"format":"gguf"/));
  // The page fetches parts of itself when it has time; nothing goes out with a body, a query or to another host.
  const own = new URL(page.url()).origin;
  const sent = requests.filter((request) => {
    const url = new URL(request.url());
    return request.method() !== 'GET' || url.search !== '' || !(url.origin === own || url.protocol === 'blob:');
  });
  assert.deepEqual(
    sent.map((request) => request.url()),
    [],
  );
  await close();
});

test('a config.json may be pasted anywhere or typed into the dialog', async () => {
  const { page, close } = await site.open();
  const before = await shownTotal(page);
  await page.getByRole('button', { name: 'Paste one' }).click();
  await page
    .getByRole('dialog')
    .getByRole('textbox')
    .fill(
      '{"model_type":"llama","hidden_size":2048,"num_attention_heads":32,"num_key_value_heads":8,"num_hidden_layers":16,"intermediate_size":8192,"vocab_size":128256,"tie_word_embeddings":true}',
    );
  await page.getByRole('button', { name: 'Use this model' }).click();
  await eventually(async () => assert.ok((await shownTotal(page)) < before));
  assert.match(
    (await page.locator('.facts').textContent()).replace(/\s/g, ' '),
    /^1 235 814 400 parameters, 16 layers, 32 heads over 8 KV heads/,
  );
  assert.match(await page.getByRole('combobox', { name: 'Model' }).inputValue(), /llama \(from file\)/);
  await close();
});

test('the link holds everything, the pasted model too', async () => {
  const first = await site.open();
  await first.page.evaluate(() => {
    const data = new DataTransfer();
    data.setData(
      'text',
      '{"model_type":"llama","hidden_size":2048,"num_attention_heads":32,"num_key_value_heads":8,"num_hidden_layers":16,"intermediate_size":8192,"vocab_size":128256}',
    );
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await first.page.locator('[data-path="training.lora_rank"] input[type=text]').fill('64');
  await first.page.locator('[data-path="training.lora_rank"] input[type=text]').press('Enter');
  await eventually(async () => assert.match(first.page.url(), /model=.*training\.lora_rank=64$/));
  const hash = new URL(first.page.url()).hash;
  const total = await shownTotal(first.page);
  await first.close();
  const second = await site.open({ hash });
  assert.equal(await shownTotal(second.page), total);
  await second.close();
});

test('Share copies the link as it stands', async () => {
  const { page, close } = await site.open({ context: { permissions: ['clipboard-read', 'clipboard-write'] } });
  await page.getByRole('radio', { name: 'Inference' }).check();
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByText('Link copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${site.url}#v=1&task=inference`);
  await close();
});

test('storage and history that refuse do not stop the page', async () => {
  const { page, close } = await site.open({
    init: () => {
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
      History.prototype.replaceState = () => {
        globalThis.wasRefused = true;
        throw new DOMException('too often', 'SecurityError');
      };
    },
  });
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: '分享' }).waitFor();
  await page.getByRole('radio', { name: '推理' }).check();
  await page.waitForFunction(() => globalThis.wasRefused);
  assert.ok((await shownTotal(page)) > 0);
  await close();
});

test('broken preferences are replaced by the browser’s own', async () => {
  const { page, close } = await site.open({
    init: () => localStorage.setItem('vram-calculator', '{"language":"<b>","theme":7'),
  });
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await close();
});

test('what was entered before the script came is kept', async () => {
  const { page, close } = await site.open({
    wait: false,
    init: () => {
      new MutationObserver((_, observer) => {
        const input = document.querySelector('[name="training.micro_batch_size"]');
        if (!input) return;
        input.value = '7';
        observer.disconnect();
      }).observe(document, { childList: true, subtree: true });
    },
  });
  await page.locator('calculator-page verdict-panel h1').waitFor();
  assert.equal(await page.locator('[data-path="training.micro_batch_size"] input[type=text]').inputValue(), '7');
  await close();
});

test('without script the form and the reason are there', async () => {
  const context = await site.browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(site.url);
  assert.equal(await page.getByLabel('Model (Hugging Face id)').inputValue(), 'meta-llama/Llama-3.1-8B');
  assert.match(await page.locator('noscript').textContent(), /vram-calculator estimate/);
  await context.close();
});

test('an engine that cannot be loaded is said so', async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(site.url);
  await page.getByText('The calculator could not start').waitFor();
  await context.close();
});
