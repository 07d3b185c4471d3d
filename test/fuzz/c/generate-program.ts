/**
 * Random C programs that end, touch no memory but their own and print what they computed. The same executable runs
 * here and natively, so what C leaves undefined (overflow, conversions out of range) may happen.
 */
import type { Random } from "../../runtime/engine/random-program.js";

const integers = ["int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t"] as const;
const floats = ["float", "double", "long double"] as const;
const wide = ["__int128", "unsigned __int128"] as const;
type Type = (typeof integers)[number] | (typeof floats)[number] | (typeof wide)[number];
const types: readonly Type[] = [
  ...integers,
  ...integers,
  "int32_t",
  "int64_t",
  "float",
  "double",
  "double",
  ...floats,
  ...wide,
];
const isInteger = (type: Type): boolean => !floats.includes(type as (typeof floats)[number]);

const arrayLength = 64;

interface Variable {
  readonly name: string;
  readonly type: Type;
}
interface ProgramFunction extends Variable {
  readonly parameters: readonly Variable[];
}

/** The text of a program. */
export function generateProgram(random: Random): string {
  return new Generator(random).program();
}

class Generator {
  private readonly globals: Variable[] = [];
  private readonly arrays: Variable[] = [];
  private readonly functions: ProgramFunction[] = [];
  private locals: Variable[] = [];
  /** Of the loops around: read, and assigned to by nobody. */
  private readonly indices: string[] = [];
  private names = 0;
  /** Of the function that is being written: it calls only those before it. */
  private callable: readonly ProgramFunction[] = [];

  constructor(private readonly random: Random) {}

  program(): string {
    const { random } = this;
    for (let i = 0; i < 8; i++) this.globals.push(this.variable("g"));
    for (let i = 0; i < 6; i++) this.arrays.push(this.variable("a"));
    const bodies = Array.from({ length: 3 + random.below(4) }, () => this.function());
    [this.locals, this.callable] = [[], []];
    const declarations = [
      ...this.globals.map(({ name, type }) => `static ${type} ${name} = ${this.constant(type)};`),
      ...this.arrays.map(({ name, type }) => `static ${type} ${name}[${arrayLength}];`),
    ];
    const fill = this.arrays.map(({ name, type }) => `    ${name}[i] = (${type})(int64_t)next();`);
    const calls = this.functions.map((called) => `    result = ${this.call(called, 2)}, add(&result, sizeof result);`);
    const told = [
      ...this.globals.map(({ name, type }) => `  add(&${name}, ${sizeOf(type)});`),
      ...this.arrays.map(
        ({ name, type }) => `  for (int i = 0; i < ${arrayLength}; i++) add(&${name}[i], ${sizeOf(type)});`,
      ),
    ];
    return [
      prelude,
      ...declarations,
      ...bodies,
      "int main(void) {",
      `  for (int i = 0; i < ${arrayLength}; i++) {`,
      ...fill,
      "  }",
      `  for (int round = 0; round < ${20 + random.below(40)}; round++) {`,
      "    double result;",
      ...calls,
      "  }",
      ...told,
      '  printf("%016llx\\n", (unsigned long long)sum);',
      "  return (int)(sum & 127);",
      "}",
      "",
    ].join("\n");
  }

  private variable(letter: string, type = this.random.pick(types)): Variable {
    return { name: `${letter}${this.names++}`, type };
  }

  private function(): string {
    const { random } = this;
    const parameters = Array.from({ length: random.below(7) }, () => this.variable("p"));
    const head: ProgramFunction = { ...this.variable("f"), parameters };
    this.callable = [...this.functions];
    this.locals = [...parameters];
    const lines = Array.from({ length: 3 }, () => {
      const local = this.variable("l");
      const line = `  ${local.type} ${local.name} = ${this.expression(local.type, 2)};`;
      this.locals.push(local);
      return line;
    });
    for (let i = 0; i < 3 + random.below(4); i++) lines.push(...this.statement(2, "  "));
    lines.push(`  return ${this.expression(head.type, 3)};`);
    this.functions.push(head);
    const words = parameters.map(({ name, type }) => `${type} ${name}`).join(", ") || "void";
    const attribute = random.below(3) === 0 ? "static" : "__attribute__((noinline)) static";
    return [`${attribute} ${head.type} ${head.name}(${words}) {`, ...lines, "}"].join("\n");
  }

  private statement(depth: number, indent: string): string[] {
    const { random } = this;
    const inner = (): string[] => this.statement(depth - 1, `${indent}  `);
    switch (depth === 0 ? random.below(3) : random.below(9)) {
      case 0:
      case 1:
        return [this.assignment(indent)];
      case 2: {
        const array = random.pick(this.arrays);
        const index = `(${this.expression("uint32_t", 1)}) % ${arrayLength}`;
        return [
          `${indent}${array.name}[${index}] ${random.pick(["=", "+=", "-=", "*="])} ${this.expression(array.type, 2)};`,
        ];
      }
      case 3:
        return [`${indent}if (${this.condition()}) {`, ...inner(), `${indent}} else {`, ...inner(), `${indent}}`];
      case 4:
        return this.counted(indent, inner);
      case 5:
      case 6:
        return [this.overArrays(indent)];
      case 7: {
        const cases = Array.from({ length: 3 + random.below(4) }, (_, i) => [
          `${indent}  case ${i}:`,
          ...inner(),
          `${indent}    ${random.below(4) > 0 ? "break;" : ";"}`,
        ]);
        return [
          `${indent}switch ((${this.expression("uint32_t", 1)}) % 8) {`,
          ...cases.flat(),
          `${indent}  default:`,
          ...inner(),
          `${indent}}`,
        ];
      }
      default: {
        const [to, from] = [random.pick(this.arrays).name, random.pick(this.arrays).name];
        const bytes = `(${this.expression("uint32_t", 1)}) % ${arrayLength}`;
        const call = random.pick([
          `memmove(${to}, (char *)${from} + 1, ${bytes} / 2)`,
          `memset(${to}, ${random.below(256)}, ${bytes})`,
          `add(${from}, strnlen((char *)${from}, ${bytes}))`,
          `add(&(int){memcmp(${to}, ${from}, ${bytes}) < 0}, 4)`,
        ]);
        return [`${indent}${call};`];
      }
    }
  }

  private assignment(indent: string): string {
    const { random } = this;
    const target = random.pick([...this.globals, ...this.locals]);
    const operator = random.pick(
      isInteger(target.type) ? ["=", "+=", "-=", "*=", "^=", "|=", "&="] : ["=", "+=", "-=", "*="],
    );
    return `${indent}${target.name} ${operator} ${this.expression(target.type, 3)};`;
  }

  private counted(indent: string, inner: () => string[]): string[] {
    const i = `i${this.names++}`;
    const head = `${indent}for (int ${i} = 0; ${i} < ${1 + this.random.below(12)}; ${i}++) {`;
    this.indices.push(i);
    const body = inner();
    this.indices.pop();
    const leave = this.random.below(3) === 0 ? [`${indent}  if (${this.condition()}) break;`] : [];
    return [head, ...body, ...leave, `${indent}}`];
  }

  /** A loop that compilers make packed instructions of. */
  private overArrays(indent: string): string {
    const { random } = this;
    const to = random.pick(this.arrays);
    const [one, other] = [
      `${random.pick(this.arrays).name}[i]`,
      `${random.pick(this.arrays).name}[${random.pick(["i", "63 - i", "i ^ 1"])}]`,
    ];
    const operators = isInteger(to.type) ? ["+", "-", "*", "^", "&", "|"] : ["+", "-", "*"];
    const cast = `(${to.type})`;
    const value = random.pick([
      `${cast}${one} ${random.pick(operators)} ${cast}${other}`,
      `${one} < ${other} ? ${cast}${one} : ${cast}${other}`,
      `${cast}(${one} + ${other}) ${random.pick(operators)} ${this.constant(to.type)}`,
      isInteger(to.type)
        ? `(${cast}${one} >> ${random.below(7)}) + ${cast}${other}`
        : `${cast}${one} / (${cast}${other} + 3)`,
    ]);
    return `${indent}for (int i = 0; i < ${arrayLength}; i++) ${to.name}[i] ${random.pick(["=", "+="])} ${value};`;
  }

  private condition(): string {
    const type = this.random.pick(types);
    return `${this.expression(type, 2)} ${this.random.pick(["<", ">", "<=", ">=", "==", "!="])} ${this.expression(type, 1)}`;
  }

  private call({ name, parameters }: ProgramFunction, depth: number): string {
    return `${name}(${parameters.map(({ type }) => this.expression(type, depth - 1)).join(", ")})`;
  }

  /** A value of the type. */
  private expression(type: Type, depth: number): string {
    const { random } = this;
    if (depth <= 0 || random.below(5) === 0) return this.leaf(type);
    const one = (): string => this.expression(type, depth - 1);
    if (random.below(4) === 0) return `(${type})${this.expression(random.pick(types), depth - 1)}`;
    const called = this.callable.filter((candidate) => candidate.type === type);
    if (called.length > 0 && random.below(6) === 0) return this.call(random.pick(called), depth);
    if (isInteger(type)) return this.integer(type, one, depth);
    return random.pick([
      () => `(${one()} ${random.pick(["+", "-", "*", "/"])} ${one()})`,
      () => `(${one()} < ${one()} ? ${one()} : ${one()})`,
      () => `(-${one()})`,
      () => `(${type})__builtin_sqrt${suffixOf(type)}(${one()})`,
      () => `(${type})__builtin_${random.pick(["fabs", "floor", "rint", "trunc", "ceil"])}${suffixOf(type)}(${one()})`,
      () => `__builtin_copysign${suffixOf(type)}(${one()}, ${one()})`,
    ])();
  }

  private integer(type: Type, one: () => string, depth: number): string {
    const { random } = this;
    const bits = bitsOf(type);
    return random.pick([
      () => `(${type})(${one()} ${random.pick(["+", "-", "*", "&", "|", "^"])} ${one()})`,
      () => `(${type})(${one()} ${random.pick(["+", "-", "*", "&", "|", "^"])} ${one()})`,
      // Neither by zero nor the smallest number by -1: these trap.
      () => `(${type})(${one()} ${random.pick(["/", "%"])} ((${one()} & 0x3f) + 1))`,
      () => `(${type})(${one()} ${random.pick(["<<", ">>"])} (${one()} & ${bits - 1}))`,
      () => `(${type})(${random.pick(["~", "-", "!"])}${one()})`,
      () => `(${this.condition()} ? ${one()} : ${one()})`,
      () =>
        `(${type})((${unsigned(type)})${one()} << ${1 + random.below(bits - 1)} | (${unsigned(type)})${one()} >> ${1 + random.below(bits - 1)})`,
      () => `(${type})__builtin_${random.pick(["popcountll", "bswap64", "parityll", "ffsll"])}(${one()})`,
      () => `(${type})__builtin_${random.pick(["clzll", "ctzll"])}((uint64_t)${one()} | 1)`,
      () =>
        `(${type})__builtin_${random.pick(["add", "sub", "mul"])}_overflow(${one()}, ${this.expression(random.pick(integers), depth - 1)}, &(${random.pick(integers)}){0})`,
    ])();
  }

  private leaf(type: Type): string {
    const { random } = this;
    switch (random.below(4)) {
      case 0:
        return this.constant(type);
      case 1:
        return `(${type})${random.pick(this.arrays).name}[${random.below(arrayLength)}]`;
      default: {
        if (this.indices.length > 0 && random.below(3) === 0) return `(${type})${random.pick(this.indices)}`;
        const { name, type: own } = random.pick([...this.globals, ...this.locals]);
        return own === type ? name : `(${type})${name}`;
      }
    }
  }

  private constant(type: Type): string {
    const { random } = this;
    if (!isInteger(type))
      return `(${type})${random.pick(["0.0", "1.5", "-2.25", "1e10", "0.1", "-1e-5", "3e38", "1e-310", "65536.5"])}`;
    const bits = Math.min(64, bitsOf(type));
    const value = random.pick([
      0n,
      1n,
      -1n,
      2n ** BigInt(bits - 1),
      2n ** BigInt(bits - 1) - 1n,
      BigInt(random.below(2 ** 31)) << BigInt(random.below(bits)),
    ]);
    return `(${type})0x${BigInt.asUintN(bits, value).toString(16)}ULL`;
  }
}

function bitsOf(type: Type): number {
  return type.includes("128") ? 128 : Number(/\d+/.exec(type)?.[0]);
}

function unsigned(type: Type): string {
  return type === "__int128" ? "unsigned __int128" : type.replace(/^int/, "uint");
}

function suffixOf(type: Type): string {
  return type === "float" ? "f" : type === "double" ? "" : "l";
}

/** In bytes that have a value: six of a `long double` are padding. */
function sizeOf(type: Type): string {
  return type === "long double" ? "10" : `sizeof(${type})`;
}

const prelude = `#include <stdint.h>
#include <stdio.h>
#include <string.h>
static uint64_t sum = 0xcbf29ce484222325, seed = 88172645463325252;
static uint64_t next(void) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return seed;
}
__attribute__((noinline)) static void add(const void *bytes, unsigned long size) {
  for (unsigned long i = 0; i < size; i++) sum = (sum ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
}`;
