/** Writes WebAssembly modules in the binary format (WebAssembly core specification, chapter 5). */
import type { ValueType } from "../x86/operations.js";

/** Compiled code keeps floating-point numbers in locals of their own types, too. */
export type LocalType = ValueType | "f32" | "f64";

export const typeCodes: Record<LocalType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Opcodes of control, locals and memory; the pure operations are in `runtime/x86/operations.ts`. */
export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8U: 0x2d,
  i32Load16U: 0x2f,
  i64Load8S: 0x30,
  i64Load8U: 0x31,
  i64Load16S: 0x32,
  i64Load16U: 0x33,
  i64Load32S: 0x34,
  i64Load32U: 0x35,
  i32Store: 0x36,
  i64Store: 0x37,
  i64Store8: 0x3c,
  i64Store16: 0x3d,
  i64Store32: 0x3e,
  i32Const: 0x41,
  i32EqualToZero: 0x45,
  i32Equal: 0x46,
  i32LessSigned: 0x48,
  i64Equal: 0x51,
  i32Add: 0x6a,
  i32Xor: 0x73,
  i32GreaterUnsigned: 0x4b,
  i32ShiftRightSigned: 0x75,
  i64Const: 0x42,
  v128Load: 0xfd00,
  v128Store: 0xfd0b,
  i8x16Shuffle: 0xfd0d,
  i64x2Splat: 0xfd12,
  i64x2ExtractLane: 0xfd1d,
  i64x2ReplaceLane: 0xfd1e,
} as const;

/** The element type of tables: any function. */
const typeOfReference = 0x70;

/** The type of a block without results. */
export const noResult = 0x40;

/** A growing sequence of bytes. */
export class ByteWriter {
  private bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = value;
  }

  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  signed(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    if (rest >= -0x40000000n && rest < 0x40000000n) {
      this.signed(Number(rest));
      return;
    }
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
    return;
  }

  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  append(other: ByteWriter): void {
    const needed = this.length + other.length;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(other.bytes.subarray(0, other.length), this.length);
    this.length = needed;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes.subarray(0, this.length));
  }
}

/** The code of one function. Labels are named by the depth of nesting at which they were opened. */
export class FunctionWriter extends ByteWriter {
  /** Blocks that are open. */
  depth = 0;

  opcode(code: number): void {
    if (code > 0xff) {
      this.byte(code >> 8);
      this.unsigned(code & 0xff);
    } else {
      this.byte(code);
    }
  }

  open(code: number, type = noResult): number {
    this.byte(code);
    this.byte(type);
    return ++this.depth;
  }

  else(): void {
    this.byte(op.else);
  }

  end(): void {
    this.byte(op.end);
    this.depth--;
  }

  branch(label: number, code: number = op.br): void {
    this.byte(code);
    this.unsigned(this.depth - label);
  }

  local(code: number, index: number): void {
    this.byte(code);
    this.unsigned(index);
  }

  get(index: number): void {
    this.local(op.localGet, index);
  }

  set(index: number): void {
    this.local(op.localSet, index);
  }

  i32(value: number): void {
    this.byte(op.i32Const);
    this.signed(value);
  }

  i64(value: bigint): void {
    this.byte(op.i64Const);
    this.signed64(value);
  }

  /** A load or store; no alignment is promised. */
  memory(code: number, offset: number): void {
    this.opcode(code);
    this.byte(0);
    this.unsigned(offset);
  }

  call(index: number): void {
    this.byte(op.call);
    this.unsigned(index);
  }

  /** Calls the entry of an imported table that is on the stack; `type` is of `ModuleWriter.typeOf`. */
  callIndirect(type: number, table: number): void {
    this.byte(op.callIndirect);
    this.unsigned(type);
    this.unsigned(table);
  }

  /** The same as `call` as the function's last act, in the place of its own frame. */
  returnCall(index: number): void {
    this.byte(op.returnCall);
    this.unsigned(index);
  }

  returnCallIndirect(type: number, table: number): void {
    this.byte(op.returnCallIndirect);
    this.unsigned(type);
    this.unsigned(table);
  }
}

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

interface ModuleFunction {
  readonly signature: Signature;
  readonly locals: readonly (readonly [number, LocalType])[];
  readonly code: FunctionWriter;
  readonly exportName?: string;
}

/**
 * A module that imports `engine.memory` and functions, perhaps tables, and exports functions. Imports come first,
 * as their indexes do.
 */
export class ModuleWriter {
  private readonly imports: { name: string; signature: Signature }[] = [];
  private readonly functions: ModuleFunction[] = [];
  private readonly exports: { name: string; index: number }[] = [];
  private readonly types: string[] = [];
  private readonly typeWriter = new ByteWriter();
  private readonly tables: { name: string; size: number }[] = [];

  /** A table that `call_indirect` goes through; returns its index. */
  importTable(name: string, size: number): number {
    return this.tables.push({ name, size }) - 1;
  }

  exportFunction(index: number, name: string): void {
    this.exports.push({ name, index });
  }

  /** The index of the type of functions of this signature. */
  typeOf({ parameters, results }: Signature): number {
    const { types, typeWriter } = this;
    const key = `${parameters}>${results}`;
    const known = types.indexOf(key);
    if (known >= 0) return known;
    typeWriter.byte(0x60);
    for (const list of [parameters, results]) {
      typeWriter.unsigned(list.length);
      for (const type of list) typeWriter.byte(typeCodes[type]);
    }
    return types.push(key) - 1;
  }

  importFunction(name: string, signature: Signature): number {
    if (this.functions.length > 0) throw new Error("imports must come before functions");
    return this.imports.push({ name, signature }) - 1;
  }

  /** Returns the function's index. */
  addFunction(entry: ModuleFunction): number {
    return this.imports.length + this.functions.push(entry) - 1;
  }

  finish(maximumPages: number): Uint8Array<ArrayBuffer> {
    const imports = new ByteWriter();
    imports.unsigned(this.imports.length + 1 + this.tables.length);
    imports.name("engine");
    imports.name("memory");
    imports.byte(2);
    imports.byte(1);
    imports.unsigned(1);
    imports.unsigned(maximumPages);
    for (const table of this.tables) {
      imports.name("engine");
      imports.name(table.name);
      imports.byte(1);
      imports.byte(typeOfReference);
      imports.byte(0);
      imports.unsigned(table.size);
    }
    for (const { name, signature } of this.imports) {
      imports.name("engine");
      imports.name(name);
      imports.byte(0);
      imports.unsigned(this.typeOf(signature));
    }

    const functions = new ByteWriter();
    const exports = new ByteWriter();
    const code = new ByteWriter(1 << 16);
    functions.unsigned(this.functions.length);
    for (const [index, { exportName }] of this.functions.entries()) {
      if (exportName !== undefined) this.exportFunction(this.imports.length + index, exportName);
    }
    exports.unsigned(this.exports.length);
    for (const { name, index } of this.exports) {
      exports.name(name);
      exports.byte(0);
      exports.unsigned(index);
    }
    code.unsigned(this.functions.length);
    for (const entry of this.functions) {
      functions.unsigned(this.typeOf(entry.signature));
      const locals = new ByteWriter();
      locals.unsigned(entry.locals.length);
      for (const [count, type] of entry.locals) {
        locals.unsigned(count);
        locals.byte(typeCodes[type]);
      }
      code.unsigned(locals.length + entry.code.length + 1);
      code.append(locals);
      code.append(entry.code);
      code.byte(op.end);
    }

    const typeSection = new ByteWriter();
    typeSection.unsigned(this.types.length);
    typeSection.append(this.typeWriter);

    const module = new ByteWriter(code.length + 4096);
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) module.byte(byte);
    for (const [id, content] of [
      [1, typeSection],
      [2, imports],
      [3, functions],
      [7, exports],
      [10, code],
    ] as const) {
      module.byte(id);
      module.unsigned(content.length);
      module.append(content);
    }
    return module.finish();
  }
}
