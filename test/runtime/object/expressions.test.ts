import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { evaluate } from "../../../runtime/object/dwarf/expression.js";
import type { ExpressionContext } from "../../../runtime/object/dwarf/location.js";
import * as op from "../../../runtime/object/dwarf/operations.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { gdb } from "./judges.js";
import { hasTools, output, Workshop } from "./toolchain.js";

/** Base types by the offset that `assembly` gives their entries; the variable's own type is the first. */
const types = [
  { name: "t_unsigned", encoding: 7, size: 8 },
  { name: "t_long", encoding: 5, size: 8 },
  { name: "t_int", encoding: 5, size: 4 },
  { name: "t_char", encoding: 6, size: 1 },
  { name: "t_short", encoding: 7, size: 2 },
  { name: "t_float", encoding: 4, size: 4 },
  { name: "t_double", encoding: 4, size: 8 },
] as const;

/** Random expressions that leave one value of the generic type, as lines of assembly. */
class ExpressionMaker {
  #state: number;
  readonly #bytes: string[] = [];

  constructor(seed: number) {
    this.#state = seed * 2654435761;
  }

  make(): string {
    const kind = this.#random(3);
    if (kind === 0) this.#typed();
    else this.#generic(2 + this.#random(6));
    return this.#bytes.join("\n");
  }

  /** Constants, then operations until one value is left. */
  #generic(count: number): void {
    for (let index = 0; index < count; index++) this.#constant();
    for (let depth = count; depth > 1; ) {
      const choice = this.#random(9);
      if (choice === 0) {
        this.#emit(`.byte 0x${op.DW_OP_swap.toString(16)}`);
      } else if (choice === 1 && depth >= 3) {
        this.#emit(`.byte 0x${op.DW_OP_rot.toString(16)}`);
      } else if (choice === 2) {
        this.#emit(`.byte 0x${op.DW_OP_pick.toString(16)}, ${this.#random(depth)}`);
        depth++;
      } else if (choice === 3) {
        this.#emit(`.byte 0x${this.#one([op.DW_OP_neg, op.DW_OP_not, op.DW_OP_abs]).toString(16)}`);
      } else if (choice === 4) {
        this.#emit(`.byte 0x${op.DW_OP_plus_uconst.toString(16)}\n.uleb128 ${this.#random(100_000)}`);
      } else if (choice === 5) {
        // Shifts by less than the width.
        this.#emit(`.byte 0x8, 63, 0x${op.DW_OP_and.toString(16)}`);
        this.#emit(`.byte 0x${this.#one([op.DW_OP_shl, op.DW_OP_shr, op.DW_OP_shra]).toString(16)}`);
        depth--;
      } else if (choice === 6) {
        this.#emit(`.byte 0x${op.DW_OP_over.toString(16)}, 0x${op.DW_OP_drop.toString(16)}`);
      } else {
        this.#emit(`.byte 0x${this.#one(binaryOperations).toString(16)}`);
        depth--;
      }
    }
  }

  #constant(): void {
    const value = this.#wide();
    const forms = [
      () => `.byte 0x${(op.DW_OP_lit0 + this.#random(32)).toString(16)}`,
      () => `.byte 0x8, ${this.#random(256)}`,
      () => `.byte 0x9, ${this.#random(256)}`,
      () => `.byte 0xa\n.2byte ${this.#random(65536)}`,
      () => `.byte 0xb\n.2byte ${this.#random(65536)}`,
      () => `.byte 0xc\n.4byte ${BigInt.asUintN(32, value)}`,
      () => `.byte 0xd\n.4byte ${BigInt.asUintN(32, value)}`,
      () => `.byte 0xe\n.8byte ${value}`,
      () => `.byte 0xf\n.8byte ${value}`,
      () => `.byte 0x10\n.uleb128 ${value}`,
      () => `.byte 0x11\n.sleb128 ${BigInt.asIntN(64, value)}`,
    ];
    this.#emit(this.#one(forms)());
  }

  /** Two values of one type, an operation, and back to the generic type. */
  #typed(): void {
    const index = 1 + this.#random(types.length - 1);
    const type = types[index];
    if (!type) return;
    const isFloat = type.encoding === 4;
    this.#typedConstant(index);
    this.#typedConstant(index);
    const operations = isFloat
      ? [op.DW_OP_plus, op.DW_OP_minus, op.DW_OP_mul, op.DW_OP_div, op.DW_OP_lt, op.DW_OP_ge]
      : binaryOperations;
    const code = this.#one(operations);
    this.#emit(`.byte 0x${code.toString(16)}`);
    if (code >= op.DW_OP_eq && code <= op.DW_OP_ne) return;
    const target = 1 + this.#random(types.length - 1);
    // A float may be too great for an integer: then the result is nobody's.
    if (!isFloat) this.#emit(`.byte 0x${op.DW_OP_convert.toString(16)}\n.uleb128 ${types[target]?.name} - unit`);
    const last = isFloat ? type : types[target];
    // The bits of 8 bytes count as they are; smaller ones are made wider first.
    if (last?.encoding === 4 && last.size === 4) {
      this.#emit(`.byte 0x${op.DW_OP_convert.toString(16)}\n.uleb128 t_double - unit`);
    }
    if (last?.encoding === 4) this.#emit(`.byte 0x${op.DW_OP_reinterpret.toString(16)}\n.uleb128 t_long - unit`);
    this.#emit(`.byte 0x${op.DW_OP_convert.toString(16)}\n.uleb128 0`);
  }

  #typedConstant(index: number): void {
    const type = types[index];
    if (!type) return;
    const view = new DataView(new ArrayBuffer(8));
    if (type.encoding !== 4) view.setBigUint64(0, this.#wide(), true);
    else if (type.size === 4) view.setFloat32(0, this.#random(2000) / 8 - 100, true);
    else view.setFloat64(0, this.#random(200_000) / 7 - 9000, true);
    const bytes = Array.from({ length: type.size }, (_, at) => view.getUint8(at)).join(", ");
    this.#emit(
      `.byte 0x${op.DW_OP_const_type.toString(16)}\n.uleb128 ${type.name} - unit\n.byte ${type.size}, ${bytes}`,
    );
  }

  #emit(line: string): void {
    this.#bytes.push(line);
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#random(items.length)] as Item;
  }

  #wide(): bigint {
    const bits =
      (BigInt(this.#random(2 ** 31)) << 33n) | (BigInt(this.#random(2 ** 31)) << 2n) | BigInt(this.#random(4));
    return bits >> BigInt(this.#random(60));
  }

  #random(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

const binaryOperations = [
  op.DW_OP_and,
  op.DW_OP_div,
  op.DW_OP_minus,
  op.DW_OP_mod,
  op.DW_OP_mul,
  op.DW_OP_or,
  op.DW_OP_plus,
  op.DW_OP_xor,
  op.DW_OP_eq,
  op.DW_OP_ge,
  op.DW_OP_gt,
  op.DW_OP_le,
  op.DW_OP_lt,
  op.DW_OP_ne,
];

/** A program with a variable for each expression. */
function assembly(expressions: readonly string[]): string {
  const baseTypes = types.map(
    ({ name, encoding, size }) => `${name}: .uleb128 2\n .string "${name}"\n .byte ${encoding}, ${size}`,
  );
  const variables = expressions.map(
    (expression, index) =>
      ` .uleb128 3\n .string "v${index}"\n .4byte t_unsigned - unit\n .uleb128 1f - 0f\n0: ${expression}\n .byte 0x9f\n1:`,
  );
  return `
  .text
  .globl _start
_start: nop
end:
  .section .debug_abbrev,"",@progbits
  .uleb128 1, 0x11
  .byte 1
  .uleb128 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0
  .uleb128 2, 0x24
  .byte 0
  .uleb128 0x03, 0x08, 0x3e, 0x0b, 0x0b, 0x0b, 0, 0
  .uleb128 3, 0x34
  .byte 0
  .uleb128 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0
  .byte 0
  .section .debug_info,"",@progbits
unit: .4byte 9f - 8f
8: .2byte 5
  .byte 1, 8
  .4byte 0
  .uleb128 1
  .string "expressions"
  .8byte _start
  .8byte end - _start
${baseTypes.join("\n")}
${variables.join("\n")}
  .byte 0
9:
`;
}

describe.runIf(hasTools("gcc", "gdb"))("expressions beside gdb", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it("random ones with all operations on the stack, generic and typed", () => {
    const expressions = Array.from({ length: 600 }, (_, seed) => new ExpressionMaker(seed + 1).make());
    const source = join(workshop.folder, "expressions.s");
    writeFileSync(source, assembly(expressions));
    const path = join(workshop.folder, "expressions");
    output("gcc", ["-nostdlib", "-static", source, "-o", path]);
    const object = new ObjectFile(workshop.read(path));
    const debug = new DebugInformation(object);
    const script = join(workshop.folder, "values.py");
    writeFileSync(
      script,
      `import gdb
for index in range(${expressions.length}):
    try:
        print("value", int(gdb.parse_and_eval("v%d" % index)) & 0xffffffffffffffff)
    except gdb.error as problem:
        print("value", problem)
`,
    );
    const told = gdb(path, `source ${script}`)
      .split("\n")
      .filter((line) => line.startsWith("value "));
    expect(told.length).toBe(expressions.length);
    const unit = debug.globalsAt(object.symbols.named("_start")?.address ?? 0);
    const differences: unknown[] = [];
    let values = 0;
    told.forEach((line, index) => {
      const [variable] = debug.globalsNamed(`v${index}`);
      const location = variable && debug.locate(variable, undefined, frame);
      const ours = location?.kind === "value" ? `value ${location.value}` : `value ${location?.kind}`;
      // gdb has the dividend for the remainder of a division by zero, and an error for the quotient.
      const dividesByZero = location?.kind === "unavailable" && /divides by zero/.test(location.reason);
      const expected = /Division by zero/i.test(line) || dividesByZero ? "value unavailable" : line;
      if (/^value \d/.test(expected)) values++;
      if (ours !== expected) differences.push({ index, ours, expected, expression: expressions[index] });
    });
    expect(unit.length).toBe(expressions.length);
    expect(values).toBeGreaterThan(500);
    expect({ count: differences.length, first: differences.slice(0, 4) }).toEqual({ count: 0, first: [] });
  });
});

const frame = { address: 0, register: () => undefined, memory: () => undefined, canonicalFrameAddress: undefined };

describe("expressions that ask the frame", () => {
  const memory = new Uint8Array(64).map((_, index) => index);
  const context: ExpressionContext = {
    register: (number) => (number < 16 ? BigInt(number * 16) : undefined),
    memory: (address, size) =>
      address + BigInt(size) <= 64n ? memory.slice(Number(address), Number(address) + size) : undefined,
    frameBase: () => 0x100n,
    canonicalFrameAddress: () => 0x7000n,
    threadLocal: (offset) => 0x9000n + offset,
    entryValue: (expression) => (expression[0] === op.DW_OP_reg0 + 5 ? 77n : undefined),
    objectAddress: 0x5000n,
  };
  const value = (number: bigint) => ({ kind: "value", value: number });
  const at = (address: bigint) => ({ kind: "memory", address });

  it.each([
    ["nothing", [], { kind: "optimized-out" }],
    ["a register", [op.DW_OP_reg0 + 3], { kind: "register", register: 3 }],
    ["a register by number", [op.DW_OP_regx, 17], { kind: "register", register: 17 }],
    ["a register and an offset", [op.DW_OP_breg0 + 2, 0x7c], at(28n)],
    ["another register and an offset", [op.DW_OP_bregx, 4, 8], at(72n)],
    ["a place in the frame", [op.DW_OP_fbreg, 0x70], at(0xf0n)],
    ["the frame's address", [op.DW_OP_call_frame_cfa, op.DW_OP_lit0 + 8, op.DW_OP_minus], at(0x6ff8n)],
    ["a word behind a pointer", [op.DW_OP_lit0 + 8, op.DW_OP_deref], at(0x0f0e0d0c0b0a0908n)],
    ["two bytes behind a pointer", [op.DW_OP_lit0 + 8, op.DW_OP_deref_size, 2], at(0x0908n)],
    ["the object", [op.DW_OP_push_object_address, op.DW_OP_plus_uconst, 16], at(0x5010n)],
    ["thread-local storage", [op.DW_OP_lit0 + 4, op.DW_OP_form_tls_address], at(0x9004n)],
    ["an entry value", [op.DW_OP_entry_value, 1, op.DW_OP_reg0 + 5, op.DW_OP_stack_value], value(77n)],
    ["bytes", [op.DW_OP_implicit_value, 2, 5, 6], { kind: "bytes", bytes: Uint8Array.of(5, 6) }],
    [
      "pieces",
      [op.DW_OP_reg0, op.DW_OP_piece, 4, op.DW_OP_piece, 2, op.DW_OP_lit0 + 9, op.DW_OP_bit_piece, 3, 1],
      {
        kind: "pieces",
        pieces: [
          { location: { kind: "register", register: 0 }, bitSize: 32, bitOffset: 0 },
          { location: { kind: "optimized-out" }, bitSize: 16, bitOffset: 0 },
          { location: at(9n), bitSize: 3, bitOffset: 1 },
        ],
      },
    ],
    ["a branch", [op.DW_OP_lit0 + 6, op.DW_OP_lit0, op.DW_OP_bra, 1, 0, op.DW_OP_dup, op.DW_OP_mul], at(36n)],
    ["a branch that is taken", [op.DW_OP_lit0 + 6, op.DW_OP_dup, op.DW_OP_bra, 1, 0, op.DW_OP_drop], at(6n)],
    ["a jump", [op.DW_OP_lit0 + 1, op.DW_OP_skip, 1, 0, op.DW_OP_drop, op.DW_OP_nop], at(1n)],
  ])("%s", (_name, bytes, expected) => {
    expect(evaluate(Uint8Array.from(bytes), undefined, context)).toEqual(expected);
  });

  it.each([
    ["a register that is not known", [op.DW_OP_breg0 + 16, 0], /register whose value is not known/],
    ["memory that is not there", [op.DW_OP_const1u, 255, op.DW_OP_deref], /leads nowhere/],
    ["an entry value that nobody kept", [op.DW_OP_entry_value, 1, op.DW_OP_reg0], /used for something else/],
    ["a stack that is empty", [op.DW_OP_plus], /damaged/],
    ["an operation that is cut off", [op.DW_OP_const8u, 1], /damaged/],
    ["an operation of the future", [0xdf], /not known \(0xdf\)/],
    ["a loop without end", [op.DW_OP_skip, 0xfd, 0xff], /too long/],
    ["a jump out of it", [op.DW_OP_skip, 0xff, 0x7f], /damaged/],
  ])("%s is said", (_name, bytes, reason) => {
    const location = evaluate(Uint8Array.from(bytes), undefined, context);
    expect(location).toMatchObject({ kind: "unavailable", reason: expect.stringMatching(reason) });
  });
});
