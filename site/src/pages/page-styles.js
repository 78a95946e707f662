// Styles of the pages that come as chunks: one column of panels, a heading, rows of fields.
// SPDX-License-Identifier: MIT
import { css } from 'lit';
import { baseStyles, panelStyles, tableStyles } from '../elements/shared-styles.js';

export const pageStyles = css`
  main { display: grid; gap: 16px; max-width: 1240px; margin: auto; padding: 18px 20px 40px; }
  main > * { min-width: 0; }
  h1 { margin: 0; font-size: 22px; font-weight: 650; letter-spacing: -.015em; line-height: 1.25; }
  .lead { max-width: 78ch; margin: 6px 0 0; color: var(--ink-2); }
  @media (max-width: 1000px) { main { gap: 12px; padding: 12px 12px 32px; } h1 { font-size: 19px; } }
`;

export const formStyles = css`
  .fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin-top: 14px; }
  label { display: grid; gap: 3px; color: var(--ink-2); font-size: 12.5px; }
  select, input, textarea {
    font: inherit; font-size: 14px; color: var(--ink); width: 100%; min-width: 0; min-height: 36px; padding: 6px 9px;
    background: var(--panel); border: 1px solid var(--line-strong); border-radius: var(--radius-s);
  }
  textarea { resize: vertical; }
  @media (pointer: coarse) { select, input { min-height: 42px; font-size: 16px; } }
`;

/** Everything a page of panels, tables and fields is drawn with. */
export const pageSheets = Object.freeze([baseStyles, panelStyles, tableStyles, pageStyles, formStyles]);
