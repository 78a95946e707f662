// The examples of docs/examples: MkDocs and Sphinx are installed and build theirs, Docusaurus and VitePress where they are
// there; every element shows its number.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ATTRIBUTES } from '../../site/src/widget/attributes.js';
import { emptyFolder, kRoot, kSite, launch, nativeAnswer, run, serve, watch } from './support.mjs';

const kExamples = join(kRoot, 'docs/examples');
const kTools = join(kRoot, 'build/docs-tools'); // made once
const folder = emptyFolder();

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** Why MkDocs and Sphinx cannot be had here; '' when they are. */
let missing = '';
before(async () => {
  cpSync(kExamples, folder, { recursive: true });
  server = await serve(folder);
  browser = await launch();
  if (existsSync(join(kTools, 'bin/sphinx-build'))) return;
  for (const words of [
    ['-m', 'venv', kTools],
    ['-m', 'pip', '--quiet', 'install', 'mkdocs==1.6.1', 'sphinx>=8,<10'],
  ]) {
    const python = words[1] === 'venv' ? 'python3' : join(kTools, 'bin/python');
    const { status, stderr, error } = spawnSync(python, words, { encoding: 'utf8' });
    if (status !== 0)
      return void (missing = `MkDocs and Sphinx could not be installed: ${(error?.message ?? stderr).slice(-200)}`);
  }
});
after(async () => {
  await browser.close();
  await server.close();
});

const kExpected = {
  model: 'Qwen/Qwen2.5-7B',
  task: 'inference',
  inference: { context_length: 16384 },
  hardware: { gpu: 'rtx-4090' },
};

async function showsItsNumber(path, base = server.url) {
  const page = await browser.newPage({ serviceWorkers: 'block' });
  const problems = await watch(page);
  await page.goto(base + path);
  const total = page.locator('vram-calculator').first().locator('[part=total]');
  await total.waitFor();
  assert.equal(Number(await total.getAttribute('value')), nativeAnswer(kExpected).memory.total_bytes);
  const keepsContent = await page
    .locator('vram-calculator')
    .first()
    .evaluate(({ shadowRoot }) => shadowRoot.querySelector('slot:not([name])') !== null);
  assert.equal(keepsContent, false, 'the words in the element give way to the number');
  assert.deepEqual(
    problems.filter((problem) => !/favicon|404/.test(problem)),
    [],
  );
  return page;
}

test('plain HTML: the number, and a change that the page hears of', async () => {
  copyFileSync(join(kSite, 'vram-calculator.js'), join(folder, 'html/vram-calculator.js'));
  const page = await showsItsNumber('html/index.html');
  await page.locator('vram-calculator').first().getByLabel('GPU').selectOption('h100-sxm5-80gb');
  await page.getByText(/^gpu is h100-sxm5-80gb now: \d+ bytes$/).waitFor();
  await page.close();
});

test('MkDocs builds its example', async (t) => {
  if (missing) return t.skip(missing);
  copyFileSync(join(kSite, 'vram-calculator.js'), join(folder, 'mkdocs/docs/vram-calculator.js'));
  run(join(kTools, 'bin/mkdocs'), ['build', '--strict', '--quiet'], {
    cwd: join(folder, 'mkdocs'),
    env: { ...process.env, NO_MKDOCS_2_WARNING: '1' },
  });
  await (await showsItsNumber('mkdocs/site/index.html')).close();
});

test('Sphinx builds its example', async (t) => {
  if (missing) return t.skip(missing);
  copyFileSync(join(kSite, 'vram-calculator.js'), join(folder, 'sphinx/_static/vram-calculator.js'));
  run(join(kTools, 'bin/sphinx-build'), ['-W', '-q', '.', 'built'], { cwd: join(folder, 'sphinx') });
  await (await showsItsNumber('sphinx/built/index.html')).close();
});

// Hundreds of megabytes to install: built where VRAM_DOCS_TOOLS names a folder in which `npm install` put what the examples' package.json names.
const kNodeTools = process.env.VRAM_DOCS_TOOLS ?? kTools;
const kBuilt = {
  docusaurus: { program: '@docusaurus/core/bin/docusaurus.mjs', assets: 'static', pages: 'build' },
  vitepress: { program: 'vitepress/bin/vitepress.js', assets: 'public', pages: '.vitepress/dist' },
};
for (const [name, { program, assets, pages }] of Object.entries(kBuilt)) {
  test(`${name} builds its example`, async (t) => {
    const modules = join(kNodeTools, name, 'node_modules');
    if (!existsSync(join(modules, program)))
      return t.skip(`${name} is not in ${modules}: install it there and name the folder above in VRAM_DOCS_TOOLS`);
    const project = emptyFolder();
    cpSync(join(kExamples, name), project, { recursive: true });
    mkdirSync(join(project, assets), { recursive: true });
    copyFileSync(join(kSite, 'vram-calculator.js'), join(project, assets, 'vram-calculator.js'));
    symlinkSync(modules, join(project, 'node_modules'));
    run(process.execPath, [join(project, 'node_modules', program), 'build', '.'], {
      cwd: project,
      env: { ...process.env, DO_NOT_TRACK: '1', DOCUSAURUS_NO_TELEMETRY: '1', DOCUSAURUS_NO_PERSISTENT_CACHE: '1' },
    });
    const site = await serve(join(project, pages), '/our-model/'); // where both say that they live
    t.after(() => site.close());
    await (await showsItsNumber('', site.url)).close(); // the address that both give it
  });
}

// Without them their settings are read and the element is put into a page.
const kRead = {
  docusaurus: {
    page: 'docs/index.mdx',
    config: 'docusaurus.config.js',
    script: (config) => config.scripts[0].src.replace(config.baseUrl, ''),
  },
  vitepress: {
    page: 'index.md',
    config: '.vitepress/config.mjs',
    script: (config) => config.head[0][1].src.replace(config.base, ''),
  },
};
for (const [name, { page, config, script }] of Object.entries(kRead)) {
  test(`${name}: the settings load the script, and the element shows its number`, async () => {
    const settings = (await import(pathToFileURL(join(kExamples, name, config)).href)).default;
    assert.equal(script(settings), 'vram-calculator.js');
    if (name === 'vitepress')
      assert.equal(settings.vue.template.compilerOptions.isCustomElement('vram-calculator'), true);
    const [element] = /<vram-calculator[^]*<\/vram-calculator>/.exec(readFileSync(join(kExamples, name, page), 'utf8'));
    mkdirSync(join(folder, name, 'checked'));
    copyFileSync(join(kSite, 'vram-calculator.js'), join(folder, name, 'checked/vram-calculator.js'));
    writeFileSync(
      join(folder, name, 'checked/index.html'),
      `<!doctype html><title>x</title><script src="${script(settings)}" defer></script>${element}`,
    );
    await (await showsItsNumber(`${name}/checked/index.html`)).close();
  });
}

test('the documentation lists every attribute and every token it names', () => {
  const text = readFileSync(join(kRoot, 'docs/embedding.md'), 'utf8');
  for (const { attribute } of ATTRIBUTES) assert.ok(text.includes(`\`${attribute}\``), attribute);
  const tokens = readFileSync(join(kRoot, 'site/src/styles/tokens.css'), 'utf8');
  for (const [, name] of text.matchAll(/`--vram-([a-z0-9-]+)`/g))
    assert.ok(['font', 'max-width'].includes(name) || tokens.includes(`--${name}:`), name);
});
