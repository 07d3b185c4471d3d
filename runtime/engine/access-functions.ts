/** WebAssembly functions for addresses and memory checks, where they are not worth code at every place. */
import { pageBits, permissionTable, record, state } from "./layout.js";
import { FunctionWriter, type ModuleWriter, op } from "./wasm-writer.js";

export interface AccessFunctions {
  /** (record) → linear address of the memory operand, i64. */
  readonly effectiveAddress: number;
  /** (address, kind) → 0, or 1 when it faults; the fault is noted. */
  readonly access: number;
  /** (record, field of the record, kind) → where the operand is in the memory, or 0 when it faults. */
  readonly locate: number;
}

const sizeMask = 0xfff;
const writeBit = 0x1000;
const alignmentShift = 16;

/** An access as the second argument of `access`: size (less than a page), direction, required alignment. */
export function accessKind(size: number, write: boolean, alignment: number): number {
  return size | (write ? writeBit : 0) | ((alignment - 1) << alignmentShift);
}

/** What `accessKind` was made of. */
export function partsOfAccess(kind: number): {
  readonly size: number;
  readonly write: boolean;
  readonly alignment: number;
} {
  return { size: kind & sizeMask, write: (kind & writeBit) !== 0, alignment: (kind >> alignmentShift) + 1 };
}

export function addAccessFunctions(module: ModuleWriter, slowAccess: number): AccessFunctions {
  const effectiveAddress = addEffectiveAddress(module);
  const access = addAccess(module, slowAccess);
  return { effectiveAddress, access, locate: addLocate(module, effectiveAddress, access) };
}

/** Leaves base + (index << scale) + displacement of the record in local 0. */
export function emitPlainAddress(code: FunctionWriter, recordLocal: number): void {
  for (const field of [record.base, record.index]) {
    code.get(recordLocal);
    code.memory(op.i32Load8U, field);
    code.memory(op.i64Load, state.general);
  }
  code.get(recordLocal);
  code.memory(op.i64Load8U, record.scale);
  code.opcode(0x86); // i64.shl
  code.opcode(0x7c); // i64.add
  code.get(recordLocal);
  code.memory(op.i64Load, record.displacement);
  code.opcode(0x7c);
}

function addEffectiveAddress(module: ModuleWriter): number {
  const code = new FunctionWriter();
  emitPlainAddress(code, 0);
  code.i64(0xffffffffn);
  code.i64(-1n);
  code.get(0);
  code.memory(op.i32Load8U, record.addressSize32);
  code.opcode(op.select);
  code.opcode(0x83); // i64.and
  code.get(0);
  code.memory(op.i32Load8U, record.segment);
  code.memory(op.i64Load, state.general);
  code.opcode(0x7c);
  return module.addFunction({ signature: { parameters: ["i32"], results: ["i64"] }, locals: [], code });
}

function addAccess(module: ModuleWriter, slowAccess: number): number {
  const code = new FunctionWriter();
  const [address, kind] = [0, 1];
  // Not fast: permission of the page, upper half or crossing into the next page, alignment.
  code.get(address);
  code.opcode(0xa7);
  code.i32(12);
  code.opcode(0x76);
  code.memory(op.i32Load8U, permissionTable);
  code.i32(pageBits.fastWrite);
  code.i32(pageBits.fastRead);
  code.get(kind);
  code.i32(writeBit);
  code.opcode(0x71);
  code.opcode(op.select);
  code.opcode(0x71);
  code.opcode(0x45);
  code.get(address);
  code.i64(-0x100000000n | 0xfffn);
  code.opcode(0x83);
  code.i32(4096);
  code.get(kind);
  code.i32(sizeMask);
  code.opcode(0x71);
  code.opcode(0x6b);
  code.opcode(0xad);
  code.opcode(0x56);
  code.opcode(0x72);
  code.get(address);
  code.opcode(0xa7);
  code.get(kind);
  code.i32(alignmentShift);
  code.opcode(0x76);
  code.opcode(0x71);
  code.opcode(0x72);
  code.open(op.if);
  code.get(address);
  code.opcode(0xa7);
  code.get(address);
  code.i64(32n);
  code.opcode(0x88);
  code.opcode(0xa7);
  code.get(kind);
  code.call(slowAccess);
  code.byte(op.return);
  code.end();
  code.i32(0);
  return module.addFunction({ signature: { parameters: ["i64", "i32"], results: ["i32"] }, locals: [], code });
}

function addLocate(module: ModuleWriter, effectiveAddress: number, access: number): number {
  const code = new FunctionWriter();
  const [recordLocal, field, kind, found, address] = [0, 1, 2, 3, 4];
  code.get(recordLocal);
  code.get(field);
  code.opcode(0x6a);
  code.memory(op.i32Load, 0);
  code.local(op.localTee, found);
  code.open(op.if);
  code.get(found);
  code.byte(op.return);
  code.end();
  code.get(recordLocal);
  code.call(effectiveAddress);
  code.local(op.localTee, address);
  code.get(kind);
  code.call(access);
  code.open(op.if);
  code.i32(0);
  code.byte(op.return);
  code.end();
  code.get(address);
  code.opcode(0xa7);
  return module.addFunction({
    signature: { parameters: ["i32", "i32", "i32"], results: ["i32"] },
    locals: [
      [1, "i32"],
      [1, "i64"],
    ],
    code,
  });
}
