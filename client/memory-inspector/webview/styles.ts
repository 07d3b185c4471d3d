/** How the page looks: the editor's font, the theme's colours, nothing of its own. */
import { css } from "lit";

export const inspectorStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    container-type: inline-size;
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
  }
  .picture { width: 16px; height: 16px; display: block; flex: none; }

  .toolbar {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 6px 12px 6px 8px;
    flex-wrap: wrap;
  }
  button, select, input { font: inherit; color: inherit; }
  button {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    height: 24px;
    padding: 0 5px;
    border: 1px solid transparent;
    border-radius: 4px;
    background: none;
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  button:disabled { opacity: 0.4; cursor: default; }
  button:focus-visible, select:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  button[aria-pressed="true"] {
    background: var(--vscode-inputOption-activeBackground);
    color: var(--vscode-inputOption-activeForeground);
    border-color: var(--vscode-inputOption-activeBorder, transparent);
  }
  .toggle { padding: 0 8px 0 5px; }
  @container (max-width: 560px) {
    .toggle { padding: 0 3px; }
    .toggle span, .legend { display: none; }
    .field { flex-basis: 9em; }
    select { max-width: 10em; }
  }
  .segments { display: inline-flex; }
  .segments button { min-width: 28px; justify-content: center; }

  .field {
    display: flex;
    align-items: center;
    flex: 1 1 14em;
    min-width: 10em;
    max-width: 34em;
    height: 24px;
    box-sizing: border-box;
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, transparent);
    border-radius: 4px;
  }
  .field:focus-within { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .field.invalid {
    border-color: var(--vscode-inputValidation-errorBorder);
    outline-color: var(--vscode-inputValidation-errorBorder);
  }
  .field input {
    flex: 1;
    min-width: 6em;
    padding: 0 8px;
    border: none;
    outline: none;
    background: none;
    color: var(--vscode-input-foreground);
    font-family: var(--vscode-editor-font-family, monospace);
  }
  .field input::placeholder { color: var(--vscode-input-placeholderForeground); }
  .field .value {
    padding-right: 8px;
    color: var(--vscode-descriptionForeground);
    font-family: var(--vscode-editor-font-family, monospace);
  }
  select {
    height: 24px;
    max-width: 16em;
    padding: 0 4px;
    border: 1px solid var(--vscode-dropdown-border, transparent);
    border-radius: 4px;
    background: var(--vscode-dropdown-background);
    color: var(--vscode-dropdown-foreground);
  }

  .problem {
    margin: 0 12px 6px 8px;
    padding: 4px 8px;
    border: 1px solid var(--vscode-inputValidation-errorBorder);
    border-radius: 4px;
    background: var(--vscode-inputValidation-errorBackground);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
  }

  green-threads-memory-grid { flex: 1; min-height: 0; }

  .footer {
    display: flex;
    justify-content: space-between;
    gap: 2em;
    padding: 3px 12px;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
    color: var(--vscode-descriptionForeground);
    font-size: 0.92em;
    white-space: nowrap;
    overflow: hidden;
  }
  .place { font-family: var(--vscode-editor-font-family, monospace); overflow: hidden; text-overflow: ellipsis; }
  .legend { display: inline-flex; align-items: center; gap: 6px; }
  .swatch {
    width: 1.1em;
    height: 0.9em;
    border-radius: 2px;
    background: color-mix(in srgb, var(--vscode-debugView-valueChangedHighlight) 30%, transparent);
    border: 1px solid var(--vscode-debugView-valueChangedHighlight);
    box-sizing: border-box;
  }

  .empty {
    flex: 1;
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    padding: 1em;
    text-align: center;
  }
  .empty .picture { width: 40px; height: 40px; opacity: 0.45; }
  .empty p { margin: 0.6em 0 0; }
  .empty .hint { max-width: 34em; color: var(--vscode-descriptionForeground); line-height: 1.45; }
`;

export const gridStyles = css`
  :host { display: block; min-height: 0; position: relative; container-type: inline-size; }
  .scroller {
    --row-height: 22px;
    --changed: var(--vscode-debugView-valueChangedHighlight);
    --own: var(--vscode-charts-green);
    position: absolute;
    inset: 0;
    overflow: auto;
    overflow-anchor: none;
    outline: none;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: var(--vscode-editor-font-size, 13px);
    font-feature-settings: "liga" 0, "calt" 0;
    color: var(--vscode-editor-foreground);
    cursor: default;
  }
  .scroller.running { opacity: 0.6; }
  .body { position: relative; contain: layout; min-width: max-content; }
  .rows { position: absolute; top: 0; left: 0; right: 0; will-change: transform; }

  .row {
    display: grid;
    align-items: stretch;
    height: var(--row-height);
    line-height: var(--row-height);
    white-space: pre;
    box-sizing: border-box;
  }
  .bytes-8 .row { grid-template-columns: 4px 18px 18ch 25.5ch 10.5ch 19ch minmax(40ch, 1fr); }
  .bytes-16 .row { grid-template-columns: 4px 18px 18ch 51.5ch 18.5ch 37ch minmax(56ch, 1fr); }
  .row:hover { background: var(--vscode-list-hoverBackground); }
  .row.line { box-shadow: inset 0 1px 0 color-mix(in srgb, var(--vscode-editor-foreground) 9%, transparent); }

  .header {
    position: sticky;
    top: 0;
    z-index: 3;
    min-width: max-content;
    background: var(--vscode-panel-background, var(--vscode-editor-background));
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
    color: var(--vscode-descriptionForeground);
  }
  .row.header:hover { background: var(--vscode-panel-background, var(--vscode-editor-background)); }

  /* The stripe: which part of whose stack this is. */
  .stack .stripe { background: color-mix(in srgb, var(--vscode-charts-foreground, currentColor) 22%, transparent); }
  .stack.used .stripe { background: color-mix(in srgb, var(--own) 45%, transparent); }
  .stack.used.own .stripe { background: var(--own); }
  .stack.free .byte, .stack.free .ascii, .stack.free .word { opacity: 0.62; }
  .stack.free .changed { opacity: 1; }
  .stack-low { box-shadow: inset 0 1px 0 var(--vscode-editorWarning-foreground) !important; }

  .marker { position: relative; }
  .pointer-row .marker::before {
    content: "";
    position: absolute;
    left: 6px;
    top: calc(50% - 5px);
    border: 5px solid transparent;
    border-left: 8px solid color-mix(in srgb, var(--vscode-editor-foreground) 35%, transparent);
    border-right: none;
  }
  .current .marker::before { border-left-color: var(--vscode-debugIcon-breakpointCurrentStackframeForeground, #ffcc00); }
  .current { background: var(--vscode-editor-stackFrameHighlightBackground); }
  .target:not(.current) { background: var(--vscode-editor-rangeHighlightBackground); }

  .address { color: var(--vscode-editorLineNumber-activeForeground, var(--vscode-editor-foreground)); }
  .zeros { opacity: 0.32; }

  .bytes { display: flex; }
  .byte { position: relative; width: 3ch; text-align: center; border-radius: 3px; box-sizing: border-box; }
  .byte:nth-child(8n + 9) { margin-left: 1.5ch; }
  .zero, .unknown { color: color-mix(in srgb, var(--vscode-editor-foreground) 40%, transparent); }
  .ascii { letter-spacing: 0; }
  .character { display: inline-block; width: 1ch; }
  .words { display: flex; gap: 2ch; }
  .word { position: relative; width: 17ch; box-sizing: border-box; border-radius: 3px; padding: 0 0.5ch; }

  .changed:not(.word) {
    color: var(--changed);
    font-weight: 600;
    background: color-mix(in srgb, var(--changed) 20%, transparent);
  }
  .byte.changed { border-radius: 0; }
  .word.changed { color: var(--changed); }
  .scroller:focus-within .linked:not(.cursor) { background: color-mix(in srgb, var(--vscode-focusBorder) 24%, transparent); }
  .byte.linked { border-radius: 0; }
  .scroller:focus-within .cursor { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .scroller:focus .cursor { background: color-mix(in srgb, var(--vscode-focusBorder) 30%, transparent); }

  .link { cursor: pointer; text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); text-underline-offset: 3px; }
  .link:hover { color: var(--vscode-textLink-activeForeground); text-decoration-color: currentColor; }

  .meaning {
    display: flex;
    gap: 1.2em;
    overflow: hidden;
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
  }
  .header .address, .header .ascii, .header .word { font-family: var(--vscode-font-family); }
  .tag { overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; color: var(--vscode-descriptionForeground); }
  .kind-returnAddress, .kind-function { color: var(--vscode-symbolIcon-functionForeground); }
  .kind-savedRegister { color: var(--vscode-symbolIcon-variableForeground); }
  .kind-guard { color: var(--vscode-symbolIcon-eventForeground, var(--vscode-charts-orange)); }
  .kind-threadField, .kind-symbol { color: var(--vscode-symbolIcon-fieldForeground); }
  .kind-stackPointer { color: var(--vscode-editor-foreground); font-weight: 600; flex-shrink: 1000; }
  .kind-stackEnd { color: var(--vscode-editorWarning-foreground); }

  .edit {
    position: absolute;
    z-index: 2;
    inset: 1px 0;
    left: -2px;
    width: calc(100% + 4px);
    padding: 0 2px;
    box-sizing: border-box;
    border: 1px solid var(--vscode-focusBorder);
    border-radius: 3px;
    outline: none;
    font: inherit;
    text-align: inherit;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
  }
  .byte .edit { left: -0.6ch; width: calc(100% + 1.2ch); }
  .edit.invalid { border-color: var(--vscode-inputValidation-errorBorder); }
  .edit-error {
    position: absolute;
    z-index: 4;
    left: 0;
    top: 100%;
    padding: 1px 8px;
    line-height: 1.5;
    text-align: left;
    font: var(--vscode-font-size, 13px) var(--vscode-font-family);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-errorBackground);
    border: 1px solid var(--vscode-inputValidation-errorBorder);
    border-radius: 3px;
    opacity: 1;
  }

  /* In an editor to the side there is less room: first the characters go, and the zeros of addresses. */
  @container (max-width: 700px) {
    .bytes-8 .row { grid-template-columns: 4px 18px 11ch 25.5ch 0 19ch minmax(40ch, 1fr); }
    .bytes-16 .row { grid-template-columns: 4px 18px 11ch 51.5ch 0 37ch minmax(56ch, 1fr); }
    .ascii { visibility: hidden; overflow: hidden; }
    .address .zeros { display: none; }
  }

  @media (forced-colors: active) {
    .changed { text-decoration: underline; }
  }
  :host-context(body.vscode-high-contrast) .zeros,
  :host-context(body.vscode-high-contrast-light) .zeros {
    opacity: 0.6;
  }
  :host-context(body.vscode-high-contrast) .zero,
  :host-context(body.vscode-high-contrast-light) .zero {
    color: color-mix(in srgb, var(--vscode-editor-foreground) 65%, transparent);
  }
  :host-context(body.vscode-high-contrast) .stack.free :is(.byte, .ascii, .word),
  :host-context(body.vscode-high-contrast-light) .stack.free :is(.byte, .ascii, .word) {
    opacity: 0.85;
  }
  :host-context(body.vscode-high-contrast) .changed:not(.word),
  :host-context(body.vscode-high-contrast-light) .changed:not(.word) {
    outline: 1px dotted var(--vscode-contrastActiveBorder);
    outline-offset: -1px;
  }
`;
