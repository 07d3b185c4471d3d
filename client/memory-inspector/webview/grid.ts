/** The grid of memory: rows that scroll without end, a cursor for the keyboard, and cells that can be edited in place. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { alignDown, formatAddress, parseAddress } from "../model/address.js";
import { type Cursor, moveCursor } from "../model/cursor.js";
import { type CellKind, editText, parseEdit } from "../model/edit.js";
import { unreadable } from "../model/page-cache.js";
import { ScrollWindow } from "../model/scroll-window.js";
import { cellId, type Editing, renderHeader, renderRow } from "./row.js";
import type { Store } from "./store.js";
import { gridStyles } from "./styles.js";

/** Rows rendered beyond what is in sight, on both sides. */
const overscan = 6;
/** How long scrolling must rest before the window moves on. */
const restMilliseconds = 150;
const rowHeightFactor = 1.65;

@customElement("green-threads-memory-grid")
export class MemoryGrid extends LitElement {
  static override styles = gridStyles;

  @property({ attribute: false }) store!: Store; // Set by the inspector's template before the first update.

  @query(".scroller") private readonly scroller!: HTMLElement | null;
  @query(".body") private readonly body!: HTMLElement | null;
  @query(".rows") private readonly rowsElement!: HTMLElement | null;
  @query(".edit") private readonly editInput!: HTMLInputElement | null;

  private window: ScrollWindow | undefined;
  private cursor: Cursor | undefined;
  private editing: Editing | undefined;
  /** Where to scroll once the next update is in place, in rows. */
  private scrollToRow: number | undefined;
  private rowHeight = 22;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly resized = new ResizeObserver(() => this.requestUpdate());

  /** Takes the keyboard's focus. */
  override focus(): void {
    this.scroller?.focus();
  }

  /** Brings an address in sight: where it is comfortable to look at when the person asked, else only if it is not. */
  reveal(address: bigint, jump: boolean): void {
    const { first, visible } = this.visibleRows();
    if (this.window?.contains(address) && this.window.bytesPerRow === this.store.bytesPerRow) {
      const row = this.window.rowOf(address);
      if (!jump && row > first && row < first + visible - 2) {
        this.requestUpdate();
        return;
      }
    }
    this.window = ScrollWindow.around(address, this.store.bytesPerRow);
    this.scrollToRow = Math.max(0, this.window.rowOf(address) - Math.floor(visible * 0.3));
    if (jump) this.moveTo({ kind: "word", address: alignDown(address, 8) });
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    clearTimeout(this.restTimer);
  }

  protected override firstUpdated(): void {
    if (this.scroller !== null) this.resized.observe(this.scroller);
    const { address } = this.store;
    if (address !== undefined) this.reveal(address, true);
  }

  protected override willUpdate(): void {
    const { window } = this;
    if (window !== undefined && window.bytesPerRow !== this.store.bytesPerRow) {
      const top = window.addressOf(this.visibleRows().first);
      this.window = ScrollWindow.around(top, this.store.bytesPerRow);
      this.scrollToRow = this.window.rowOf(top);
    }
  }

  protected override render(): TemplateResult {
    const { store } = this;
    return html`
      <div class="scroller bytes-${store.bytesPerRow} ${store.isStopped ? "" : "running"}" role="grid" tabindex="0"
        aria-label="Memory. Arrow keys move, Enter edits, Control Enter follows a pointer."
        aria-rowcount="-1" aria-readonly=${store.isStopped ? "false" : "true"} aria-multiselectable="false"
        aria-activedescendant=${this.cursor === undefined ? nothing : cellId(this.cursor)}
        @scroll=${() => this.scrolled()}
        @keydown=${(event: KeyboardEvent) => this.key(event)}
        @focus=${() => this.focused()}
        @click=${(event: MouseEvent) => this.clicked(event)}
        @dblclick=${(event: MouseEvent) => this.doubleClicked(event)}>
        ${renderHeader(store.bytesPerRow)}
        <div class="body" role="rowgroup"><div class="rows" role="presentation">${this.renderRows()}</div></div>
      </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const { scroller, body, rowsElement, window } = this;
    if (scroller === null || body === null || rowsElement === null || window === undefined) return;
    // Sizes are set here and not in the template: the page's security policy allows no style attributes.
    const fontSize = Number.parseFloat(getComputedStyle(scroller).fontSize) || 13;
    const rowHeight = Math.round(fontSize * rowHeightFactor);
    const sizeChanged = rowHeight !== this.rowHeight;
    this.rowHeight = rowHeight;
    scroller.style.setProperty("--row-height", `${rowHeight}px`);
    body.style.height = `${window.rows * rowHeight}px`;
    rowsElement.style.transform = `translateY(${this.firstRendered() * rowHeight}px)`;
    if (this.scrollToRow !== undefined || sizeChanged) {
      if (this.scrollToRow !== undefined) scroller.scrollTop = this.scrollToRow * rowHeight;
      this.scrollToRow = undefined;
      this.requestUpdate();
    }
    const input = this.editInput;
    if (this.editing?.fresh && input !== null) {
      this.editing = { ...this.editing, fresh: false };
      input.focus({ preventScroll: true });
      if (this.editing.typed) input.setSelectionRange(input.value.length, input.value.length);
      else input.select();
    }
  }

  private visibleRows(): { readonly first: number; readonly visible: number } {
    const { scroller } = this;
    if (scroller === null) return { first: 0, visible: 20 };
    const visible = Math.max(1, Math.floor(scroller.clientHeight / this.rowHeight) - 1);
    return { first: Math.floor(scroller.scrollTop / this.rowHeight), visible };
  }

  private firstRendered(): number {
    return Math.max(0, (this.scrollToRow ?? this.visibleRows().first) - overscan);
  }

  private renderRows(): unknown {
    const { window, store } = this;
    if (window === undefined) return nothing;
    const first = this.firstRendered();
    const count = Math.min(this.visibleRows().visible + 2 * overscan + 2, window.rows - first);
    const rows = Array.from({ length: count }, (_, i) => window.addressOf(first + i));
    const { cursor, editing } = this;
    return repeat(
      rows,
      (address) => address,
      (address) => renderRow({ address, store, cursor, editing, onEdit: this.editEvents }),
    );
  }

  private scrolled(): void {
    clearTimeout(this.restTimer);
    const { window } = this;
    if (window === undefined) return;
    const { first, visible } = this.visibleRows();
    if (first === 0 || first + visible >= window.rows - 2) this.moveWindow();
    else if (window.isNearEdge(first)) this.restTimer = setTimeout(() => this.moveWindow(), restMilliseconds);
    this.requestUpdate();
  }

  /** Lays the window around what is in sight, when there is more memory beyond its edge. */
  private moveWindow(): void {
    const { window } = this;
    if (window === undefined) return;
    const { first } = this.visibleRows();
    if (!window.isNearEdge(first)) return;
    const top = window.addressOf(first);
    this.window = ScrollWindow.around(top, window.bytesPerRow);
    this.scrollToRow = this.window.rowOf(top);
    this.requestUpdate();
  }

  private focused(): void {
    const { address } = this.store;
    if (this.cursor === undefined && address !== undefined) {
      this.moveTo({ kind: "word", address: alignDown(address, 8) });
    }
  }

  private moveTo(cursor: Cursor): void {
    this.cursor = cursor;
    this.editing = undefined;
    this.dispatchEvent(new CustomEvent<bigint>("cursor-moved", { detail: cursor.address }));
    this.requestUpdate();
  }

  private keepInSight(address: bigint): void {
    const { window, scroller } = this;
    if (window === undefined || scroller === null) return;
    if (!window.contains(address) || window.isNearEdge(window.rowOf(address))) {
      const offset = Math.min(
        Math.max(window.rowOf(address) - this.visibleRows().first, 0),
        this.visibleRows().visible,
      );
      this.window = ScrollWindow.around(address, window.bytesPerRow);
      this.scrollToRow = this.window.rowOf(address) - offset;
      return;
    }
    const row = window.rowOf(address);
    const { first, visible } = this.visibleRows();
    if (row <= first) scroller.scrollTop = row * this.rowHeight;
    else if (row >= first + visible) scroller.scrollTop = (row - visible + 1) * this.rowHeight;
  }

  private key(event: KeyboardEvent): void {
    const { cursor } = this;
    if (this.editing !== undefined || cursor === undefined || event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Home" && this.store.address !== undefined) {
      this.reveal(this.store.address, true);
    } else if (control && event.key === "Enter") {
      this.followPointer(cursor);
    } else if (control) {
      return;
    } else if (event.key === "Enter" || event.key === "F2") {
      this.startEditing(cursor);
    } else if (/^[\da-f]$/i.test(event.key)) {
      this.startEditing(cursor, event.key);
    } else {
      const shape = { bytesPerRow: this.store.bytesPerRow, pageRows: this.visibleRows().visible - 1 };
      const moved = moveCursor(cursor, event.key, shape);
      if (moved === undefined) return;
      this.moveTo(moved);
      this.keepInSight(moved.address);
    }
    event.preventDefault();
  }

  private cellAt(event: MouseEvent): Cursor | undefined {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-at]") : null;
    const address = parseAddress(cell?.dataset.at ?? "");
    if (cell === null || address === undefined) return undefined;
    return { kind: cell.dataset.kind === "word" ? "word" : "byte", address };
  }

  private clicked(event: MouseEvent): void {
    const cell = this.cellAt(event);
    if (cell === undefined) return;
    if (event.target instanceof Element && event.target.closest(".link") !== null) this.followPointer(cell);
    else if (this.editing === undefined || cellId(this.editing.cursor) !== cellId(cell)) this.moveTo(cell);
  }

  private doubleClicked(event: MouseEvent): void {
    const cell = this.cellAt(event);
    if (cell !== undefined && this.editing === undefined) this.startEditing(cell);
  }

  /** Goes where the word points. */
  private followPointer(cursor: Cursor): void {
    const value = this.store.memory.wordAt(alignDown(cursor.address, 8));
    if (value === undefined || !this.store.pointers.isPointer(value)) return;
    this.store.goTo({ ...this.store.target, expression: formatAddress(value), follow: false });
  }

  private startEditing(cursor: Cursor, typed?: string): void {
    const value = this.valueAt(cursor.kind, cursor.address);
    if (!this.store.isStopped || value === undefined) return;
    this.cursor = cursor;
    this.editing = { cursor, text: typed ?? editText(cursor.kind, value), typed: typed !== undefined, fresh: true };
    this.requestUpdate();
  }

  private valueAt(kind: CellKind, address: bigint): bigint | undefined {
    if (kind === "word") return this.store.memory.wordAt(address);
    const byte = this.store.memory.byteAt(address);
    return byte === undefined || byte === unreadable ? undefined : BigInt(byte);
  }

  private readonly editEvents = {
    key: (event: KeyboardEvent): void => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        void this.commit(event.key === "Tab" ? (event.shiftKey ? "ArrowLeft" : "ArrowRight") : undefined);
      } else if (event.key === "Escape") {
        event.preventDefault();
        this.stopEditing();
      }
    },
    input: (event: InputEvent): void => {
      if (this.editing === undefined) return;
      this.editing = { ...this.editing, text: (event.target as HTMLInputElement).value, error: undefined };
      this.requestUpdate();
    },
    blur: (): void => {
      if (this.editing !== undefined && !this.editing.fresh && !this.editing.writing) this.stopEditing(false);
    },
  };

  private stopEditing(focus = true): void {
    this.editing = undefined;
    this.requestUpdate();
    if (focus) this.focus();
  }

  /** Writes what was typed, then moves on with `key`, if given; what is wrong is said at the cell. */
  private async commit(key: string | undefined): Promise<void> {
    const { editing, store } = this;
    if (editing === undefined) return;
    const parsed = parseEdit(editing.cursor.kind, editing.text);
    const fail = (error: string): void => {
      this.editing = { ...editing, error, writing: false };
      this.requestUpdate();
    };
    if (!parsed.ok) {
      fail(parsed.error);
      return;
    }
    this.editing = { ...editing, writing: true };
    try {
      await store.write(editing.cursor.address, parsed.bytes);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
      return;
    }
    this.stopEditing();
    const next = key && moveCursor(editing.cursor, key, { bytesPerRow: store.bytesPerRow, pageRows: 1 });
    if (next) this.moveTo(next);
  }
}
