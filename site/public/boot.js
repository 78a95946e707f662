// Runs before the first picture: the chosen theme, and whether this visit opens with the answer that stands in the page as built
// (English, no link, no reload). SPDX-License-Identifier: MIT
(() => {
  const root = document.documentElement;
  let saved = null;
  try {
    saved = JSON.parse(localStorage.getItem('vram-calculator'));
  } catch {
    // Blocked, or something else: the browser's own settings count.
  }
  if (['light', 'dark'].includes(saved?.theme)) root.dataset.theme = saved.theme;
  const language = ['en', 'zh'].includes(saved?.language) ? saved.language : navigator.language;
  const isReload = performance.getEntriesByType('navigation')[0]?.type === 'reload';
  if (location.hash.length > 1 || language.startsWith('zh') || isReload) return;
  root.dataset.boot = 'first';
  // Once something is entered it is no longer the answer to what the form says.
  addEventListener('input', () => delete root.dataset.boot, { once: true });
})();
