/**
 * The one WebAssembly.Memory of a machine, and views of it. A guest address is an offset in it. It grows as far up as
 * guest memory is mapped; the host gives pages that nobody touched no room.
 */

import { flagKinds, jumpCache, jumpCacheEntries, pageBits, pageShift, permissionTable, state } from "./layout.js";
import { maximumMemoryPages } from "./limits.js";

const wasmPage = 65536;

export class EngineMemory {
  readonly wasm = new WebAssembly.Memory({ initial: 0x400000 / wasmPage, maximum: maximumMemoryPages });
  /** Replaced when the memory grows: do not keep. */
  bytes: Uint8Array = new Uint8Array(this.wasm.buffer);
  data: DataView = new DataView(this.wasm.buffer);
  words: BigUint64Array = new BigUint64Array(this.wasm.buffer);
  /** The processor's registers, in 32-bit words. */
  registers: Uint32Array = new Uint32Array(this.wasm.buffer, state.general, state.registersSize / 4);
  /** Counts what may have changed registers or guest memory. */
  version = 0;

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
    this.registers = new Uint32Array(this.wasm.buffer, state.general, state.registersSize / 4);
    return true;
  }

  /** Whether all eight bytes of a word are mapped for the guest. */
  isWordMapped(address: number): boolean {
    // Unmapped pages outside guest space have no bits; what is no 32-bit address has no page.
    if (!(address >= 0 && address <= 0xffff_fff8)) return false;
    const first = this.bytes[permissionTable + (address >>> pageShift)] ?? 0;
    const last = this.bytes[permissionTable + ((address + 7) >>> pageShift)] ?? 0;
    return (first & last & pageBits.mapped) !== 0;
  }

  clearJumpCache(): void {
    this.bytes.fill(0xff, jumpCache, jumpCache + 8 * jumpCacheEntries);
    // No address is mapped at the end of the 4 GiB, but one may be jumped to: its own entry must not look like it.
    this.data.setUint32(jumpCache + 8 * (jumpCacheEntries - 1), 0, true);
  }
}
