/**
 * The SSE registers inside a region. Each of them has a home, where it is at the boundaries of blocks: a vector, or its
 * lowest element as a number, while the other elements stay in the processor's state. Inside a block it may be elsewhere.
 */
import type { Width } from "../../x86/value.js";
import { vectorAddress } from "../layout.js";
import { loadOpcode, storeOpcode } from "../semantics-emitter.js";
import { type FunctionWriter, op } from "../wasm-writer.js";
import { CodeByName } from "./float-code.js";

/**
 * Where a register is: whole in a local; its lowest 64 or 32 bits in a local, the others in the state; or it is known to
 * be zero, and nowhere.
 */
export type VectorForm = "vector" | "double" | "single" | "zero";
export type VectorHome = Exclude<VectorForm, "zero">;
export type ScalarForm = "double" | "single";

export const vectorCount = 16;

/** Locals of a function that has them, by index; `first` is the first that is free. */
export function vectorLocalsFrom(first: number) {
  const scratch = 4;
  const doubles = first;
  const doubleScratch = doubles + vectorCount;
  const singles = doubleScratch + scratch;
  const singleScratch = singles + vectorCount;
  const vectors = singleScratch + scratch;
  return {
    doubles,
    singles,
    vectors,
    doubleScratch,
    singleScratch,
    vectorScratch: vectors + vectorCount,
    end: vectors + vectorCount + scratch,
    declarations: [
      [vectorCount + scratch, "f64"],
      [vectorCount + scratch, "f32"],
      [vectorCount + scratch, "v128"],
    ],
  } as const;
}
export type VectorLocals = ReturnType<typeof vectorLocalsFrom>;

export class VectorRegisters {
  /** Those that the region reads or writes: loaded when it is entered. */
  readonly used = new Set<number>();
  readonly written = new Set<number>();
  private readonly by: CodeByName;
  private forms: VectorForm[];
  /** Of a register whose lowest element is in a local, bits 64 to 127 are known to be zero. */
  private upperIsZero: boolean[] = [];
  /** The upper half of the YMM register, in the state, is known to be zero. */
  private upperLaneIsZero: boolean[] = [];

  constructor(
    private readonly code: FunctionWriter,
    private readonly locals: VectorLocals,
    private readonly homes: readonly VectorHome[],
  ) {
    this.by = new CodeByName(code);
    this.forms = [...homes];
  }

  startBlock(): void {
    this.forms = [...this.homes];
    this.upperIsZero = [];
    this.upperLaneIsZero = [];
  }

  /** Brings all registers home: before control goes to another block. */
  endBlock(): void {
    for (const index of this.used) this.bring(index, this.homes[index] ?? "vector");
  }

  /** Emits code on a way out of the region; behind it, the registers are where they were. */
  emitHomecoming(): void {
    const [forms, upperIsZero] = [this.forms, this.upperIsZero];
    this.forms = [...forms];
    this.upperIsZero = [...upperIsZero];
    this.endBlock();
    this.forms = forms;
    this.upperIsZero = upperIsZero;
  }

  formOf(index: number): VectorForm {
    return this.forms[index] ?? "vector";
  }

  hasZeroUpper(index: number): boolean {
    return this.formOf(index) === "zero" || this.upperIsZero[index] === true;
  }

  /** Loads the registers where the region begins; emitted when all of it is known, into `code`. */
  emitLoads(code: FunctionWriter): void {
    const by = new CodeByName(code);
    const loads = { vector: op.v128Load, double: "f64.load", single: "f32.load" } as const;
    for (const index of this.used) {
      const home = this.homes[index] ?? "vector";
      by.access(loads[home], vectorAddress(index));
      code.set(this.localOf(index, home));
    }
  }

  /** Stores them where it ends. */
  emitStores(code: FunctionWriter): void {
    const by = new CodeByName(code);
    const stores = { vector: op.v128Store, double: "f64.store", single: "f32.store" } as const;
    for (const index of this.written) {
      const home = this.homes[index] ?? "vector";
      by.access(stores[home], vectorAddress(index), () => code.get(this.localOf(index, home)));
    }
  }

  localOf(index: number, form: VectorHome): number {
    const { vectors, doubles, singles } = this.locals;
    return index + (form === "vector" ? vectors : form === "double" ? doubles : singles);
  }

  /** Pushes the register in the form. */
  push(index: number, form: VectorHome): void {
    this.bring(index, form);
    this.code.get(this.localOf(index, form));
  }

  /** Brings the register into the form. */
  bring(index: number, form: VectorHome): void {
    const from = this.formOf(index);
    this.used.add(index);
    if (from === form) return;
    const { by, code } = this;
    const [vector, double, single] = [
      this.localOf(index, "vector"),
      this.localOf(index, "double"),
      this.localOf(index, "single"),
    ];
    const address = vectorAddress(index);
    if (form === "vector") {
      if (from === "zero") {
        by.v128(0n);
      } else {
        if (from === "double" && this.hasZeroUpper(index)) by.v128(0n);
        else by.access(op.v128Load, address);
        code.get(from === "double" ? double : single);
        by.lane(from === "double" ? "f64x2.replace_lane" : "f32x4.replace_lane", 0);
      }
      code.set(vector);
    } else if (from === "zero") {
      by.access(op.v128Store, address, () => by.v128(0n));
      if (form === "double") by.f64(0);
      else by.f32(0);
      code.set(this.localOf(index, form));
      this.upperIsZero[index] = true;
    } else if (from === "vector") {
      by.access(op.v128Store, address, () => code.get(vector));
      code.get(vector);
      by.lane(form === "double" ? "f64x2.extract_lane" : "f32x4.extract_lane", 0);
      code.set(this.localOf(index, form));
      this.upperIsZero[index] = false;
    } else if (form === "double") {
      by.access(op.i64Load32U, address + 4);
      code.i64(32n);
      by.emit("i64.shl");
      code.get(single);
      by.emit("i32.reinterpret_f32", "i64.extend_i32_u", "i64.or", "f64.reinterpret_i64");
      code.set(double);
    } else {
      by.access("f64.store", address, () => code.get(double));
      code.get(double);
      by.emit("i64.reinterpret_f64", "i32.wrap_i64", "f32.reinterpret_i32");
      code.set(single);
    }
    this.forms[index] = form;
  }

  /** The register becomes the vector on the stack. */
  setVector(index: number): void {
    this.note(index, "vector");
    this.code.set(this.localOf(index, "vector"));
  }

  setZero(index: number): void {
    this.note(index, "zero");
  }

  /** The lowest element becomes the number on the stack; the others stay. */
  setScalar(index: number, form: ScalarForm): void {
    this.keepOthers(index, form);
    this.note(index, form);
    this.code.set(this.localOf(index, form));
  }

  /** The lowest element becomes the number on the stack, all others zero. */
  setScalarAlone(index: number, form: ScalarForm): void {
    const { by } = this;
    const address = vectorAddress(index);
    const from = this.formOf(index);
    if (form === "single") by.access(op.v128Store, address, () => by.v128(0n));
    else if (!((from === "double" || from === "single") && this.hasZeroUpper(index)))
      by.access(op.i64Store, address + 8, () => this.code.i64(0n));
    this.upperIsZero[index] = true;
    this.note(index, form);
    this.code.set(this.localOf(index, form));
  }

  /** The same, but the others are those of the register `others`. */
  setScalarBeside(index: number, others: number, form: ScalarForm): void {
    if (index === others) {
      this.setScalar(index, form);
      return;
    }
    const { by, code } = this;
    const [from, to] = [vectorAddress(others), vectorAddress(index)];
    const home = this.formOf(others);
    this.used.add(others);
    const isUpperZero = home !== "vector" && this.hasZeroUpper(others);
    if (isUpperZero && form === "double") {
      this.setScalarAlone(index, form);
      return;
    }
    switch (home) {
      case "zero":
        by.access(op.v128Store, to, () => by.v128(0n));
        break;
      case "vector":
        by.access(op.v128Store, to, () => code.get(this.localOf(others, "vector")));
        break;
      case "double":
      case "single":
        if (form === "double") {
          by.access(op.i64Store, to + 8, () => by.access(op.i64Load, from + 8));
        } else {
          by.access(op.v128Store, to, () => by.access(op.v128Load, from));
          if (home === "double") by.access("f64.store", to, () => code.get(this.localOf(others, "double")));
        }
    }
    this.upperIsZero[index] = isUpperZero;
    this.note(index, form);
    code.set(this.localOf(index, form));
  }

  /** Bits 128 to 255 become zero. */
  clearUpperLane(index: number): void {
    if (this.upperLaneIsZero[index]) return;
    this.by.access(op.v128Store, vectorAddress(index) + 16, () => this.by.v128(0n));
    this.upperLaneIsZero[index] = true;
  }

  /** destination ← source, all of it. */
  copy(destination: number, source: number): void {
    const { by, code } = this;
    const form = this.formOf(source);
    this.used.add(source);
    if (destination === source) return;
    if (form === "zero") {
      this.setZero(destination);
      return;
    }
    code.get(this.localOf(source, form));
    if (form === "vector") {
      this.setVector(destination);
    } else if (form === "double" && this.hasZeroUpper(source)) {
      this.setScalarAlone(destination, "double");
    } else {
      const [from, to] = [vectorAddress(source), vectorAddress(destination)];
      if (form === "single") by.access(op.v128Store, to, () => by.access(op.v128Load, from));
      else by.access(op.i64Store, to + 8, () => by.access(op.i64Load, from + 8));
      this.upperIsZero[destination] = this.hasZeroUpper(source);
      this.note(destination, form);
      code.set(this.localOf(destination, form));
    }
  }

  /** Bits 64 to 127 become the 64-bit integer that `value` pushes; they are known to be zero if `isZero`. */
  setUpper(index: number, value: () => void, isZero: boolean): void {
    const form = this.formOf(index);
    if (form === "double" || form === "single") {
      if (!(isZero && this.hasZeroUpper(index))) this.by.access(op.i64Store, vectorAddress(index) + 8, value);
      this.upperIsZero[index] = isZero;
      this.used.add(index);
      this.written.add(index);
      return;
    }
    this.push(index, "vector");
    value();
    this.by.lane("i64x2.replace_lane", 1);
    this.setVector(index);
  }

  /** Pushes bits 64 to 127 as an integer. */
  pushUpper(index: number): void {
    this.used.add(index);
    switch (this.formOf(index)) {
      case "zero":
        this.code.i64(0n);
        return;
      case "vector":
        this.push(index, "vector");
        this.by.lane("i64x2.extract_lane", 1);
        return;
      default:
        this.by.access(op.i64Load, vectorAddress(index) + 8);
    }
  }

  /** Pushes `width` bytes from `offset` on, as the semantics want them. The upper half of YMM is always in the state. */
  pushPart(index: number, offset: number, width: Width, signed: boolean): void {
    const { by, code } = this;
    if (offset >= 16) {
      by.access(loadOpcode(width, signed), vectorAddress(index) + offset);
      return;
    }
    if (width === 16) {
      this.push(index, "vector");
      return;
    }
    if (width === 8 && offset === 8) {
      this.pushUpper(index);
      return;
    }
    if (width === 8 && offset === 0 && this.formOf(index) === "double") {
      this.push(index, "double");
      by.emit("i64.reinterpret_f64");
      return;
    }
    this.push(index, "vector");
    by.lane("i64x2.extract_lane", offset >> 3);
    if (width === 8) return;
    const above = BigInt(64 - 8 * width);
    code.i64(above - BigInt(8 * (offset & 7)));
    by.emit("i64.shl");
    code.i64(above);
    by.emit(signed ? "i64.shr_s" : "i64.shr_u");
  }

  /** `width` bytes from `offset` on become what `value` pushes. */
  setPart(index: number, offset: number, width: Width, value: () => void): void {
    const { by, code } = this;
    if (offset >= 16) {
      this.upperLaneIsZero[index] = false;
      by.access(storeOpcode(width), vectorAddress(index) + offset, value);
    } else if (width === 16) {
      value();
      this.setVector(index);
    } else if (width === 8 && offset === 8) {
      this.setUpper(index, value, false);
    } else if (width === 8 && this.formOf(index) === "double") {
      value();
      by.emit("f64.reinterpret_i64");
      this.setScalar(index, "double");
    } else if (width === 8) {
      this.push(index, "vector");
      value();
      by.lane("i64x2.replace_lane", 0);
      this.setVector(index);
    } else {
      const address = vectorAddress(index);
      this.bring(index, "vector");
      by.access(op.v128Store, address, () => code.get(this.localOf(index, "vector")));
      by.access(storeOpcode(width), address + offset, value);
      by.access(op.v128Load, address);
      this.setVector(index);
    }
  }

  /** The state has all elements but those that a local of the form is to hold. */
  private keepOthers(index: number, form: ScalarForm): void {
    const { by, code } = this;
    const address = vectorAddress(index);
    const from = this.formOf(index);
    if (from === "vector") {
      by.access(op.v128Store, address, () => code.get(this.localOf(index, "vector")));
      this.upperIsZero[index] = false;
    } else if (from === "zero") {
      by.access(op.v128Store, address, () => by.v128(0n));
      this.upperIsZero[index] = true;
    } else if (from === "double" && form === "single") {
      by.access("f64.store", address, () => code.get(this.localOf(index, "double")));
    }
  }

  private note(index: number, form: VectorForm): void {
    this.forms[index] = form;
    this.used.add(index);
    this.written.add(index);
  }
}
