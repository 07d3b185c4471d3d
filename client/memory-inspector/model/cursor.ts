/** The cell that the keyboard acts on, and where the keys take it. */
import { alignDown, highestAddress } from "./address.js";
import type { CellKind } from "./edit.js";
import type { BytesPerRow } from "./scroll-window.js";

export interface Cursor {
  readonly kind: CellKind;
  /** Of the byte, or of the word's first byte. */
  readonly address: bigint;
}

export interface GridShape {
  readonly bytesPerRow: BytesPerRow;
  /** Rows that PageUp and PageDown pass. */
  readonly pageRows: number;
}

/** The cursor after a key; `undefined` when the key does not move it. */
export function moveCursor(cursor: Cursor, key: string, shape: GridShape): Cursor | undefined {
  switch (key) {
    case "ArrowUp":
      return moveRows(cursor, -1, shape);
    case "ArrowDown":
      return moveRows(cursor, 1, shape);
    case "PageUp":
      return moveRows(cursor, -shape.pageRows, shape);
    case "PageDown":
      return moveRows(cursor, shape.pageRows, shape);
    case "ArrowLeft":
      return moveColumn(cursor, -1, shape);
    case "ArrowRight":
      return moveColumn(cursor, 1, shape);
    case "Home":
      return { kind: "byte", address: alignDown(cursor.address, shape.bytesPerRow) };
    case "End":
      return { kind: "word", address: alignDown(cursor.address, shape.bytesPerRow) + BigInt(shape.bytesPerRow - 8) };
    default:
      return undefined;
  }
}

/** Up and down, as far as there is memory; the column stays. */
function moveRows(cursor: Cursor, rows: number, { bytesPerRow }: GridShape): Cursor {
  const step = BigInt(bytesPerRow);
  const column = cursor.address % step;
  const row = cursor.address / step + BigInt(rows);
  const last = highestAddress / step;
  return { ...cursor, address: (row < 0n ? 0n : row > last ? last : row) * step + column };
}

/** Left and right within the row: its bytes, then its words. */
function moveColumn(cursor: Cursor, by: 1 | -1, { bytesPerRow }: GridShape): Cursor {
  const row = alignDown(cursor.address, bytesPerRow);
  const at = Number(cursor.address - row);
  const index = cursor.kind === "byte" ? at : bytesPerRow + at / 8;
  const next = Math.min(Math.max(index + by, 0), bytesPerRow + bytesPerRow / 8 - 1);
  return next < bytesPerRow
    ? { kind: "byte", address: row + BigInt(next) }
    : { kind: "word", address: row + BigInt((next - bytesPerRow) * 8) };
}
