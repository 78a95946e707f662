// How the widget looks: every token of the page can be set from outside as --vram-<name>.
// SPDX-License-Identifier: MIT
import { css, unsafeCSS } from 'lit';
import tokens from 'widget:tokens';

export const widgetStyles = [
  css`:host { ${unsafeCSS(tokens)} }`,
  css`
    :host { display: block; color-scheme: light dark; container-type: inline-size; max-width: var(--vram-max-width, 640px); color: var(--ink); font: var(--vram-font, 14px/1.45 system-ui, sans-serif); }
    :host([theme='light']) { color-scheme: light; }
    :host([theme='dark']) { color-scheme: dark; }
    :host([hidden]), [hidden] { display: none !important; }
    *, ::before, ::after { box-sizing: border-box; }
    section { padding: 14px 16px; background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius); }
    p { margin: 0; }
    .verdict { font-size: 19px; font-weight: 650; line-height: 1.25; }
    .ok { color: var(--ok); } .warn { color: var(--warn); } .bad { color: var(--bad); }
    .details, .foot { margin-top: 4px; color: var(--ink-2); font-size: 12.5px; }
    .bar { position: relative; display: flex; height: 26px; margin-top: 10px; overflow: hidden; border: 1px solid var(--line); border-radius: var(--radius-s); background: linear-gradient(90deg, var(--sunken) var(--card), transparent 0); }
    .bar i { flex: none; width: var(--w); background: var(--c); }
    .bar b { position: absolute; inset: 0 auto 0 var(--card); width: 2px; background: var(--bad); }
    ul { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 8px 0 0; padding: 0; list-style: none; font-size: 12.5px; font-variant-numeric: tabular-nums; }
    li::before { content: ''; display: inline-block; width: 9px; height: 9px; margin-right: 5px; border-radius: 2px; background: var(--c); }
    form { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin-top: 12px; }
    form > * { display: grid; grid-template-columns: 1fr auto; gap: 2px 6px; min-width: 0; align-content: start; color: var(--ink-2); font-size: 12px; }
    label > span, .number label { grid-column: 1 / -1; }
    input, select { min-width: 0; width: 100%; font: inherit; font-size: 13.5px; color: var(--ink); }
    input:not([type='range']), select { grid-column: 1 / -1; padding: 6px 8px; background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius-s); }
    .number input:not([type='range']) { grid-column: 2; width: 6.5em; text-align: right; }
    input[type='range'] { grid-column: 1; align-self: center; accent-color: var(--accent); }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
    .issue { margin-top: 6px; font-size: 12.5px; overflow-wrap: anywhere; }
    a { color: var(--accent); }
    @container (max-width: 420px) { form { grid-template-columns: 1fr; } }
  `,
];
