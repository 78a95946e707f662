// Pictures of the built page: desktop, phone, dark, Chinese. `node scripts/screenshots.mjs [folder] [--readme]`
// --readme also renews docs/images/page.png, the picture of the README.
// SPDX-License-Identifier: MIT
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../tests/site/support/page.mjs';

const kWords = process.argv.slice(2);
const kFolder =
  kWords.find((word) => !word.startsWith('-')) ?? fileURLToPath(new URL('../build/screenshots/', import.meta.url));
const kReadmePicture = fileURLToPath(new URL('../docs/images/page.png', import.meta.url));
const kDesktop = { viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 1 };
const kPhone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Every tab by the four looks: a table, so that no tab is left out. */
const kTabs = {
  multimodal: '#v=1&tab=multimodal',
  advanced: '#v=1&tab=advanced',
  compare: '#v=1&tab=compare',
  accuracy: '#v=1&tab=accuracy',
  guide: '#v=1&tab=guide',
};
const kLooks = {
  desktop: kDesktop,
  'desktop-dark': { ...kDesktop, colorScheme: 'dark' },
  'desktop-zh': { ...kDesktop, locale: 'zh-CN' },
  phone: kPhone,
  'phone-dark-zh': { ...kPhone, locale: 'zh-CN', colorScheme: 'dark' },
};
const kEveryTab = Object.entries(kTabs).flatMap(([tab, hash]) =>
  Object.entries(kLooks).map(([look, context]) => ({
    name: `${tab}-${look}`,
    context,
    hash,
    whole: tab !== 'accuracy',
  })),
);

const kShots = [
  ...kEveryTab,
  { name: 'desktop', context: kDesktop },
  { name: 'desktop-dark', context: { ...kDesktop, colorScheme: 'dark' } },
  { name: 'desktop-zh', context: { ...kDesktop, locale: 'zh-CN' } },
  { name: 'desktop-over', context: kDesktop, hash: '#v=1&model=meta-llama/Llama-3.1-70B' },
  {
    name: 'desktop-inference',
    context: { ...kDesktop, colorScheme: 'dark' },
    hash: '#v=1&task=inference&inference.context_length=32768&inference.batch_size=4',
  },
  {
    name: 'desktop-picker',
    context: kDesktop,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Model' }).click();
      await page.keyboard.type('llama');
    },
  },
  {
    name: 'desktop-more',
    context: kDesktop,
    act: async (page) => {
      for (const summary of await page.locator('summary').all()) await summary.click();
    },
  },
  { name: 'desktop-rlhf', context: kDesktop, hash: '#v=1&training.stage=dpo&hardware.gpu=a100-sxm4-80gb' },
  {
    name: 'advanced-cnn',
    context: kDesktop,
    hash: '#v=1&tab=advanced&model=torchvision/resnet50&training.method=full',
  },
  {
    name: 'own-model-dark',
    context: { ...kDesktop, colorScheme: 'dark' },
    whole: false,
    act: async (page) => {
      await page.getByRole('button', { name: 'Paste one' }).click();
      await page.getByRole('button', { name: 'Describe it' }).click();
    },
  },
  {
    name: 'compare-two',
    context: kDesktop,
    hash: '#v=1',
    act: (page) => compareTwo(page, 'Compare', 'Add to compare', 'QLoRA'),
  },
  {
    name: 'export-dark',
    context: { ...kDesktop, colorScheme: 'dark' },
    whole: false,
    act: (page) => page.getByRole('button', { name: 'Export' }).click(),
  },
  {
    name: 'presets',
    context: kDesktop,
    whole: false,
    act: (page) => page.getByRole('button', { name: 'Presets' }).click(),
  },
  { name: 'phone', context: kPhone },
  { name: 'phone-dark-zh', context: { ...kPhone, locale: 'zh-CN', colorScheme: 'dark' } },
  { name: 'phone-scrolled', context: kPhone, whole: false, act: (page) => page.evaluate(() => scrollTo(0, 420)) },
];

/** The scenario as it stands beside the same with another method. */
async function compareTwo(page, tab, add, method) {
  await page.getByRole('button', { name: add }).click();
  await page.locator('[data-path="training.method"] select').selectOption({ label: method });
  await page.getByRole('button', { name: add }).click();
  await page.getByRole('button', { name: tab, exact: true }).click();
  await page.locator('compare-page table').waitFor();
  await page.waitForTimeout(3600); // until the message is gone
}

await mkdir(kFolder, { recursive: true });
const site = await start();
for (const { name, context, hash, act, whole = true } of kShots) {
  const { page, close } = await site.open({ hash, context });
  await act?.(page);
  await page.waitForTimeout(1200); // charts, cards and the painted slider ranges come after the numbers
  await page.screenshot({ path: `${kFolder}/${name}.png`, fullPage: whole });
  await close();
  console.log(`${kFolder}/${name}.png`);
}
await site.stop();
if (kWords.includes('--readme')) {
  await mkdir(dirname(kReadmePicture), { recursive: true });
  await copyFile(`${kFolder}/desktop.png`, kReadmePicture);
  console.log(kReadmePicture);
}
