/**
 * The x87 FPU. What its instructions compute is in `runtime/x86/x87`, by opcode; here is how they reach memory, the
 * status flags and AX. Intel SDM vol. 1, chapter 8.
 */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import type { Value } from "../value.js";
import { partOpcodes } from "../x87/image-parts.js";
import { execute, loadRegister, nothing, part, repeat, storeRegister, wait } from "../x87/parts.js";

for (const [kind, waits] of [
  ["x87", true],
  ["x87 control", false],
] as const) {
  const start = (b: Builder) => {
    if (waits) wait(b);
  };
  /** Registers only. */
  define(
    kind,
    (b, opcode) => {
      start(b);
      execute(b, opcode.readUnsigned(), nothing(b));
    },
    { variants: [{ form: "i", widths: [2] }] },
  );
  /** Writes memory unless an exception that is not masked forbids it; the memory is checked first. */
  define(
    `${kind} store`,
    (b, opcode, memory) => {
      start(b);
      const address = b.effectiveAddress();
      b.checkWrite(address, memory.width);
      const [outcome, result] = execute(b, opcode.readUnsigned(), nothing(b));
      b.if(b.isZero(outcome), () => b.storeChecked(address, 0, memory.width, b.lane(result, 0)));
    },
    { variants: ([2, 4, 8] as const).map((width) => ({ form: "im", widths: [2, width] })) },
  );
  define(
    `${kind} load`,
    (b, opcode, memory) => {
      start(b);
      execute(b, opcode.readUnsigned(), b.splat(memory.readUnsigned()));
    },
    { variants: ([2, 4, 8] as const).map((width) => ({ form: "im", widths: [2, width] })) },
  );
}

/** Memory of a size that is no operand's width; the record has the opcode all the same. */
const opcodeAndMemory = { variants: [{ form: "im", widths: [2, 8] }] } as const;
const registerBytes = 10;

define(
  "x87 store80",
  (b, opcode) => {
    wait(b);
    const address = b.effectiveAddress();
    b.checkWrite(address, registerBytes);
    const [outcome, result] = execute(b, opcode.readUnsigned(), nothing(b));
    b.if(b.isZero(outcome), () => storeRegister(b, address, result));
  },
  opcodeAndMemory,
);
define(
  "x87 load80",
  (b, opcode) => {
    wait(b);
    const address = b.effectiveAddress();
    b.check({ address, size: registerBytes, write: false, alignment: 1 });
    execute(b, opcode.readUnsigned(), loadRegister(b, address));
  },
  opcodeAndMemory,
);

/** FCOMI and its kin: CF, PF and ZF from the comparison; the others are cleared. */
define(
  "fcomi",
  (b, opcode) => {
    wait(b);
    const [outcome, flags] = execute(b, opcode.readUnsigned(), nothing(b));
    b.if(b.isZero(outcome), () => b.setFlags({ kind: "explicit", bits: b.lane(flags, 0) }));
  },
  { variants: [{ form: "i", widths: [2] }] },
);

define(
  "fcmovcc",
  (b, opcode) => {
    wait(b);
    execute(b, opcode.readUnsigned(), b.splat(b.statusFlags()));
  },
  { variants: [{ form: "i", widths: [2] }] },
);

define(
  "fnstsw ax",
  (b) => {
    b.register("a", 2).write(b.state("x87Status"));
  },
  { variants: [{ form: "i", widths: [2] }] },
);

define("wait", wait);

/** The environment has seven words, of 16 bits under an operand-size prefix and of 32 without. Intel SDM vol. 1, 8.1.10. */
const environmentWords = 7;
const registers = 8;
const registersBytes = registers * registerBytes;

function storeEnvironment(b: Builder, address: Value, width: 2 | 4): void {
  repeat(b, environmentWords, (i) => {
    const at = b.add(address, b.multiply(i, b.constant(width)));
    b.storeChecked(at, 0, width, b.lane(part(b, partOpcodes.storeEnvironment, i), 0));
  });
}

function loadEnvironment(b: Builder, address: Value, width: 2 | 4): void {
  repeat(b, environmentWords, (i) => {
    const word = b.loadChecked(b.add(address, b.multiply(i, b.constant(width))), 0, width, false);
    part(b, partOpcodes.loadEnvironment, i, b.splat(word));
  });
}

/** Where the image begins, checked. */
function image(b: Builder, size: number, write: boolean): Value {
  const address = b.effectiveAddress();
  b.check({ address, size, write, alignment: 1 });
  return address;
}

/** Calls `action` with the address of each of ST(0) to ST(7) in the image. */
function eachRegister(
  b: Builder,
  address: Value,
  environmentBytes: number,
  action: (i: Value, at: Value) => void,
): void {
  const first = b.add(address, b.constant(environmentBytes));
  repeat(b, registers, (i) => action(i, b.add(first, b.multiply(i, b.constant(registerBytes)))));
}

/** FNSAVE initializes the unit behind it. */
const initialize = 0x3e3;

for (const [suffix, width] of [
  ["", 4],
  ["16", 2],
] as const) {
  const environmentBytes = environmentWords * width;
  /** FNSTENV masks all exceptions behind it. */
  define(
    `fnstenv${suffix}`,
    (b) => {
      storeEnvironment(b, image(b, environmentBytes, true), width);
      part(b, partOpcodes.maskExceptions, b.constant(0));
    },
    opcodeAndMemory,
  );
  define(
    `fldenv${suffix}`,
    (b) => {
      wait(b);
      loadEnvironment(b, image(b, environmentBytes, false), width);
    },
    opcodeAndMemory,
  );
  define(
    `fnsave${suffix}`,
    (b) => {
      const address = image(b, environmentBytes + registersBytes, true);
      storeEnvironment(b, address, width);
      eachRegister(b, address, environmentBytes, (i, at) => {
        storeRegister(b, at, part(b, partOpcodes.storeRegister, i));
      });
      execute(b, b.constant(initialize), nothing(b));
    },
    opcodeAndMemory,
  );
  define(
    `frstor${suffix}`,
    (b) => {
      wait(b);
      const address = image(b, environmentBytes + registersBytes, false);
      loadEnvironment(b, address, width);
      eachRegister(b, address, environmentBytes, (i, at) => {
        part(b, partOpcodes.loadRegister, i, loadRegister(b, at));
      });
    },
    opcodeAndMemory,
  );
}
