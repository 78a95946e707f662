// The npm package as people get it: packed, installed into an empty folder, used from Node and from a browser.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pack } from '../../scripts/pack.mjs';
import { projectVersion } from '../../scripts/version.mjs';
import { budgets, emptyFolder, kRoot, kScenario, launch, nativeAnswer, run, serve } from './support.mjs';

const folder = emptyFolder();
const tarballs = emptyFolder();
/** @type {string} */
let tarball;
/** @type {{ total: number, version: string }} */
let expected;
before(() => {
  tarball = pack(tarballs);
  writeFileSync(join(folder, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  // The engine needs nothing else, so no registry is asked; only the tool server has a dependency, and it is optional.
  run('npm', ['install', '--offline', '--omit=optional', '--no-audit', '--no-fund', '--ignore-scripts', tarball], {
    cwd: folder,
  });
  expected = { total: nativeAnswer().memory.total_bytes, version: projectVersion() };
});

test('the tarball stays within its budget and holds what its exports name', () => {
  const size = statSync(tarball).size;
  assert.ok(size <= budgets.package_bytes, `${size} of ${budgets.package_bytes} bytes`);
  const installed = join(folder, 'node_modules/vram-calculator');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.equal(manifest.version, expected.version);
  assert.equal(manifest.dependencies, undefined);
  const named = [
    manifest.types,
    ...Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    ),
    ...Object.values(manifest.bin ?? {}),
  ];
  for (const file of named) assert.ok(existsSync(join(installed, file)), file);
  assert.deepEqual(
    readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['vram-calculator'],
  );
});

test('Node: the documented example answers as the command line does', () => {
  writeFileSync(
    join(folder, 'use.js'),
    `import { load } from 'vram-calculator';
     const vram = await load();
     const { memory } = vram.estimate(${JSON.stringify(kScenario)});
     console.log(JSON.stringify({ total: memory.total_bytes, version: vram.version() }));`,
  );
  assert.deepEqual(JSON.parse(run('node', ['use.js'], { cwd: folder })), expected);
});

test('TypeScript: strict, as a module and through a bundler', () => {
  writeFileSync(
    join(folder, 'use.ts'),
    `import { load, type Scenario, type Result } from 'vram-calculator';
     const scenario: Scenario = { model: 'x', task: 'inference', hardware: { gpu: 'h100' } };
     const result: Result = (await load()).estimate(scenario);
     const total: number = result.memory?.total_bytes ?? 0;
     // @ts-expect-error a task that is none
     const wrong: Scenario = { model: 'x', task: 'cooking' };
     export { total, wrong };`,
  );
  for (const [module, resolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ])
    run(
      join(kRoot, 'node_modules/.bin/tsc'),
      [
        '--strict',
        '--noEmit',
        '--target',
        'ES2022',
        '--lib',
        'ES2022,DOM',
        '--module',
        module,
        '--moduleResolution',
        resolution,
        'use.ts',
      ],
      { cwd: folder },
    );
});

test('Chromium: straight from the folder, under a strict policy', async () => {
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'">
     <link rel="icon" href="data:,"><script type="module" src="./page.js"></script>`,
  );
  writeFileSync(
    join(folder, 'page.js'),
    `import { load } from './node_modules/vram-calculator/vram.js';
     const vram = await load();
     const { memory } = vram.estimate(${JSON.stringify(kScenario)});
     document.title = JSON.stringify({ total: memory.total_bytes, version: vram.version() });`,
  );
  const server = await serve(folder);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => document.title !== '');
    assert.deepEqual(JSON.parse(await page.title()), expected);
  } finally {
    await browser.close();
    await server.close();
  }
});
