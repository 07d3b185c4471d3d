/**
 * Scrolling through 2^64 bytes with a native scroll bar: the scroll area holds a window of some rows, which moves on
 * when one comes near its edge.
 */
import { addressSpace, alignDown } from "./address.js";

export type BytesPerRow = 8 | 16;

/** Rows in the window: far more than anyone scrolls in one go, far less than a browser can lay out. */
const windowRows = 40_000;

export class ScrollWindow {
  private constructor(
    /** The address of the first row. */
    readonly first: bigint,
    readonly rows: number,
    readonly bytesPerRow: BytesPerRow,
  ) {}

  /** A window with `address` in its middle, or as near to it as the address space allows. */
  static around(address: bigint, bytesPerRow: BytesPerRow): ScrollWindow {
    const size = BigInt(windowRows * bytesPerRow);
    const wanted = alignDown(address, bytesPerRow) - size / 2n;
    const last = addressSpace - size;
    return new ScrollWindow(wanted < 0n ? 0n : wanted > last ? last : wanted, windowRows, bytesPerRow);
  }

  contains(address: bigint): boolean {
    return address >= this.first && address < this.first + BigInt(this.rows * this.bytesPerRow);
  }

  /** The row that shows `address`, which the window must contain. */
  rowOf(address: bigint): number {
    return Number((address - this.first) / BigInt(this.bytesPerRow));
  }

  addressOf(row: number): bigint {
    return this.first + BigInt(row * this.bytesPerRow);
  }

  /** Whether it is time to move the window: within a tenth of an edge behind which there is more memory. */
  isNearEdge(row: number): boolean {
    const margin = this.rows / 10;
    if (row < margin) return this.first > 0n;
    return row > this.rows - margin && this.addressOf(this.rows) < addressSpace;
  }
}
