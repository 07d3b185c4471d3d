/**
 * The one WebAssembly.Memory of a machine, and views of it. A guest address is an offset in it. It grows as far up as
 * guest memory is mapped; the host gives pages that nobody touched no room.
 */

import { flagKinds, jumpCache, jumpCacheEntries, state } from "./layout.js";
import { maximumMemoryPages } from "./limits.js";

const wasmPage = 65536;

export class EngineMemory {
  readonly wasm = new WebAssembly.Memory({ initial: 0x400000 / wasmPage, maximum: maximumMemoryPages });
  /** Replaced when the memory grows: do not keep. */
  bytes: Uint8Array = new Uint8Array(this.wasm.buffer);
  data: DataView = new DataView(this.wasm.buffer);
  words: BigUint64Array = new BigUint64Array(this.wasm.buffer);

  constructor() {
    this.data.setUint32(state.flagKind, flagKinds.explicit, true);
    this.clearJumpCache();
  }

  /** Makes everything below `end` exist. False when the host has no room. */
  ensure(end: number): boolean {
    const missing = Math.ceil((end - this.bytes.length) / wasmPage);
    if (missing <= 0) return true;
    try {
      this.wasm.grow(missing);
    } catch {
      return false;
    }
    this.bytes = new Uint8Array(this.wasm.buffer);
    this.data = new DataView(this.wasm.buffer);
    this.words = new BigUint64Array(this.wasm.buffer);
    return true;
  }

  clearJumpCache(): void {
    this.bytes.fill(0xff, jumpCache, jumpCache + 8 * jumpCacheEntries);
    // No address is mapped at the end of the 4 GiB, but one may be jumped to: its own entry must not look like it.
    this.data.setUint32(jumpCache + 8 * (jumpCacheEntries - 1), 0, true);
  }
}
