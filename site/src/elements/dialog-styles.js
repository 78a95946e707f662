// The look of a dialog with several faces: a row of names, a body that scrolls, buttons.
// SPDX-License-Identifier: MIT
import { css } from 'lit';

export const dialogStyles = css`
  dialog { width: min(760px, calc(100vw - 24px)); max-height: min(720px, calc(100vh - 40px)); padding: 0; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); color: var(--ink); box-shadow: var(--pop); overflow: hidden; }
  dialog[open] { display: flex; flex-direction: column; }
  dialog::backdrop { background: #0d162066; }
  .head, .body { padding: 14px 18px; }
  .head { display: flex; gap: 4px; align-items: center; border-bottom: 1px solid var(--line); flex-wrap: wrap; }
  .head button { border-color: transparent; background: none; color: var(--ink-2); font-weight: 500; }
  .head button[aria-current='page'] { background: var(--sunken); color: var(--ink); }
  .head .close { margin-left: auto; border-color: var(--line); }
  .body { overflow-y: auto; }
  h2 { margin: 0 0 4px; font-size: 16px; }
  p { margin: 0 0 10px; color: var(--ink-2); }
  textarea { font: var(--mono); background: var(--sunken); }
  .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
  button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
  .status { min-height: 1.4em; margin: 10px 0 0; color: var(--ink-2); overflow-wrap: anywhere; }
  .status.bad { color: var(--bad); }
`;
