/** Scalar floating point in WebAssembly: opcodes that the semantics do not use, and the locals of vector registers. */
import { type OperationName, operations } from "../../x86/operations.js";
import type { FunctionWriter } from "../wasm-writer.js";

/** WebAssembly core specification, 5.4. */
const floatOpcodes = {
  "f32.load": 0x2a,
  "f64.load": 0x2b,
  "f32.store": 0x38,
  "f64.store": 0x39,
  "f32.eq": 0x5b,
  "f32.ne": 0x5c,
  "f32.lt": 0x5d,
  "f32.gt": 0x5e,
  "f32.le": 0x5f,
  "f32.ge": 0x60,
  "f64.eq": 0x61,
  "f64.ne": 0x62,
  "f64.lt": 0x63,
  "f64.gt": 0x64,
  "f64.le": 0x65,
  "f64.ge": 0x66,
  "f32.abs": 0x8b,
  "f32.neg": 0x8c,
  "f32.ceil": 0x8d,
  "f32.floor": 0x8e,
  "f32.trunc": 0x8f,
  "f32.nearest": 0x90,
  "f32.sqrt": 0x91,
  "f32.add": 0x92,
  "f32.sub": 0x93,
  "f32.mul": 0x94,
  "f32.div": 0x95,
  "f64.abs": 0x99,
  "f64.neg": 0x9a,
  "f64.ceil": 0x9b,
  "f64.floor": 0x9c,
  "f64.trunc": 0x9d,
  "f64.nearest": 0x9e,
  "f64.sqrt": 0x9f,
  "f64.add": 0xa0,
  "f64.sub": 0xa1,
  "f64.mul": 0xa2,
  "f64.div": 0xa3,
  "f32.convert_i32_s": 0xb2,
  "f32.convert_i64_s": 0xb4,
  "f32.demote_f64": 0xb6,
  "f64.convert_i32_s": 0xb7,
  "f64.convert_i64_s": 0xb9,
  "f64.promote_f32": 0xbb,
  "i32.reinterpret_f32": 0xbc,
  "i64.reinterpret_f64": 0xbd,
  "f32.reinterpret_i32": 0xbe,
  "f64.reinterpret_i64": 0xbf,
  "i32.trunc_sat_f32_s": 0xfc00,
  "i32.trunc_sat_f64_s": 0xfc02,
  "i64.trunc_sat_f32_s": 0xfc04,
  "i64.trunc_sat_f64_s": 0xfc06,
  "f32x4.splat": 0xfd13,
  "f64x2.splat": 0xfd14,
} as const;
const laneOpcodes = {
  "i32x4.extract_lane": 0xfd1b,
  "i32x4.replace_lane": 0xfd1c,
  "i64x2.extract_lane": 0xfd1d,
  "i64x2.replace_lane": 0xfd1e,
  "f32x4.extract_lane": 0xfd1f,
  "f32x4.replace_lane": 0xfd20,
  "f64x2.extract_lane": 0xfd21,
  "f64x2.replace_lane": 0xfd22,
} as const;

export type FloatOpcode = keyof typeof floatOpcodes;

/** Writes operations by name. */
export class CodeByName {
  constructor(readonly code: FunctionWriter) {}

  emit(...names: (OperationName | FloatOpcode)[]): void {
    for (const name of names) {
      this.code.opcode(name in floatOpcodes ? floatOpcodes[name as FloatOpcode] : operations[name as OperationName][0]);
    }
  }

  lane(name: keyof typeof laneOpcodes, lane: number): void {
    this.code.opcode(laneOpcodes[name]);
    this.code.byte(lane);
  }

  /** A load or store at a fixed address; the operand of a store is emitted by `value`. */
  access(opcode: number | FloatOpcode, address: number, value: () => void = () => {}): void {
    this.code.i32(0);
    value();
    this.code.memory(typeof opcode === "number" ? opcode : floatOpcodes[opcode], address);
  }

  /** A load through the 32-bit address on the stack. */
  load(name: "f32.load" | "f64.load", offset = 0): void {
    this.code.memory(floatOpcodes[name], offset);
  }

  f64(value: number): void {
    this.code.byte(0x44);
    this.bytes(new Float64Array([value]).buffer);
  }

  f32(value: number): void {
    this.code.byte(0x43);
    this.bytes(new Float32Array([value]).buffer);
  }

  v128(low: bigint, high = low): void {
    this.code.opcode(0xfd0c);
    this.bytes(new BigUint64Array([BigInt.asUintN(64, low), BigInt.asUintN(64, high)]).buffer);
  }

  private bytes(buffer: ArrayBuffer): void {
    for (const byte of new Uint8Array(buffer)) this.code.byte(byte);
  }
}
