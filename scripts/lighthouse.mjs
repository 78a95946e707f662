// Lighthouse's four categories for the built page, mobile preset. `node scripts/lighthouse.mjs [--check]`: --check fails below 95.
// Lighthouse is not among the project's packages; it is taken from npm when this is run, or from the folder LIGHTHOUSE names.
// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from '../tests/site/support/server.mjs';

const kRelease = 'lighthouse@12'; // runs on the Node this project asks for
const kLeast = 0.95;
const kRoot = fileURLToPath(new URL('../', import.meta.url));
const kReport = `${kRoot}build/lighthouse`;
const kSite = process.env.VRAM_SITE ?? `${kRoot}site/dist`;

mkdirSync(`${kRoot}build`, { recursive: true });
const server = await serve(kSite);
const command = process.env.LIGHTHOUSE
  ? [process.execPath, `${process.env.LIGHTHOUSE}/cli/index.js`]
  : ['npx', '--yes', kRelease];
const chromeFlags = ['--headless=new', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])].join(' ');
const run = await new Promise((done) => {
  // Not spawnSync: the server answers from this very process.
  const child = spawn(
    command[0],
    [
      ...command.slice(1),
      server.url,
      '--quiet',
      '--output=json',
      '--output=html',
      `--output-path=${kReport}`,
      `--chrome-flags=${chromeFlags}`,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { CHROME_PATH: process.env.CHROMIUM ?? findChromium(), ...process.env },
    },
  );
  child.on('close', done);
});
await server.close();
if (run !== 0) process.exit(1);

const { categories, audits } = JSON.parse(readFileSync(`${kReport}.report.json`, 'utf8'));
let isLow = false;
for (const { id, score, auditRefs } of Object.values(categories)) {
  isLow ||= score < kLeast;
  const failed = auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id].score ?? 1) < 0.9).map(({ id }) => id);
  console.log(
    `${id.padEnd(16)} ${String(Math.round(score * 100)).padStart(3)}${failed.length > 0 ? `  ${failed.join(', ')}` : ''}`,
  );
}
for (const id of [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
  'total-byte-weight',
])
  console.log(`${id.padEnd(26)} ${audits[id].displayValue}`);
console.log(`${kReport}.report.html`);
process.exitCode = isLow && process.argv.includes('--check') ? 1 : 0;

function findChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found) return found;
  }
  throw new Error('no Chromium found; name one in CHROMIUM');
}
