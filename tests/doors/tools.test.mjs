// The tool server through the SDK's own client over stdio and streamable HTTP, and through curl as published; the same
// tools inside the page. One answer everywhere.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { load } from '../../wasm/vram.js';
import { emptyFolder, kRoot, kSite, launch, run, serve, watch } from './support.mjs';

const kMain = join(kRoot, 'wasm/server/main.mjs');
const kPublished = JSON.parse(readFileSync(join(kRoot, 'tests/golden/tool-calls.json'), 'utf8')).calls;
const folder = emptyFolder();

/** @type {import('vram-calculator').Vram} */
let vram;
/** @type {string} */
let url;
/** @type {import('node:child_process').ChildProcess} */
let server;
/** @type {Record<string, Client>} */
const clients = { stdio: new Client({ name: 'test', version: '1' }), http: new Client({ name: 'test', version: '1' }) };
before(async () => {
  vram = await load();
  server = spawn(process.execPath, [kMain, '--http', '--port', '0'], { stdio: ['ignore', 'inherit', 'pipe'] });
  url = await new Promise((done, failed) => {
    server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
    let said = '';
    server.stderr.on('data', (text) => {
      const [, found] = /Listening on (\S+)mcp/.exec((said += text)) ?? [];
      if (found) done(found);
    });
  });
  await clients.stdio.connect(
    new StdioClientTransport({ command: process.execPath, args: [kMain], stderr: 'inherit' }),
  );
  await clients.http.connect(new StreamableHTTPClientTransport(new URL('mcp', url)));
});
after(async () => {
  await Promise.all(Object.values(clients).map((client) => client.close()));
  server.kill();
});

/** As published: curl with a body. */
const curl = (path, body, ...words) =>
  run(
    'curl',
    [
      '-s',
      '-w',
      '\n%{http_code}',
      ...words,
      ...(body === undefined ? [] : ['-X', 'POST', '-H', 'Content-Type: application/json', '-d', '@-']),
      url + path,
    ],
    { input: body ?? '' },
  );
const replyOf = (said) => JSON.parse(said.slice(0, said.lastIndexOf('\n')));
const statusOf = (said) => Number(said.slice(said.lastIndexOf('\n') + 1));

for (const { name, arguments: args } of kPublished) {
  test(`the published call for ${args.modelType}: stdio, streamable HTTP and curl give the engine's answer`, async () => {
    const expected = JSON.parse(JSON.stringify(vram.tool(name, args)));
    for (const client of Object.values(clients))
      assert.deepEqual(await client.callTool({ name, arguments: args }), expected);
    const said = curl('api/mcp/tools/call', JSON.stringify({ name, arguments: args }));
    assert.equal(statusOf(said), 200);
    assert.deepEqual(replyOf(said), expected);
    assert.ok(JSON.parse(expected.content[0].text).totalVRAM > 0);
  });
}

test('tools, resources and prompts are those of the interface, over both transports', async () => {
  for (const client of Object.values(clients)) {
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      vram.tools().map(({ name }) => name),
    );
    for (const name of [
      'calculate_advanced_finetuning_vram',
      'calculate_inference_vram',
      'calculate_training_vram',
      'calculate_finetuning_vram',
      'calculate_grpo_vram',
      'calculate_multimodal_vram',
      'recommend_gpu',
      'analyze_cost',
      'compare_models',
      'estimate',
    ])
      assert.ok(
        tools.some((tool) => tool.name === name && tool.annotations?.readOnlyHint),
        name,
      );
    assert.equal(client.getServerVersion()?.version, vram.version());
    const { resources } = await client.listResources();
    assert.deepEqual(
      resources.map(({ uri }) => uri),
      ['vram://models', 'vram://gpus', 'vram://fields', 'vram://formulas'],
    );
    for (const { uri } of resources) {
      const { contents } = await client.readResource({ uri });
      assert.ok(JSON.parse(contents[0].text).length > 2, uri);
    }
    assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 2);
    const one = await client.readResource({ uri: 'vram://models/meta-llama/Llama-3.1-8B' });
    assert.equal(JSON.parse(one.contents[0].text).parameters, 8030261248);
    for (const uri of ['vram://models/no/such', 'vram://nothing', 'file:///etc/passwd'])
      await assert.rejects(client.readResource({ uri }), /There is no resource/);
  }
});

test('the formulas come with numbers, source and grade for every kind of term', async () => {
  const { contents } = await clients.http.readResource({ uri: 'vram://formulas' });
  const runs = JSON.parse(contents[0].text);
  const terms = runs.flatMap((run) => run.terms);
  assert.deepEqual(
    runs.flatMap(({ issues }) => issues.filter(({ severity }) => severity === 'error')),
    [],
  );
  for (const { id, formula, source, grade } of terms) assert.ok(formula && source && /^[A-E]$/.test(grade), id);
  const ids = new Set(terms.map(({ id }) => id));
  for (const id of [
    'weights',
    'adapter_weights',
    'gradients',
    'optimizer_states',
    'activations',
    'logits',
    'kv_cache',
    'engine_buffers',
    'framework_overhead',
  ])
    assert.ok(ids.has(id), id);
});

test('the prompts hold what was given, name tools that exist, and ask for what is missing', async () => {
  const { prompts } = await clients.stdio.listPrompts();
  assert.deepEqual(
    prompts.map(({ name }) => name),
    ['optimize_vram', 'select_gpu', 'diagnose_oom', 'optimize_training'],
  );
  const known = vram.tools().map(({ name }) => name);
  for (const { name, arguments: words } of prompts) {
    for (const language of ['en', 'zh']) {
      const values = Object.fromEntries(words.map((word) => [word.name, `<${word.name}>`]));
      const { messages } = await clients.stdio.getPrompt({ name, arguments: { ...values, language } });
      const { text } = messages[0].content;
      for (const word of words)
        if (word.name !== 'language') assert.ok(text.includes(`<${word.name}>`), `${name}: ${word.name}`);
      assert.equal(/[一-鿿]/.test(text), language === 'zh');
      const named = [...text.matchAll(/`(\w+)`/g)].map(([, tool]) => tool);
      assert.ok(named.length > 0 && named.every((tool) => known.includes(tool)), text);
      assert.doesNotMatch(text, /[{}]/);
    }
    await assert.rejects(clients.stdio.getPrompt({ name, arguments: {} }), /needs "/);
  }
  await assert.rejects(clients.stdio.getPrompt({ name: 'nothing' }), /There is no prompt/);
});

test('what a tool cannot do is an error with a reason', async () => {
  for (const [name, args] of [
    ['calculate_inference_vram', { modelId: 'no/such' }],
    ['calculate_inference_vram', { batchSize: -1, modelId: 'meta-llama/Llama-3.1-8B' }],
    ['no_such_tool', {}],
  ]) {
    const reply = await clients.http.callTool({ name, arguments: args });
    assert.equal(reply.isError, true, name);
    assert.ok(
      reply.structuredContent.issues.some(({ severity, message }) => severity === 'error' && message.length > 10),
    );
  }
});

test('over HTTP: what is no call is refused with its status', () => {
  assert.equal(statusOf(curl('api/mcp/tools/call', '{"name": ')), 400);
  assert.equal(statusOf(curl('api/mcp/tools/call', '[1]')), 400);
  assert.equal(statusOf(curl('api/mcp/tools/call', undefined)), 405);
  assert.equal(statusOf(curl('mcp', undefined)), 405);
  assert.equal(statusOf(curl('elsewhere', '{}')), 404);
  assert.equal(
    statusOf(curl('api/mcp/tools/call', `{"name":"estimate","arguments":{"scenario":"${'x'.repeat(5_000_000)}"}}`)),
    413,
  );
  assert.equal(replyOf(curl('api/mcp/tools', undefined)).tools.length, vram.tools().length);
});

test('pages of other origins and names that were made to point here are refused', async () => {
  assert.equal(statusOf(curl('api/mcp/tools', undefined, '-H', 'Origin: https://evil.example')), 403);
  assert.equal(statusOf(curl('api/mcp/tools', undefined, '-H', 'Origin: null')), 403);
  assert.equal(statusOf(curl('api/mcp/tools', undefined, '-H', 'Host: evil.example')), 403);
  assert.equal(statusOf(curl('api/mcp/tools', undefined, '-H', 'Origin: http://localhost:3000')), 200);
  const noHost = await new Promise((done) =>
    httpRequest(`${url}api/mcp/tools`, { setHost: false, headers: { host: '' } }, (response) =>
      done(response.statusCode),
    )
      .on('error', done)
      .end(),
  );
  assert.notEqual(noHost, 200);
  assert.match(url, /^http:\/\/127\.0\.0\.1:/);
});

test('without the SDK the program says what to install; with it the packed one runs', async () => {
  const { pack } = await import('../../scripts/pack.mjs');
  const tarball = pack(join(folder, 'tarball'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  run('npm', ['install', '--offline', '--omit=optional', '--no-audit', '--no-fund', '--ignore-scripts', tarball], {
    cwd: folder,
  });
  const program = join(folder, 'node_modules/.bin/vram-calculator-tools');
  assert.equal(run(program, ['--version']).trim(), vram.version());
  const bare = spawn(program, [], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  bare.stderr.on('data', (text) => (said += text));
  assert.equal(await new Promise((done) => bare.once('close', done)), 1);
  assert.match(said, /npm install @modelcontextprotocol\/sdk/);
  mkdirSync(join(folder, 'node_modules/@modelcontextprotocol'));
  symlinkSync(
    join(kRoot, 'node_modules/@modelcontextprotocol/sdk'),
    join(folder, 'node_modules/@modelcontextprotocol/sdk'),
  );
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StdioClientTransport({ command: program, stderr: 'inherit' }));
  assert.ok((await client.listTools()).tools.length > 5);
  await client.close();
});

test('inside the page: document.modelContext has the tools, and they answer the same', async (t) => {
  const site = await serve(kSite);
  const browser = await launch(['--enable-features=WebMCP']);
  t.after(async () => {
    await browser.close();
    await site.close();
  });
  const page = await browser.newPage({ serviceWorkers: 'block' });
  const problems = await watch(page);
  await page.goto(site.url);
  await page.locator('verdict-panel h1').waitFor();
  if (!(await page.evaluate(() => 'modelContext' in document)))
    return t.skip('this Chromium has no document.modelContext');
  await page.waitForFunction(async () => (await document.modelContext.getTools()).length > 0);
  const names = await page.evaluate(async () => (await document.modelContext.getTools()).map(({ name }) => name));
  assert.deepEqual(
    names.toSorted?.() ?? [...names].sort(),
    vram
      .tools()
      .map(({ name }) => name)
      .sort(),
  );
  for (const { name, arguments: args } of kPublished) {
    const reply = await page.evaluate(
      async ({ name, args }) => {
        const tool = (await document.modelContext.getTools()).find((one) => one.name === name);
        return document.modelContext.executeTool(tool, args);
      },
      { name, args },
    );
    const { structuredContent } = typeof reply === 'string' ? JSON.parse(reply) : reply;
    assert.deepEqual(structuredContent, JSON.parse(JSON.stringify(vram.tool(name, args).structuredContent)));
  }
  assert.deepEqual(problems, []);
});
