/** What the semantics of x87 instructions and of those that save and restore the unit have in common. */
import type { Builder } from "../builder.js";
import type { Value } from "../value.js";
import { outcomes } from "./execution.js";
import { inlineForm } from "./inline.js";
import { statusBits } from "./unit.js";

/** Raises #MF if an exception is pending. */
export function wait(b: Builder): void {
  const pending = b.and(b.state("x87Status"), b.constant(statusBits.summary));
  b.if(b.notEqual(pending, b.constant(0)), () => b.fault("x87Exception"));
}

/** `operand`: what was read, 128 bits. */
export function execute(b: Builder, opcode: Value, operand: Value): [outcome: Value, result: Value] {
  const helper = () => b.vectorHelper("x87", operand, operand, b.operation("i32.wrap_i64", opcode));
  const known = b.known(opcode);
  const inline = known === undefined ? undefined : inlineForm(b, Number(known), operand);
  if (!inline) return helper();
  const [outcome, result] = [b.unsetVariable("i32"), b.unsetVariable("v128")];
  b.if(
    inline.isCommon,
    () => {
      result.set(inline.apply() ?? nothing(b));
      outcome.set(b.bit(outcomes.done));
    },
    () => {
      const [status, left] = helper();
      outcome.set(status);
      result.set(left);
    },
  );
  return [outcome.get(), result.get()];
}

export const nothing = (b: Builder) => b.splat(b.constant(0));

/** One part of an image by its number. */
export function part(b: Builder, opcode: number, index: Value, operand?: Value): Value {
  return execute(b, b.add(b.constant(opcode), index), operand ?? nothing(b))[1];
}

/** Does `body` for the numbers 0 to `count` - 1. */
export function repeat(b: Builder, count: number, body: (index: Value) => void): void {
  const index = b.variable(b.constant(0));
  b.doWhile(() => {
    body(index.get());
    index.set(b.add(index.get(), b.constant(1)));
    return b.notEqual(index.get(), b.constant(count));
  });
}

/** The 10 bytes of a register at the address, which has been checked. */
export function storeRegister(b: Builder, address: Value, register: Value): void {
  b.storeChecked(address, 0, 8, b.lane(register, 0));
  b.storeChecked(address, 8, 2, b.lane(register, 1));
}

export function loadRegister(b: Builder, address: Value): Value {
  const low = b.splat(b.loadChecked(address, 0, 8, false));
  return b.replaceLane(low, 1, b.loadChecked(address, 8, 2, false));
}
