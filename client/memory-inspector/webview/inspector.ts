/** The whole inspector: the address bar above, the grid of memory, and a line about the cell under the cursor below. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { formatAddress } from "../model/address.js";
import { describeAddress } from "../model/stack-map.js";
import { Connection } from "./connection.js";
import "./grid.js";
import type { MemoryGrid } from "./grid.js";
import { icon } from "./icons.js";
import { Store } from "./store.js";
import { inspectorStyles } from "./styles.js";

@customElement("green-threads-memory-inspector")
export class MemoryInspectorElement extends LitElement {
  static override styles = inspectorStyles;

  @query("green-threads-memory-grid") private readonly grid!: MemoryGrid | null;
  @query("#expression") private readonly expressionInput!: HTMLInputElement | null;
  /** What the person is typing, until Enter or Escape. */
  @state() private draft: string | undefined;
  @state() private cursor: bigint | undefined;

  private readonly store = new Store(
    new Connection(),
    () => {
      this.requestUpdate();
      this.grid?.requestUpdate();
    },
    (address, jump) => void this.updateComplete.then(() => this.grid?.reveal(address, jump)),
  );

  protected override render(): TemplateResult {
    const { context } = this.store;
    return html`
      ${this.renderToolbar()}
      ${this.store.problem === undefined ? nothing : html`<p class="problem" role="alert">${this.store.problem}</p>`}
      ${
        context.state === "none"
          ? this.renderEmpty()
          : html`
        <green-threads-memory-grid
          .store=${this.store}
          @cursor-moved=${(event: CustomEvent<bigint>) => {
            this.cursor = event.detail;
          }}
        ></green-threads-memory-grid>
        ${this.renderFooter()}`
      }
    `;
  }

  private renderToolbar(): TemplateResult {
    const { store } = this;
    const { target, context, history } = store;
    const disabled = context.state === "none";
    return html`
      <div class="toolbar" role="toolbar" aria-label="Memory inspector">
        <button class="icon" title="Back (Alt+Left)" aria-label="Back" ?disabled=${disabled || !history.canGoBack}
          @click=${() => store.goBack()}>${icon("back")}</button>
        <button class="icon" title="Forward (Alt+Right)" aria-label="Forward" ?disabled=${disabled || !history.canGoForward}
          @click=${() => store.goForward()}>${icon("forward")}</button>
        <div class="field ${store.problem === undefined ? "" : "invalid"}">
          <input id="expression" type="text" spellcheck="false" autocomplete="off" aria-label="Address or expression"
            placeholder="$rsp, main, 0x401000, $rsp + 16" title="An address, a symbol or an expression. Enter goes there."
            aria-invalid=${store.problem === undefined ? "false" : "true"}
            .value=${this.draft ?? target.expression}
            @input=${(event: InputEvent) => {
              this.draft = (event.target as HTMLInputElement).value;
            }}
            @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}
            @blur=${() => this.acceptDraft()}
            @keydown=${(event: KeyboardEvent) => this.expressionKey(event)}>
          ${this.renderValue()}
        </div>
        <select aria-label="Green thread in which the expression is evaluated" title="Evaluate in this green thread"
          @change=${(event: Event) => this.chooseThread((event.target as HTMLSelectElement).value)}>
          <option value="" ?selected=${target.threadId === undefined}>focused thread</option>
          ${context.threads.map(
            ({ id, name }) => html`<option value=${id} ?selected=${target.threadId === id}>${name}</option>`,
          )}
        </select>
        <button class="toggle" aria-pressed=${target.follow ? "true" : "false"}
          title="Follow: go to the new value of the expression at each stop"
          @click=${() => store.setFollow(!target.follow)}>${icon("follow")}<span>Follow</span></button>
        <div class="segments" role="group" aria-label="Bytes per row">
          ${([8, 16] as const).map(
            (bytes) => html`<button aria-pressed=${store.bytesPerRow === bytes ? "true" : "false"}
              title="${bytes} bytes per row" aria-label="${bytes} bytes per row"
              @click=${() => store.setBytesPerRow(bytes)}>${bytes}</button>`,
          )}
        </div>
      </div>`;
  }

  /** The address behind an expression that is no address itself. */
  private renderValue(): TemplateResult | typeof nothing {
    const { address, target } = this.store;
    if (address === undefined || this.draft !== undefined) return nothing;
    const text = formatAddress(address);
    return text === target.expression.toLowerCase() ? nothing : html`<span class="value">${text}</span>`;
  }

  private renderEmpty(): TemplateResult {
    return html`<div class="empty">
      ${icon("memory")}
      <p>No program is being debugged.</p>
      <p class="hint">Start debugging: this view then shows the stack of the focused green thread, names what lies on it, and marks what each step changes.</p>
    </div>`;
  }

  private renderFooter(): TemplateResult {
    const { store } = this;
    const place = this.cursor ?? store.address;
    const left = store.isStopped
      ? place === undefined
        ? ""
        : describeAddress(place, store.regions)
      : "The program is running…";
    return html`<div class="footer">
      <span class="place">${left}</span>
      <span class="legend"><span class="swatch"></span>changed since the last stop</span>
    </div>`;
  }

  private chooseThread(value: string): void {
    const threadId = value === "" ? undefined : Number(value);
    // Another thread: its stack is what one wants to see, unless an expression of registers was asked for already.
    const { target } = this.store;
    const expression = /[a-z]/i.test(target.expression.replace(/^0x[\da-f]+$/i, "")) ? target.expression : "$rsp";
    this.store.goTo({ expression, threadId, follow: true });
  }

  private expressionKey(event: KeyboardEvent): void {
    if (event.key === "Enter") {
      this.acceptDraft(true);
      this.grid?.focus();
    } else if (event.key === "Escape") {
      this.draft = undefined;
      const input = this.expressionInput;
      if (input !== null) input.value = this.store.target.expression;
      this.grid?.focus();
    }
  }

  private acceptDraft(always = false): void {
    const expression = (this.draft ?? this.store.target.expression).trim();
    const changed = this.draft !== undefined && expression !== this.store.target.expression;
    this.draft = undefined;
    if (expression === "" || !(changed || always)) return;
    const isAddress = /^(?:0x[\da-f]+|\d+)$/i.test(expression);
    this.store.goTo({ ...this.store.target, expression, follow: !isAddress });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.windowKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.windowKey);
  }

  private readonly windowKey = (event: KeyboardEvent): void => {
    if (event.altKey && event.key === "ArrowLeft") this.store.goBack();
    else if (event.altKey && event.key === "ArrowRight") this.store.goForward();
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "g") this.expressionInput?.focus();
    else return;
    event.preventDefault();
  };
}
