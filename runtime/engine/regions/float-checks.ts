/**
 * Tests of floating-point numbers in compiled code: whether an operation may have raised an exception other than the
 * precision exception, which is known to be noted already.
 */
import type { CodeByName } from "./float-code.js";
import type { ScalarForm } from "./vector-registers.js";

/**
 * By the exponent field of a number's upper 32 bits plus one: of those that are 0 or all ones, and of those up to 2, the
 * bits of `mask` are zero. So an addition, a mask and a comparison find what deserves a closer look.
 */
const exponents = {
  double: { one: 0x00100000, extremes: 0x7fe00000, nearExtremes: 0x7fc00000, field: 0x7ff00000 },
  single: { one: 0x00800000, extremes: 0x7f000000, nearExtremes: 0x7e000000, field: 0x7f800000 },
} as const;
const smallestNormal = { double: 2 ** -1022, single: 2 ** -126 } as const;
const largest = { double: Number.MAX_VALUE, single: (2 - 2 ** -23) * 2 ** 127 } as const;
export const prefixOf = { double: "f64", single: "f32" } as const;

export class FloatChecks {
  constructor(private readonly by: CodeByName) {}

  /** Pushes whether the number in the local is zero, denormal, infinite, a NaN, or (`isResult`) among the smallest. */
  pushIsSuspicious(form: ScalarForm, local: number, isResult: boolean): void {
    const { by } = this;
    const { one, extremes, nearExtremes } = exponents[form];
    by.code.get(local);
    this.upperBits(form);
    by.code.i32(one);
    by.emit("i32.add");
    by.code.i32(isResult ? nearExtremes : extremes);
    by.emit("i32.and", "i32.eqz");
  }

  /** Pushes whether the number in memory whose address `push` pushes is zero or denormal. */
  pushHasNoExponent(form: ScalarForm, push: () => void): void {
    const { by } = this;
    push();
    by.code.memory(0x28, form === "double" ? 4 : 0);
    by.code.i32(exponents[form].field);
    by.emit("i32.and", "i32.eqz");
  }

  /** Pushes whether it is zero or infinite, for a number that is suspicious. */
  pushIsZeroOrInfinite(form: ScalarForm, local: number): void {
    const { by } = this;
    this.pushIsZero(form, local);
    this.pushMagnitude(form, local);
    this.constant(form, Infinity);
    by.emit(`${prefixOf[form]}.eq`, "i32.or");
  }

  pushIsZero(form: ScalarForm, local: number): void {
    this.by.code.get(local);
    this.constant(form, 0);
    this.by.emit(`${prefixOf[form]}.eq`);
  }

  /** Pushes whether it is normal, and not the smallest such number: that may have been rounded up from below. */
  pushIsInside(form: ScalarForm, local: number): void {
    const { by } = this;
    this.pushMagnitude(form, local);
    this.constant(form, smallestNormal[form]);
    by.emit(`${prefixOf[form]}.gt`);
    this.pushMagnitude(form, local);
    this.constant(form, largest[form]);
    by.emit(`${prefixOf[form]}.le`, "i32.and");
  }

  pushMagnitude(form: ScalarForm, local: number): void {
    this.by.code.get(local);
    this.by.emit(`${prefixOf[form]}.abs`);
  }

  constant(form: ScalarForm, value: number): void {
    if (form === "double") this.by.f64(value);
    else this.by.f32(value);
  }

  private upperBits(form: ScalarForm): void {
    const { by } = this;
    if (form === "single") {
      by.emit("i32.reinterpret_f32");
      return;
    }
    by.emit("i64.reinterpret_f64");
    by.code.i64(32n);
    by.emit("i64.shr_u", "i32.wrap_i64");
  }
}
