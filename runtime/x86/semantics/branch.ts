/** Jumps and loops. CALL and RET are with the stack. Intel SDM vol. 2. */
import { define } from "../define.js";
import { conditionNames } from "../flags.js";

/** JMP near. An indirect target is an address; to a non-canonical one #GP is raised at the jump. */
define(
  "jmp",
  (b, target) => {
    if (target.isDirectTarget) return b.jump(target);
    const address = target.read();
    b.requireCanonical(address);
    return b.jumpTo(address);
  },
  { forms: ["b", "r", "m"], widths: [[8]] },
);

/** Jcc: jumps if the condition holds. */
for (const name of conditionNames) {
  define(`j${name}`, (b, target) => b.if(b.condition(name), () => b.jump(target)), { forms: ["b"], widths: [[8]] });
}

/** JRCXZ, JECXZ: jumps if the count register is zero; its width is the address size. */
for (const name of ["jrcxz", "jecxz"]) {
  define(
    name,
    (b, target) => {
      const count = b.and(b.register("c", 8).read(), b.instruction("addressMask"));
      b.if(b.isZero(count), () => b.jump(target));
    },
    { forms: ["b"], widths: [[8]] },
  );
}

/** LOOP, LOOPE, LOOPNE: count ← count − 1; jumps if it is not zero (and ZF is 1, or 0). No flags change. */
for (const [name, condition] of [
  ["loop", undefined],
  ["loope", "e"],
  ["loopne", "ne"],
] as const) {
  define(
    name,
    (b, target) => {
      const register = b.register("c", 8);
      const count = b.and(b.subtract(register.read(), b.constant(1)), b.instruction("addressMask"));
      register.write(count);
      const more = b.notEqual(count, b.constant(0));
      b.if(condition ? b.operation("i32.and", more, b.condition(condition)) : more, () => b.jump(target));
    },
    { forms: ["b"], widths: [[8]] },
  );
}
