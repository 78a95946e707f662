// The iframe form: the query's words become the widget's attributes; the frame is told the height and what a person changes.
// SPDX-License-Identifier: MIT
{
  const widget = document.createElement('vram-calculator');
  const query = new URLSearchParams(location.search);
  for (const [name, value] of query) {
    if (/^[a-z][a-z-]{0,40}$/.test(name) && !name.startsWith('on') && !['style', 'class', 'id', 'slot'].includes(name))
      widget.setAttribute(name, value);
  }
  document.documentElement.lang = query.get('lang') === 'zh' ? 'zh-CN' : 'en';
  if (!query.has('lang')) widget.setAttribute('lang', navigator.language);
  document.body.style.margin = '0';
  widget.style.setProperty('--vram-max-width', 'none');
  document.body.append(widget);

  /** Nothing here is secret, so any page may be told. @param {string} type @param {object} detail */
  const tell = (type, detail) => parent.postMessage({ source: 'vram-calculator', type, ...detail }, '*');
  new ResizeObserver(() => tell('resize', { height: Math.ceil(widget.getBoundingClientRect().height) })).observe(
    widget,
  );
  widget.addEventListener('vram-change', (event) =>
    tell('change', structuredClone(/** @type {CustomEvent} */ (event).detail)),
  );
}
