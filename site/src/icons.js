// The page's few pictures, drawn in the colour of their text.
// SPDX-License-Identifier: MIT
import { html, svg } from 'lit';

export const LOGO = svg`<svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true"><rect x="1" y="5" width="20" height="12" rx="2.5" fill="none" stroke="currentColor" stroke-width="1.6"></rect><path fill="#4e79a7" d="M4 8h6v6H4z"></path><path fill="#f28e2b" d="M10 8h4v6h-4z"></path><path fill="#59a14f" d="M14 8h2v6h-2z"></path></svg>`;
const icon = (/** @type {unknown} */ inner) =>
  html`<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">${inner}</svg>`;
export const THEME_ICONS = Object.freeze({
  auto: icon(
    svg`<circle cx="8" cy="8" r="5.5"></circle><path fill="currentColor" d="M8 2.5a5.5 5.5 0 0 1 0 11z"></path>`,
  ),
  light: icon(
    svg`<circle cx="8" cy="8" r="3"></circle><path d="M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M3 13l1.4-1.4M11.6 4.4 13 3"></path>`,
  ),
  dark: icon(svg`<path d="M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z"></path>`),
});
