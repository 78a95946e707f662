// Styles that several elements share inside their shadow roots.
// SPDX-License-Identifier: MIT
import { css } from 'lit';

export const baseStyles = css`
  :host { display: block; }
  :host([hidden]), [hidden] { display: none !important; }
  *, ::before, ::after { box-sizing: border-box; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .num { font-variant-numeric: tabular-nums; }
  .ok { color: var(--ok); } .warn { color: var(--warn); } .bad { color: var(--bad); } .tip { color: var(--tip); }
  .visually-hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  button {
    font: inherit; color: inherit; display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-height: 34px; padding: 5px 11px;
    background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius-s); cursor: pointer;
  }
  button:hover:not(:disabled) { border-color: var(--line-strong); }
  button.link { min-height: 0; padding: 0; border: 0; background: none; color: var(--accent); text-align: left; text-decoration: underline; text-underline-offset: 2px; text-decoration-color: color-mix(in srgb, currentColor 40%, transparent); }
  button.link:hover { text-decoration-color: currentColor; }
  @media (pointer: coarse) { button:not(.link) { min-height: 40px; } }
`;

export const panelStyles = css`
  .panel { background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius); }
  .card { padding: 14px 16px; }
  h2 { margin: 0 0 8px; font-size: 14.5px; font-weight: 600; }
  h2 small { margin-left: 6px; font-size: 12.5px; font-weight: 400; color: var(--ink-3); }
`;

export const tableStyles = css`
  table { width: 100%; border-collapse: collapse; }
  th { font-size: 12px; font-weight: 500; color: var(--ink-2); text-align: left; padding: 7px 12px; border-bottom: 1px solid var(--line); }
  td { padding: 8px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
  tbody tr:last-child td { border-bottom: 0; }
  td.n, th.n { text-align: right; white-space: nowrap; }
  tfoot td { border-top: 1px solid var(--line); border-bottom: 0; font-weight: 600; }
`;
