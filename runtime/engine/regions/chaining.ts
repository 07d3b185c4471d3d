/**
 * Regions that hand over to each other: a table in the engine's memory says which addresses have a region, and a region
 * that is left at one of them calls it as its last act. The interpreter is not involved.
 */
import { operations } from "../../x86/operations.js";
import type { EngineMemory } from "../engine-memory.js";
import { regionSignature } from "../handlers.js";
import { regionTable, regionTableEntries } from "../layout.js";
import { FunctionWriter, ModuleWriter, op } from "../wasm-writer.js";
import { regionLocals } from "./region-locals.js";

/** Bits of an address that take part in its place in the table: neighbours, and the same place in other pages. */
const hashShift = 11;
/** `regions` is the only table that a module of regions imports. */
const regionsTable = 0;

/** Emits the hand-over: ends the function when there is a region at rIP, and does nothing else. */
export function emitChain(code: FunctionWriter, regionType: number): void {
  const { instructionPointer, remaining, entry } = regionLocals;
  const operation = (name: keyof typeof operations) => code.opcode(operations[name][0]);
  for (const shift of [0, hashShift]) {
    code.get(instructionPointer);
    operation("i32.wrap_i64");
    if (shift === 0) continue;
    code.i32(shift);
    operation("i32.shr_u");
    operation("i32.xor");
  }
  code.i32(regionTableEntries - 1);
  operation("i32.and");
  code.i32(3);
  operation("i32.shl");
  code.local(op.localTee, entry);
  code.memory(op.i64Load32U, regionTable);
  code.get(instructionPointer);
  operation("i64.eq");
  code.open(op.if);
  code.get(remaining);
  code.get(entry);
  code.memory(op.i32Load, regionTable + 4);
  code.returnCallIndirect(regionType, regionsTable);
  code.end();
}

/** Regions at this address are found at `slot` of the table of functions from now on. */
export function addToRegionTable({ data }: EngineMemory, address: number, slot: number): void {
  const entry = entryOf(address);
  data.setUint32(entry, address, true);
  data.setUint32(entry + 4, slot, true);
}

export function removeFromRegionTable({ data }: EngineMemory, address: number): void {
  const entry = entryOf(address);
  if (data.getUint32(entry, true) === address) data.setUint32(entry, emptyAt(entry), true);
}

/** Before anything is added to the table, which is all zeros. */
export function prepareRegionTable({ data }: EngineMemory): void {
  data.setUint32(regionTable, emptyAt(regionTable), true);
}

/** What an entry without a region holds: an address that belongs into another place. Programs do jump to 0. */
const emptyAt = (entry: number): number => (entry === regionTable ? 1 : 0);

function entryOf(address: number): number {
  return regionTable + 8 * ((address ^ (address >>> hashShift)) & (regionTableEntries - 1));
}

/** Whether the host has tail calls. Without them, every region returns to the interpreter. */
export function hostHasTailCalls(): boolean {
  const module = new ModuleWriter();
  const table = module.importTable("regions", 0);
  const code = new FunctionWriter();
  code.get(0);
  code.i32(0);
  code.returnCallIndirect(module.typeOf(regionSignature), table);
  module.addFunction({ signature: regionSignature, locals: [], code });
  return WebAssembly.validate(module.finish(1));
}
