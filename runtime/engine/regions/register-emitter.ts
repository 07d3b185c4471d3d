/** Registers and effective addresses inside a region: registers are locals, and what an instruction names is a constant. */
import { operations } from "../../x86/operations.js";
import type { RegisterPlace, Statement, Value, Width } from "../../x86/value.js";
import { state } from "../layout.js";
import { loadOpcode, storeOpcode } from "../semantics-emitter.js";
import { op } from "../wasm-writer.js";
import { NarrowEmitter } from "./narrow-emitter.js";
import { regionLocals } from "./region-locals.js";
import type { VectorRegisters } from "./vector-registers.js";

const lowHalf = 0xffffffffn;

export abstract class RegisterEmitter extends NarrowEmitter {
  readonly registersUsed = new Set<number>();
  readonly registersWritten = new Set<number>();
  abstract readonly vectors: VectorRegisters;

  /** What is emitted now is done under a condition. */
  protected abstract get isConditional(): boolean;
  /** A vector register has been set by parts. */
  protected abstract vectorIsSet(index: number): void;

  protected operation(name: keyof typeof operations): void {
    this.code.opcode(operations[name][0]);
  }

  protected override getGeneral(index: number): void {
    this.registersUsed.add(index);
    this.code.get(regionLocals.general + index);
  }

  /** The register that a place names: one of the general ones from a bit on, a vector, or an MMX register's address. */
  protected locate(place: RegisterPlace): { index: number; shift: number } | { vector: number } | { address: number } {
    if (place.kind === "general") return { index: place.index, shift: 0 };
    if (place.kind === "vector") return { vector: place.index };
    const operand = this.decoded.operands[place.position];
    if (operand?.kind === "register") return { index: operand.index, shift: operand.isHigh ? 8 : 0 };
    if (operand?.kind === "mmx") return { address: state.x87 + 16 * operand.index };
    if (operand?.kind === "vector") return { vector: operand.index };
    throw new Error(`operand ${place.position} is no register`);
  }

  protected getRegister(place: RegisterPlace, offset: number, width: Width, signed: boolean): void {
    const { code } = this;
    const found = this.locate(place);
    if ("address" in found) {
      code.i32(0);
      code.memory(loadOpcode(width, signed), found.address + offset);
      return;
    }
    if ("vector" in found) {
      this.vectors.pushPart(found.vector, offset, width, signed);
      return;
    }
    this.getGeneral(found.index);
    const shift = found.shift + 8 * offset;
    if (shift > 0) {
      code.i64(BigInt(shift));
      this.operation("i64.shr_u");
    }
    if (width >= 8) return;
    if (signed) {
      this.operation(width === 1 ? "i64.extend8_s" : width === 2 ? "i64.extend16_s" : "i64.extend32_s");
    } else {
      code.i64((1n << BigInt(8 * width)) - 1n);
      this.operation("i64.and");
    }
  }

  protected setRegister({ place, offset, width, value }: Statement & { readonly kind: "setRegister" }): void {
    const { code } = this;
    const found = this.locate(place);
    if ("address" in found) {
      code.i32(0);
      this.value(value);
      code.memory(storeOpcode(width), found.address + offset);
      return;
    }
    if ("vector" in found) {
      // Under a condition it would be known too soon.
      if (offset === 16 && isZeroVector(value) && !this.isConditional) this.vectors.clearUpperLane(found.vector);
      else this.vectors.setPart(found.vector, offset, width, () => this.value(value));
      this.vectorIsSet(found.vector);
      return;
    }
    this.registersWritten.add(found.index);
    this.registersUsed.add(found.index);
    if (width >= 8) {
      this.value(value);
    } else {
      const shift = found.shift + 8 * offset;
      const mask = (1n << BigInt(8 * width)) - 1n;
      if (width < 4) {
        this.pushLow(value);
        code.i32(Number(mask));
        this.operation("i32.and");
        this.operation("i64.extend_i32_u");
      } else {
        this.value(value);
        code.i64(mask);
        this.operation("i64.and");
      }
      if (shift > 0) {
        code.i64(BigInt(shift));
        this.operation("i64.shl");
      }
      this.getGeneral(found.index);
      code.i64(~(mask << BigInt(shift)));
      this.operation("i64.and");
      this.operation("i64.or");
    }
    code.set(regionLocals.general + found.index);
  }

  protected effectiveAddress(): void {
    const { code } = this;
    const { memory, addressSize32, segment } = this.decoded;
    let isEmpty = true;
    const add = (emit: () => void) => {
      emit();
      if (!isEmpty) this.operation("i64.add");
      isEmpty = false;
    };
    const { base, index, scale, displacement } = memory ?? { scale: 1, displacement: 0n };
    if (base !== undefined) add(() => this.getGeneral(base));
    if (index !== undefined) {
      add(() => {
        this.getGeneral(index);
        if (scale === 1) return;
        code.i64(BigInt(Math.log2(scale)));
        this.operation("i64.shl");
      });
    }
    if (displacement !== 0n || isEmpty) add(() => code.i64(displacement));
    if (addressSize32) {
      code.i64(lowHalf);
      this.operation("i64.and");
    }
    if (segment) add(() => this.segmentBase());
  }

  protected segmentBase(): void {
    const { segment } = this.decoded;
    if (!segment) {
      this.code.i64(0n);
      return;
    }
    this.code.i32(0);
    this.code.memory(op.i64Load, segment === "fs" ? state.fsBase : state.gsBase);
  }
}

function isZeroVector({ node }: Value): boolean {
  return node.kind === "splat" && node.half.node.kind === "constant" && node.half.node.value === 0n;
}
