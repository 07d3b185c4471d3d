/** One row of the grid: address, bytes, characters, words, and what they mean. */
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { formatAddress, padAddress } from "../model/address.js";
import type { PlacedAnnotation } from "../model/annotations.js";
import type { Cursor } from "../model/cursor.js";
import type { CellKind } from "../model/edit.js";
import { unreadable } from "../model/page-cache.js";
import type { BytesPerRow } from "../model/scroll-window.js";
import { placeOf, pointersIn } from "../model/stack-map.js";
import type { Store } from "./store.js";

/** A cell being edited. */
export interface Editing {
  readonly cursor: Cursor;
  readonly text: string;
  /** Started by typing a digit: the caret stands behind it. */
  readonly typed: boolean;
  /** Its input is not on the page yet. */
  readonly fresh: boolean;
  readonly writing?: boolean;
  readonly error?: string;
}

export interface EditEvents {
  key(event: KeyboardEvent): void;
  input(event: InputEvent): void;
  blur(): void;
}

export interface RowModel {
  readonly address: bigint;
  readonly store: Store;
  readonly cursor: Cursor | undefined;
  readonly editing: Editing | undefined;
  readonly onEdit: EditEvents;
}

export function cellId({ kind, address }: Cursor): string {
  return `${kind}-${address.toString(16)}`;
}

export function renderHeader(bytesPerRow: BytesPerRow): TemplateResult {
  const offsets = Array.from({ length: bytesPerRow }, (_, i) => i);
  return html`<div class="row header" role="row">
    <span class="stripe" role="presentation"></span><span class="marker" role="presentation"></span>
    <span class="address" role="columnheader">Address</span>
    <span class="bytes" role="presentation">${offsets.map(
      (i) => html`<span class="byte" role="columnheader" aria-label="byte +${i}">+${i.toString(16)}</span>`,
    )}</span>
    <span class="ascii" role="columnheader">ASCII</span>
    <span class="words" role="presentation">${offsets
      .filter((i) => i % 8 === 0)
      .map((i) => html`<span class="word" role="columnheader">Word${bytesPerRow === 16 ? ` +${i}` : ""}</span>`)}</span>
    <span class="meaning" role="columnheader">Meaning</span>
  </div>`;
}

export function renderRow(model: RowModel): TemplateResult {
  const { address, store } = model;
  const { bytesPerRow } = store;
  const place = placeOf(address, store.regions);
  const pointers = pointersIn(address, bytesPerRow, store.regions);
  const focused = store.focusedRegion;
  const isCurrent = focused !== undefined && pointers.includes(focused);
  const target = store.address;
  const isTarget = target !== undefined && target >= address && target < address + BigInt(bytesPerRow);
  const isOwn = place !== undefined && place.region === focused;
  const classes = [
    "row",
    place === undefined ? "" : `stack ${place.part}${isOwn ? " own" : ""}`,
    pointers.length > 0 ? "pointer-row" : "",
    isCurrent ? "current" : "",
    isTarget ? "target" : "",
    place?.region.low === address ? "stack-low" : "",
    address % 0x40n === 0n ? "line" : "",
  ];
  const padded = padAddress(address);
  const offsets = Array.from({ length: bytesPerRow }, (_, i) => address + BigInt(i));
  const stripe =
    place === undefined ? "" : `${place.part === "used" ? "In use" : "Free"}: the stack of ${place.region.name}`;
  return html`<div class=${classes.join(" ")} role="row">
    <span class="stripe" role="presentation" title=${stripe}></span>
    <span class="marker" role="presentation" title=${pointers.map(({ name }) => `rsp of ${name}`).join(", ")}></span>
    <span class="address" role="rowheader"><span class="zeros">${padded.zeros}</span>${padded.digits}</span>
    <span class="bytes" role="presentation">${offsets.map((at) => renderByte(model, at))}</span>
    <span class="ascii" role="gridcell" aria-label=${characters(store, offsets)}
      >${offsets.map((at) => renderCharacter(model, at))}</span>
    <span class="words" role="presentation">${offsets
      .filter((_, i) => i % 8 === 0)
      .map((at) => renderWord(model, at))}</span>
    <span class="meaning" role="gridcell">${renderMeaning(model)}</span>
  </div>`;
}

const changedClass = (store: Store, address: bigint): string => (store.memory.isChanged(address) ? " changed" : "");

const isAt = (cursor: Cursor | undefined, kind: CellKind, address: bigint): boolean =>
  cursor?.kind === kind && cursor.address === address;

function renderByte(model: RowModel, address: bigint): TemplateResult {
  const { store, cursor } = model;
  const byte = store.memory.byteAt(address);
  const known = byte !== undefined && byte !== unreadable;
  const text = known ? byte.toString(16).padStart(2, "0") : byte === unreadable ? "··" : "";
  const changed = changedClass(store, address);
  const classes = `byte${known ? (byte === 0 ? " zero" : "") : " unknown"}${changed}${isAt(cursor, "byte", address) ? " cursor" : ""}${isCursorIn(cursor, address) ? " linked" : ""}`;
  const label = `${known ? text : "unreadable"}, byte at ${formatAddress(address)}${changed && ", changed"}`;
  return html`<span class=${classes} role="gridcell" id=${cellId({ kind: "byte", address })} data-kind="byte"
    data-at=${formatAddress(address)} aria-label=${label}>${renderEdit(model, "byte", address) ?? text}</span>`;
}

/** Whether a byte belongs to the word under the cursor. */
const isCursorIn = (cursor: Cursor | undefined, address: bigint): boolean =>
  cursor?.kind === "word" && address >= cursor.address && address < cursor.address + 8n;

function character(byte: number | undefined): string {
  if (byte === undefined) return " ";
  if (byte === unreadable) return "·";
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}

const characters = (store: Store, offsets: readonly bigint[]): string =>
  offsets.map((at) => character(store.memory.byteAt(at))).join("");

function renderCharacter({ store, cursor }: RowModel, address: bigint): TemplateResult {
  const byte = store.memory.byteAt(address);
  const printable = byte !== undefined && byte >= 0x20 && byte < 0x7f;
  const linked = isAt(cursor, "byte", address) || isCursorIn(cursor, address) ? " linked" : "";
  return html`<span class="character${printable ? "" : " zero"}${changedClass(store, address)}${linked}" data-kind="byte"
    data-at=${formatAddress(address)}>${character(byte)}</span>`;
}

function renderWord(model: RowModel, address: bigint): TemplateResult {
  const { store, cursor } = model;
  const word = store.memory.wordAt(address);
  const changed = Array.from({ length: 8 }, (_, i) => address + BigInt(i)).some((at) => store.memory.isChanged(at));
  const isPointer = word !== undefined && store.pointers.isPointer(word);
  const linked = cursor?.kind === "byte" && cursor.address - (cursor.address % 8n) === address;
  const classes = `word${word === undefined ? " unknown" : ""}${changed ? " changed" : ""}${isAt(cursor, "word", address) ? " cursor" : ""}${linked ? " linked" : ""}`;
  const text = word === undefined ? undefined : formatAddress(word);
  const meaning = store.annotations.in(address, 8).map((annotation) => annotation.text);
  const label = [
    text ?? "unreadable",
    `word at ${formatAddress(address)}`,
    ...meaning,
    ...(changed ? ["changed"] : []),
    ...(isPointer ? ["a pointer, Control Enter goes there"] : []),
  ].join(", ");
  return html`<span class=${classes} role="gridcell" id=${cellId({ kind: "word", address })} data-kind="word"
    data-at=${formatAddress(address)} aria-label=${label}
    >${renderEdit(model, "word", address) ?? renderWordText(word, isPointer)}</span>`;
}

function renderWordText(word: bigint | undefined, isPointer: boolean): TemplateResult {
  if (word === undefined) return html`··`;
  const { zeros, digits } = padAddress(word);
  if (word === 0n) return html`<span class="zeros">${zeros}${digits}</span>`;
  const significant = isPointer
    ? html`<span class="link" title="Go to ${formatAddress(word)}">${digits}</span>`
    : digits;
  return html`<span class="zeros">${zeros}</span>${significant}`;
}

function renderEdit({ editing, onEdit }: RowModel, kind: CellKind, address: bigint): TemplateResult | undefined {
  if (editing === undefined || !isAt(editing.cursor, kind, address)) return undefined;
  const { error } = editing;
  return html`<input class="edit ${error === undefined ? "" : "invalid"}" type="text" spellcheck="false"
      autocomplete="off" aria-label="New value in hexadecimal" aria-invalid=${error === undefined ? "false" : "true"}
      .value=${live(editing.text)} ?readonly=${editing.writing ?? false}
      @keydown=${onEdit.key} @input=${onEdit.input} @blur=${onEdit.blur}
    >${error === undefined ? nothing : html`<span class="edit-error" role="alert">${error}</span>`}`;
}

/** What the debug adapter knows about the row's words. The stack pointer has its marker: its words come last. */
function renderMeaning({ address, store }: RowModel): unknown {
  const known = store.annotations.in(address, store.bytesPerRow);
  const isPointer = ({ kind }: PlacedAnnotation): boolean => kind === "stackPointer";
  // The stack that is being looked at needs no name; the title has it.
  const focused = store.focusedRegion;
  const isFocused = focused !== undefined && pointersIn(address, store.bytesPerRow, store.regions).includes(focused);
  return [...known.filter((each) => !isPointer(each)), ...known.filter(isPointer)].map(
    ({ kind, text, address: at }) =>
      html`<span class="tag kind-${kind}" title="${text}, at ${formatAddress(at)}"
        >${text.replace(/^stack pointer of (.*)/, isFocused ? "rsp" : "rsp of $1")}</span>`,
  );
}
