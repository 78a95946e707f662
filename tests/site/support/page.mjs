// The built page in a real Chromium: opens it, watches for console errors and policy reports, asks the command line.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './server.mjs';

const kRoot = fileURLToPath(new URL('../../../', import.meta.url));
const kSite = process.env.VRAM_SITE ?? `${kRoot}site/dist`;
const kCli = process.env.VRAM_CLI ?? `${kRoot}build/native/bin/vram-calculator`;

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found) return found;
  }
  throw new Error('no Chromium found; name one in CHROMIUM');
}

/** How much slower than here the pages run and their files come: VRAM_SLOW=8 shows what a test or the page takes for granted about time. */
export const kSlowness = Number(process.env.VRAM_SLOW ?? 1);

/** @param {import('playwright-core').Browser} browser */
function slowDown(browser) {
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    const newPage = context.newPage.bind(context);
    context.newPage = async () => {
      const page = await newPage();
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setCPUThrottlingRate', { rate: kSlowness });
      return page;
    };
    return context;
  };
  return browser;
}

/** @param {readonly string[]} [features] switches of the browser */
export async function launch(features = []) {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    // The sandbox cannot start as root, which containers run as.
    args: [...features, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  return kSlowness > 1 ? slowDown(browser) : browser;
}

/** Collects what goes wrong on a page unseen: console, exceptions, requests, reports of the policy. @param {import('playwright-core').Page} page */
export async function watch(page) {
  const problems = [];
  page.on('console', (message) => {
    const isOurs = !message.text().startsWith('Service Worker registration blocked by Playwright');
    if (isOurs && ['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('requestfailed', (request) => {
    // What a page that is left was still asking for.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') problems.push(`${request.url()} failed`);
  });
  await page.addInitScript(() => {
    globalThis.policyReports = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      globalThis.policyReports.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return problems;
}

/** A browser and the served site, shared by the tests of a file. */
export async function start() {
  if (!existsSync(`${kSite}/index.html`)) throw new Error(`the site is not built: ${kSite}`);
  const server = await serve(kSite);
  const browser = await launch();
  // The worker would answer for files whose requests a test stops; tests/doors/offline.test.mjs is about it.
  const newContext = browser.newContext.bind(browser);
  browser.newContext = (options) => newContext({ serviceWorkers: 'block', ...options });
  return {
    url: server.url,
    browser,
    /** @param {{ hash?: string, context?: object, wait?: boolean, init?: () => void }} [options] */
    async open({ hash = '', context = {}, wait = true, init } = {}) {
      const browserContext = await browser.newContext({
        viewport: { width: 1440, height: 1000 },
        locale: 'en-US',
        ...context,
      });
      const page = await browserContext.newPage();
      const problems = await watch(page);
      if (init) await page.addInitScript(init);
      await page.goto(server.url + hash);
      if (wait) await answered(page);
      return {
        page,
        problems,
        /** Nothing went wrong unseen. */
        async close() {
          const reports = await page.evaluate(() => globalThis.policyReports);
          await browserContext.close();
          assert.deepEqual([...problems, ...reports], []);
        },
      };
    },
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

/** What the native command line answers. @param {object} request @param {string} [question] */
export function askNatively(request, question = 'estimate') {
  try {
    return JSON.parse(
      execFileSync(kCli, [question, '--json', '-'], { input: JSON.stringify(request), encoding: 'utf8' }),
    );
  } catch (error) {
    // Status 2: a result with issues of severity error.
    if (error.status === 2) return JSON.parse(error.stdout);
    throw error;
  }
}

/** @param {object} scenario */
export const estimateNatively = (scenario) => askNatively(scenario);

/** What it reads out of a log. @param {string} log @param {object} scenario */
export function readLogNatively(log, scenario) {
  const file = join(mkdtempSync(join(tmpdir(), 'vram-')), 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  const { stdout } = spawnSync(kCli, ['read-log', `--scenario=${file}`, '--json', '-'], {
    input: log,
    encoding: 'utf8',
  });
  rmSync(dirname(file), { recursive: true });
  return JSON.parse(stdout);
}

/** What axe-core finds on the page, with the places. @param {import('playwright-core').Page} page */
export async function findViolations(page) {
  const { AxeBuilder } = createRequire(import.meta.url)('@axe-core/playwright');
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map((node) => node.target.join(' '))
        .slice(0, 4)
        .join(' | ')}`,
  );
}

/** How long a busy machine may take; no test waits longer than it must. */
const kPatience = 20_000;

/** Once the engine has answered; another tab may be in front. @param {import('playwright-core').Page} page */
export function answered(page) {
  return page
    .locator('calculator-page verdict-panel h1')
    .filter({ hasNotText: /Working it out|正在计算/ })
    .waitFor({ state: 'attached' });
}

/** Once nothing more comes by itself: charts, cards, the painted ranges of the sliders. For a scenario that has an answer. @param {import('playwright-core').Page} page */
export async function complete(page) {
  await page.locator('calculator-page what-if-chart svg').waitFor();
  await page.locator('calculator-page recommendation-table tbody tr').first().waitFor();
  await page.locator('calculator-page .track[data-fit=known]').first().waitFor();
  await settled(page);
}

/** The total the page shows, in bytes. @param {import('playwright-core').Page} page */
export async function shownTotal(page) {
  return Number(await page.locator('verdict-panel data#total').getAttribute('value'));
}

/** Asks again until it holds: a frame, or on a busy machine many, lie between an action and its number. @param {() => Promise<void>} check */
export async function eventually(check) {
  const until = Date.now() + kPatience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((done) => setTimeout(done, 25));
    }
  }
}

/** Once a change has been computed and painted. @param {import('playwright-core').Page} page */
export function settled(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
