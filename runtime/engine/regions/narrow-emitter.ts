/** Computes values that are 32-bit numbers (`narrow-values.ts`) with 32-bit operations. */
import type { DecodedInstruction } from "../../x86/decode.js";
import { type OperationName, operations } from "../../x86/operations.js";
import type { Node, Value } from "../../x86/value.js";
import { SemanticsEmitter } from "../semantics-emitter.js";
import { op } from "../wasm-writer.js";
import { constantOf } from "./constants.js";
import { extension, extensionsOf, plainRegister, shiftCount } from "./narrow-values.js";

/** Operations whose result's lower half follows from the lower halves of the operands. */
const ofLowerHalves: Partial<Record<OperationName, number>> = {
  "i64.add": operations["i32.add"][0],
  "i64.sub": operations["i32.sub"][0],
  "i64.mul": operations["i32.mul"][0],
  "i64.and": operations["i32.and"][0],
  "i64.or": operations["i32.or"][0],
  "i64.xor": operations["i32.xor"][0],
};

const i32 = {
  extend8Signed: 0xc0,
  extend16Signed: 0xc1,
  shiftRightSigned: 0x75,
  load: 0x28,
  load8Signed: 0x2c,
  load8Unsigned: 0x2d,
  load16Signed: 0x2e,
  load16Unsigned: 0x2f,
} as const;

/** Comparisons of two numbers that are extended in the same way: the operation for the lower halves. */
const comparisons: Partial<Record<OperationName, { readonly opcode: number; readonly both: number }>> = {
  "i64.eq": { opcode: 0x46, both: extension.both },
  "i64.ne": { opcode: 0x47, both: extension.both },
  "i64.lt_s": { opcode: 0x48, both: extension.signed },
  "i64.lt_u": { opcode: 0x49, both: extension.both },
  "i64.gt_s": { opcode: 0x4a, both: extension.signed },
  "i64.gt_u": { opcode: 0x4b, both: extension.both },
  "i64.le_s": { opcode: 0x4c, both: extension.signed },
  "i64.le_u": { opcode: 0x4d, both: extension.both },
  "i64.ge_s": { opcode: 0x4e, both: extension.signed },
  "i64.ge_u": { opcode: 0x4f, both: extension.both },
};

/** Of the locals for 32 bits, the rest is for those that have no choice. */
const mostNarrow = 16;

export abstract class NarrowEmitter extends SemanticsEmitter {
  /** Values of the instruction at hand that are kept in 32 bits, and what extends them. */
  private readonly narrow = new Map<Value, number>();

  protected override startInstruction(): void {
    super.startInstruction();
    this.narrow.clear();
  }

  protected abstract get decoded(): DecodedInstruction;
  /** Pushes a general register. */
  protected abstract getGeneral(index: number): void;

  protected override keep(value: Value): void {
    const extensions = this.extensionsOf(value);
    if (extensions === extension.none || this.usedLocals("i32") >= mostNarrow) {
      super.keep(value);
      return;
    }
    this.computeLow(value);
    value.local = this.newLocal("i32");
    this.narrow.set(value, extensions);
    this.code.set(value.local);
  }

  protected override value(value: Value): void {
    const extensions = this.narrow.get(value);
    if (extensions === undefined) {
      super.value(value);
      return;
    }
    this.code.get(value.local);
    this.extend(extensions);
  }

  protected override compute(value: Value): void {
    const { node } = value;
    if (node.kind === "operation" && (this.compare(node) || this.wrap(node))) return;
    const isConstant = node.kind === "constant" || node.kind === "immediate";
    const extensions = isConstant ? extension.none : this.extensionsOf(value);
    if (extensions === extension.none) {
      super.compute(value);
      return;
    }
    this.computeLow(value);
    this.extend(extensions);
  }

  /** Pushes the lower half of a 64-bit value. */
  protected pushLow(value: Value): void {
    if (this.narrow.has(value)) {
      this.code.get(value.local);
    } else if (value.local >= 0) {
      this.code.get(value.local);
      this.code.opcode(operations["i32.wrap_i64"][0]);
    } else {
      this.computeLow(value);
    }
  }

  /** The value is in a local, but not in all its width. */
  protected isKeptNarrow(value: Value): boolean {
    return this.narrow.has(value);
  }

  private extensionsOf(value: Value): number {
    return extensionsOf(value, this.decoded);
  }

  private extend(extensions: number): void {
    const name = extensions & extension.unsigned ? "i64.extend_i32_u" : "i64.extend_i32_s";
    this.code.opcode(operations[name][0]);
  }

  private computeLow(value: Value): void {
    const { code } = this;
    const { node } = value;
    switch (node.kind) {
      case "constant":
      case "immediate": {
        const constant = constantOf(value, this.decoded, false);
        if (constant === undefined) break;
        code.i32(Number(BigInt.asIntN(32, constant)));
        return;
      }
      case "register": {
        const index = plainRegister(node.place, this.decoded);
        if (index === undefined || node.offset !== 0) break;
        this.getGeneral(index);
        code.opcode(operations["i32.wrap_i64"][0]);
        if (node.width >= 4) return;
        if (node.signed) {
          code.opcode(node.width === 1 ? i32.extend8Signed : i32.extend16Signed);
        } else {
          code.i32(node.width === 1 ? 0xff : 0xffff);
          code.opcode(operations["i32.and"][0]);
        }
        return;
      }
      case "load":
        if (node.width > 4) break;
        this.pushLow(node.address);
        code.memory(loadOf(node.width, node.signed), node.offset);
        return;
      case "select":
        this.pushLow(node.yes);
        this.pushLow(node.no);
        this.value(node.condition);
        code.opcode(op.select);
        return;
      case "operation":
        if (this.computeLowOf(node)) return;
        break;
    }
    super.compute(value);
    code.opcode(operations["i32.wrap_i64"][0]);
  }

  /** False: there is no shorter way than through 64 bits, and nothing was pushed. */
  private computeLowOf({ name, inputs }: Node & { readonly kind: "operation" }): boolean {
    const { code } = this;
    const [first, second] = inputs;
    if (!first) return false;
    const simple = ofLowerHalves[name];
    if (simple !== undefined && second) {
      this.pushLow(first);
      const mask = name === "i64.and" ? constantOf(second, this.decoded, false) : undefined;
      if (mask !== undefined && BigInt.asUintN(32, mask) === 0xffff_ffffn) return true;
      this.pushLow(second);
      code.opcode(simple);
      return true;
    }
    switch (name) {
      case "i64.extend_i32_s":
      case "i64.extend_i32_u":
        this.value(first);
        return true;
      case "i64.extend32_s":
        this.pushLow(first);
        return true;
      case "i64.extend8_s":
      case "i64.extend16_s":
        this.pushLow(first);
        code.opcode(name === "i64.extend8_s" ? i32.extend8Signed : i32.extend16Signed);
        return true;
      case "i64.shl":
        return second !== undefined && this.shift(operations["i32.shl"][0], first, second, extension.none);
      case "i64.shr_u":
        return second !== undefined && this.shift(operations["i32.shr_u"][0], first, second, extension.unsigned);
      case "i64.shr_s":
        return second !== undefined && this.shift(i32.shiftRightSigned, first, second, extension.signed);
      default:
        return false;
    }
  }

  /** `needed`: how the operand must be extended, so that what comes in from its upper half is the same. */
  private shift(opcode: number, operand: Value, count: Value, needed: number): boolean {
    if (!shiftCount(count, this.decoded)) return false;
    if ((this.extensionsOf(operand) & needed) !== needed) return false;
    this.pushLow(operand);
    this.pushLow(count);
    this.code.opcode(opcode);
    return true;
  }

  private compare({ name, inputs }: Node & { readonly kind: "operation" }): boolean {
    const [first, second] = inputs;
    if (!first) return false;
    if (name === "i64.eqz") {
      if (this.extensionsOf(first) === extension.none) return false;
      this.pushLow(first);
      this.code.opcode(op.i32EqualToZero);
      return true;
    }
    const comparison = comparisons[name];
    if (!comparison || !second) return false;
    if (!(this.extensionsOf(first) & this.extensionsOf(second) & comparison.both)) return false;
    this.pushLow(first);
    this.pushLow(second);
    this.code.opcode(comparison.opcode);
    return true;
  }

  private wrap({ name, inputs }: Node & { readonly kind: "operation" }): boolean {
    const [first] = inputs;
    if (name !== "i32.wrap_i64" || !first) return false;
    this.pushLow(first);
    return true;
  }
}

function loadOf(width: number, signed: boolean): number {
  if (width === 1) return signed ? i32.load8Signed : i32.load8Unsigned;
  if (width === 2) return signed ? i32.load16Signed : i32.load16Unsigned;
  return i32.load;
}
