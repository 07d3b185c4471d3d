/**
 * SSE instructions in compiled code, where MXCSR is known to round to nearest, with the precision exception masked and
 * noted. Whatever might raise another exception leaves the region before the instruction.
 */
import type { DecodedInstruction } from "../../x86/decode.js";
import type { SubroutineName } from "../../x86/subroutines.js";
import { op } from "../wasm-writer.js";
import { FloatChecks, prefixOf } from "./float-checks.js";
import type { CodeByName } from "./float-code.js";
import { orderLocals } from "./float-flags.js";
import { type VectorOperands, type VectorOperation, vectorOperands } from "./vector-forms.js";
import type { ScalarForm, VectorLocals, VectorRegisters } from "./vector-registers.js";

/** What the emitter of a region does for these instructions. */
export interface FloatSurroundings {
  /** Leaves the region before the instruction at hand. */
  leave(): void;
  /** Pushes the 32-bit address of the memory operand, which is checked. */
  pushAddress(): void;
  /** Pushes a general register or what is in memory: 32 or 64 bits, sign-extended. */
  pushInteger(position: 1 | 2): void;
  /** A general register, or memory, becomes the lower `width` bytes of what `push` pushes. */
  setInteger(push: () => void): void;
  /** Calls the subroutine with what is on the stack. */
  call(name: SubroutineName): void;
  /** Status flags by the comparison of the numbers in the locals for it. */
  setOrder(form: ScalarForm): void;
}

const otherForm = { double: "single", single: "double" } as const;

export class FloatOperations {
  /** MXCSR must be as above for the code to be right. */
  readsMxcsr = false;
  private readonly checks: FloatChecks;
  /** Registers whose lowest element is zero, normal or infinite, in the precision of the form. */
  private plain = new Map<number, ScalarForm>();

  constructor(
    private readonly by: CodeByName,
    private readonly registers: VectorRegisters,
    private readonly locals: VectorLocals,
    private readonly surroundings: FloatSurroundings,
  ) {
    this.checks = new FloatChecks(by);
  }

  startBlock(plain: ReadonlyMap<number, ScalarForm>): void {
    this.plain = new Map(plain);
  }

  /** Something else has written the register. */
  forget(index: number): void {
    this.plain.delete(index);
  }

  emit(operation: VectorOperation, decoded: DecodedInstruction): void {
    const operands = vectorOperands(decoded);
    this.emitLower(operation, decoded, operands);
    const { destination, isVex } = operands;
    if (isVex && operation.kind !== "compare" && destination?.kind === "vector") {
      this.registers.clearUpperLane(destination.index);
    }
  }

  private emitLower(operation: VectorOperation, decoded: DecodedInstruction, operands: VectorOperands): void {
    const { registers } = this;
    const [destination, first, source] = [operands.destination, operands.first, operands.source].map((operand) =>
      operand?.kind === "vector" ? operand.index : undefined,
    );
    switch (operation.kind) {
      case "arithmetic":
        if (destination !== undefined && first !== undefined) this.arithmetic(operation, destination, first, source);
        return;
      case "fused":
        if (destination !== undefined) this.fused(operation, destination, first, source);
        return;
      case "compare":
        if (destination !== undefined) this.compare(operation.form, destination, source);
        return;
      case "toInteger":
        this.toInteger(operation, source, operands.destination?.width === 8);
        return;
      case "fromInteger":
        if (destination === undefined || first === undefined) return;
        this.fromInteger(
          operation.form,
          destination,
          first,
          decoded.operands.length === 3 ? 2 : 1,
          operands.source?.width === 8,
        );
        return;
      case "convert":
        if (destination !== undefined && first !== undefined) this.convert(operation.to, destination, first, source);
        return;
      case "moveElement":
        this.moveElement(operation, decoded);
        return;
      case "copy": {
        if (destination === undefined || source === undefined) return;
        const plain = this.plain.get(source);
        registers.copy(destination, source);
        if (plain) this.plain.set(destination, plain);
        else this.plain.delete(destination);
        return;
      }
      case "clear":
        if (destination === undefined) return;
        registers.setZero(destination);
        this.plain.delete(destination);
        return;
      case "logic":
        if (destination === undefined) return;
        if (first === undefined || first === destination) {
          this.logic(operation.name, destination, source);
        } else if (source === destination) {
          this.logic(operation.name, destination, first);
        } else {
          registers.copy(destination, first);
          this.logic(operation.name, destination, source);
        }
        return;
    }
  }

  private leaveUnless(push: () => void): void {
    const { code } = this.by;
    push();
    code.opcode(op.i32EqualToZero);
    code.open(op.if);
    this.surroundings.leave();
    code.end();
  }

  /** A suspicious number is looked at more closely; unless `isRight` then, the region is left. */
  private lookCloser(isSuspicious: () => void, isRight: () => void): void {
    const { code } = this.by;
    isSuspicious();
    code.open(op.if);
    this.leaveUnless(isRight);
    code.end();
  }

  private localOf(index: number, form: ScalarForm): number {
    return this.registers.localOf(index, form);
  }

  private scratch(form: ScalarForm, index: number): number {
    return index + (form === "double" ? this.locals.doubleScratch : this.locals.singleScratch);
  }

  /** The register in the form, known to be plain. Returns the local. */
  private plainRegister(index: number, form: ScalarForm): number {
    this.registers.bring(index, form);
    const local = this.localOf(index, form);
    if (this.plain.get(index) !== form) {
      this.requirePlain(form, local);
      this.plain.set(index, form);
    }
    return local;
  }

  private requirePlain(form: ScalarForm, local: number): void {
    this.lookCloser(
      () => this.checks.pushIsSuspicious(form, local, false),
      () => this.checks.pushIsZeroOrInfinite(form, local),
    );
  }

  /** The source, which is not denormal; a NaN only if it is in memory and `toleratesNaN`. Returns the local. */
  private sourceOf(form: ScalarForm, source: number | undefined, toleratesNaN: boolean): number {
    if (source !== undefined) return this.plainRegister(source, form);
    const { by, surroundings } = this;
    const local = this.scratch(form, 1);
    surroundings.pushAddress();
    by.load(`${prefixOf[form]}.load`);
    by.code.set(local);
    if (toleratesNaN) {
      this.lookCloser(
        () => this.checks.pushHasNoExponent(form, () => surroundings.pushAddress()),
        () => this.checks.pushIsZero(form, local),
      );
    } else {
      this.requirePlain(form, local);
    }
    return local;
  }

  private arithmetic(
    { name, form }: VectorOperation & { kind: "arithmetic" },
    destination: number,
    first: number,
    source: number | undefined,
  ): void {
    const { by, checks } = this;
    const { code } = by;
    this.readsMxcsr = true;
    const prefix = prefixOf[form];
    const isOrder = name === "min" || name === "max";
    // A NaN makes the result one, but for the smaller and the larger of two.
    const x = name === "sqrt" ? 0 : this.plainRegister(first, form);
    const y = this.sourceOf(form, source, !isOrder);
    const result = this.scratch(form, 0);
    if (isOrder) {
      // The second operand where neither is less: the pseudo-minimum of WebAssembly with the operands exchanged.
      const shape = form === "double" ? "f64x2" : "f32x4";
      for (const local of [y, x]) {
        code.get(local);
        by.emit(`${shape}.splat`);
      }
      by.emit(`${shape}.p${name}`);
      by.lane(`${shape}.extract_lane`, 0);
    } else {
      if (name !== "sqrt") code.get(x);
      code.get(y);
      by.emit(`${prefix}.${name}`);
      code.set(result);
      this.lookCloser(
        () => checks.pushIsSuspicious(form, result, true),
        () => {
          checks.pushIsInside(form, result);
          checks.pushIsZero(form, result);
          if (name === "mul" || name === "div") {
            checks.pushIsZero(form, x);
            if (name === "mul") {
              checks.pushIsZero(form, y);
              by.emit("i32.or");
            }
            by.emit("i32.and");
          }
          by.emit("i32.or");
        },
      );
      code.get(result);
    }
    this.registers.setScalarBeside(destination, first, form);
    this.plain.set(destination, form);
  }

  /** By the subroutines of the definition: the quick one, and the sure one where that does not know. */
  private fused(
    operation: VectorOperation & { kind: "fused" },
    destination: number,
    second: number | undefined,
    source: number | undefined,
  ): void {
    const { by, surroundings } = this;
    const { code } = by;
    const { form, order, negatesProduct, subtracts } = operation;
    this.readsMxcsr = true;
    const prefix = prefixOf[form];
    const shape = form === "double" ? "f64x2" : "f32x4";
    const result = this.scratch(form, 0);
    const inMemory = this.scratch(form, 1);
    const locals = [destination, second, source].map((index) => {
      if (index === undefined) return inMemory;
      this.registers.bring(index, form);
      return this.localOf(index, form);
    });
    if (source === undefined) {
      surroundings.pushAddress();
      by.load(`${prefix}.load`);
      code.set(inMemory);
    }
    const negated = [negatesProduct, false, subtracts];
    const call = (name: SubroutineName, ...others: readonly number[]) => {
      for (const [position, index] of order.entries()) {
        code.get(locals[index] ?? inMemory);
        if (negated[position]) by.emit(`${prefix}.neg`);
        by.emit(`${shape}.splat`);
      }
      for (const other of others) code.i32(other);
      surroundings.call(name);
      by.lane(`${shape}.extract_lane`, 0);
      code.set(result);
    };
    const isNoNumber = () => {
      code.get(result);
      code.get(result);
      by.emit(`${prefix}.ne`);
    };
    call(form === "double" ? "fusedDoubles" : "fusedSingles");
    isNoNumber();
    code.open(op.if);
    call(form === "double" ? "fusedDoublesToOdd" : "fusedSinglesToOdd", 1);
    isNoNumber();
    code.open(op.if);
    surroundings.leave();
    code.end();
    code.end();
    code.get(result);
    this.registers.setScalar(destination, form);
    this.plain.set(destination, form);
  }

  private compare(form: ScalarForm, first: number, source: number | undefined): void {
    this.readsMxcsr = true;
    const { code } = this.by;
    const x = this.plainRegister(first, form);
    const y = this.sourceOf(form, source, false);
    for (const [index, local] of [x, y].entries()) {
      code.get(local);
      code.set(orderLocals(this.locals, form)[index] ?? 0);
    }
    this.surroundings.setOrder(form);
  }

  private toInteger(
    { form, rounds }: VectorOperation & { kind: "toInteger" },
    source: number | undefined,
    isLong: boolean,
  ): void {
    const { by, checks, surroundings } = this;
    const { code } = by;
    this.readsMxcsr = true;
    const prefix = prefixOf[form];
    const value = this.scratch(form, 0);
    if (source === undefined) {
      surroundings.pushAddress();
      by.load(`${prefix}.load`);
    } else {
      this.registers.push(source, form);
    }
    if (rounds === "nearest") by.emit(`${prefix}.nearest`);
    code.set(value);
    // Neither a NaN nor too large.
    this.leaveUnless(() => {
      checks.pushMagnitude(form, value);
      checks.constant(form, isLong ? 2 ** 63 : 2 ** 31);
      by.emit(`${prefix}.lt`);
    });
    surroundings.setInteger(() => {
      code.get(value);
      if (isLong) by.emit(`i64.trunc_sat_${prefix}_s`);
      else by.emit(`i32.trunc_sat_${prefix}_s`, "i64.extend_i32_u");
    });
  }

  private fromInteger(form: ScalarForm, destination: number, first: number, position: 1 | 2, isLong: boolean): void {
    this.readsMxcsr = true;
    const { by } = this;
    this.surroundings.pushInteger(position);
    if (isLong) by.emit(`${prefixOf[form]}.convert_i64_s`);
    else by.emit("i32.wrap_i64", `${prefixOf[form]}.convert_i32_s`);
    this.registers.setScalarBeside(destination, first, form);
    this.plain.set(destination, form);
  }

  private convert(to: ScalarForm, destination: number, first: number, source: number | undefined): void {
    const { by, checks } = this;
    this.readsMxcsr = true;
    const from = otherForm[to];
    const value = this.sourceOf(from, source, false);
    by.code.get(value);
    if (to === "double") {
      by.emit("f64.promote_f32");
    } else {
      const result = this.scratch("single", 0);
      by.emit("f32.demote_f64");
      by.code.set(result);
      this.lookCloser(
        () => checks.pushIsSuspicious("single", result, true),
        () => {
          checks.pushIsInside("single", result);
          checks.pushIsZero("double", value);
          by.emit("i32.or");
        },
      );
      by.code.get(result);
    }
    this.registers.setScalarBeside(destination, first, to);
    this.plain.set(destination, to);
  }

  private moveElement(
    { form, clears }: VectorOperation & { kind: "moveElement" },
    { operands: [first, second] }: DecodedInstruction,
  ): void {
    const { by, registers, surroundings } = this;
    if (first?.kind === "vector") {
      if (second?.kind === "vector") {
        registers.push(second.index, form);
      } else if (second?.kind === "memory") {
        surroundings.pushAddress();
        by.load(`${prefixOf[form]}.load`);
      } else {
        surroundings.pushInteger(1);
        if (form === "double") by.emit("f64.reinterpret_i64");
        else by.emit("i32.wrap_i64", "f32.reinterpret_i32");
      }
      const plain = second?.kind === "vector" ? this.plain.get(second.index) : undefined;
      if (clears) registers.setScalarAlone(first.index, form);
      else registers.setScalar(first.index, form);
      if (plain === form) this.plain.set(first.index, form);
      else this.plain.delete(first.index);
      return;
    }
    if (second?.kind !== "vector") return;
    if (first?.kind === "memory") {
      surroundings.pushAddress();
      registers.push(second.index, form);
      by.code.memory(form === "double" ? 0x39 : 0x38, 0);
      return;
    }
    surroundings.setInteger(() => {
      registers.push(second.index, form);
      if (form === "double") by.emit("i64.reinterpret_f64");
      else by.emit("i32.reinterpret_f32", "i64.extend_i32_u");
    });
  }

  /** Often of one element: to negate it, or to take its magnitude. */
  private logic(name: "and" | "andnot" | "or" | "xor", destination: number, source: number | undefined): void {
    const { by, registers, surroundings } = this;
    const { code } = by;
    const form = registers.formOf(destination);
    this.plain.delete(destination);
    // NOT of the first operand AND the second: WebAssembly has it the other way round.
    const combine = (pushFirst: () => void, pushSecond: () => void) => {
      for (const push of name === "andnot" ? [pushSecond, pushFirst] : [pushFirst, pushSecond]) push();
      by.emit(`v128.${name}`);
    };
    const sourceForm = source === undefined ? undefined : registers.formOf(source);
    if (form !== "double" || sourceForm === "vector" || sourceForm === "single") {
      registers.bring(destination, "vector");
      combine(
        () => registers.push(destination, "vector"),
        () => {
          if (source !== undefined) {
            registers.push(source, "vector");
          } else {
            surroundings.pushAddress();
            code.memory(op.v128Load, 0);
          }
        },
      );
      registers.setVector(destination);
      return;
    }
    // Both halves for themselves; the upper one of AND stays zero.
    const isUpperZero = name === "and" && registers.hasZeroUpper(destination);
    const pushUpper = () => {
      if (source !== undefined) {
        registers.pushUpper(source);
      } else {
        surroundings.pushAddress();
        code.memory(op.i64Load, 8);
      }
    };
    if (source !== undefined) registers.bring(source, "double");
    const upper = () => {
      registers.pushUpper(destination);
      if (name === "andnot") {
        code.i64(-1n);
        by.emit("i64.xor");
      }
      pushUpper();
      by.emit(name === "andnot" ? "i64.and" : `i64.${name}`);
    };
    const staysZero =
      isUpperZero || (source !== undefined && registers.hasZeroUpper(destination) && registers.hasZeroUpper(source));
    if (!staysZero) registers.setUpper(destination, upper, false);
    combine(
      () => {
        registers.push(destination, "double");
        by.emit("f64x2.splat");
      },
      () => {
        if (source !== undefined) {
          registers.push(source, "double");
          by.emit("f64x2.splat");
        } else {
          surroundings.pushAddress();
          by.load("f64.load");
          by.emit("f64x2.splat");
        }
      },
    );
    by.lane("f64x2.extract_lane", 0);
    registers.setScalar(destination, "double");
  }
}
