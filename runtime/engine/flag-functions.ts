/**
 * The WebAssembly functions that compute flags from what the last instruction left: (kind, a, b, result) as
 * `FlagSource` describes them. Each is a formula over sign-extended operands, the same for every width.
 */
import { Builder } from "../x86/builder.js";
import { type ConditionName, conditionNames, type FlagName, flagBits, flagNames } from "../x86/flags.js";
import { type Statement, Value } from "../x86/value.js";
import { flagKinds } from "./layout.js";
import { SemanticsEmitter } from "./semantics-emitter.js";
import { FunctionWriter, type ModuleWriter } from "./wasm-writer.js";

/** The inputs as parameters of the function. */
interface Inputs {
  readonly kind: Value;
  readonly a: Value;
  readonly b: Value;
  readonly result: Value;
}

/** Indexes of the functions. Conditions only in their positive form: the odd ones are their negations. */
export interface FlagFunctions {
  readonly flags: Readonly<Record<FlagName, number>>;
  readonly conditions: ReadonlyMap<ConditionName, number>;
  /** All six as bits of RFLAGS, i64. */
  readonly all: number;
}

type Formula = (b: Builder, inputs: Inputs) => Value;

function isKind(b: Builder, { kind }: Inputs, name: keyof typeof flagKinds): Value {
  return b.operation("i32.eq", kind, b.bit(flagKinds[name]));
}

/** CF, AF and OF are not given. */
function isLazy(b: Builder, { kind }: Inputs): Value {
  return b.operation("i32.shr_u", kind, b.bit(1));
}

function hasOneOperand(b: Builder, { kind }: Inputs): Value {
  return b.operation("i32.shr_u", kind, b.bit(3));
}

/** Bit `flag` of what was given explicitly. */
function given(b: Builder, { a }: Inputs, flag: FlagName): Value {
  return b.operation("i32.wrap_i64", b.bitOf(a, flagBits[flag]));
}

function signBit(b: Builder, value: Value): Value {
  return b.operation("i32.wrap_i64", b.sign(value));
}

/** For the flags that follow from the result alone. */
function ofResult(flag: FlagName, formula: Formula): Formula {
  return (b, inputs) => b.select(inputs.kind, formula(b, inputs), given(b, inputs, flag));
}

const formulas: Readonly<Record<FlagName, Formula>> = {
  zf: ofResult("zf", (b, { result }) => b.isZero(result)),
  sf: ofResult("sf", (b, { result }) => signBit(b, result)),
  pf: ofResult("pf", (b, { result }) => {
    const ones = b.operation("i64.popcnt", b.zeroExtend(result, 1));
    return b.isZero(b.operation("i32.wrap_i64", b.bitOf(ones, 0)));
  }),
  /** The carry out of the top bit. */
  cf: (b, inputs) => {
    const { a, b: second, result } = inputs;
    const ofSum = signBit(b, b.or(b.and(a, second), b.and(b.or(a, second), b.not(result))));
    const ofDifference = signBit(b, b.or(b.and(b.not(a), second), b.and(b.not(b.xor(a, second)), result)));
    const kept = b.operation("i32.wrap_i64", second);
    const ofTwo = b.select(isKind(b, inputs, "add"), ofSum, ofDifference);
    const lazily = b.select(hasOneOperand(b, inputs), kept, ofTwo);
    return b.select(isLazy(b, inputs), lazily, given(b, inputs, "cf"));
  },
  /** The carry out of bit 3. */
  af: (b, inputs) => {
    const second = b.select(hasOneOperand(b, inputs), b.constant(1), inputs.b);
    const carry = b.operation("i32.wrap_i64", b.bitOf(b.xor(b.xor(inputs.a, second), inputs.result), 4));
    return b.select(isLazy(b, inputs), carry, given(b, inputs, "af"));
  },
  /** The sign is wrong. */
  of: (b, inputs) => {
    const { a, b: second, result } = inputs;
    const changed = b.xor(a, result);
    const ofSum = b.and(changed, b.xor(second, result));
    const ofDifference = b.and(b.xor(a, second), changed);
    const ofIncrement = b.and(b.not(a), result);
    const ofDecrement = b.and(a, b.not(result));
    const ofOne = b.select(isKind(b, inputs, "increment"), ofIncrement, ofDecrement);
    const ofTwo = b.select(isKind(b, inputs, "add"), ofSum, ofDifference);
    const lazily = b.select(hasOneOperand(b, inputs), ofOne, ofTwo);
    return b.select(isLazy(b, inputs), signBit(b, lazily), given(b, inputs, "of"));
  },
};

/** The conditions with even codes (Intel SDM vol. 1, appendix B). */
const conditions: readonly (readonly [ConditionName, Formula])[] = [
  ["o", formulas.of],
  ["b", formulas.cf],
  ["e", formulas.zf],
  ["be", (b, inputs) => b.operation("i32.or", formulas.cf(b, inputs), formulas.zf(b, inputs))],
  ["s", formulas.sf],
  ["p", formulas.pf],
  ["l", (b, inputs) => b.operation("i32.xor", formulas.sf(b, inputs), formulas.of(b, inputs))],
  [
    "le",
    (b, inputs) => {
      const isLess = b.operation("i32.xor", formulas.sf(b, inputs), formulas.of(b, inputs));
      return b.operation("i32.or", isLess, formulas.zf(b, inputs));
    },
  ],
];

/** The condition whose negation `name` is, if it is one. */
export function negationOf(name: ConditionName): ConditionName | undefined {
  const code = conditionNames.indexOf(name);
  return code % 2 === 1 ? conditionNames[code - 1] : undefined;
}

/** The same functions, imported into a module of compiled code from the exports of the interpreter. */
export function importFlagFunctions(module: ModuleWriter): FlagFunctions {
  const use = (name: string, type: "i32" | "i64") =>
    module.importFunction(name, { parameters: ["i32", "i64", "i64", "i64"], results: [type] });
  return {
    flags: Object.fromEntries(flagNames.map((name) => [name, use(`flag ${name}`, "i32")])) as Record<FlagName, number>,
    conditions: new Map(conditions.map(([name]) => [name, use(`condition ${name}`, "i32")])),
    all: use("all flags", "i64"),
  };
}

/** Emits what is pure: a value that follows from a function's parameters. */
export class FormulaEmitter extends SemanticsEmitter {
  emit(list: readonly Statement[], result: Value): void {
    this.statements(list);
    this.value(result);
  }

  protected override check(): void {
    throw new Error("a flag formula touches memory");
  }

  protected override setFlagPart(): void {
    throw new Error("a flag formula sets flags");
  }

  protected override ownStatement(): void {
    throw new Error("a flag formula has side effects");
  }

  protected override ownValue(): void {
    throw new Error("a flag formula reads the processor's state");
  }
}

function parameter(type: "i32" | "i64", local: number): Value {
  const value = new Value(type, { kind: "variable" });
  value.local = local;
  return value;
}

export function addFlagFunctions(module: ModuleWriter): FlagFunctions {
  const add = (formula: Formula, type: "i32" | "i64"): number => {
    const b = new Builder(8);
    const inputs = {
      kind: parameter("i32", 0),
      a: parameter("i64", 1),
      b: parameter("i64", 2),
      result: parameter("i64", 3),
    };
    const result = formula(b, inputs);
    result.uses++;
    const code = new FunctionWriter();
    new FormulaEmitter(code, { i32: [4, 24], i64: [28, 24], v128: [0, 0] }).emit(b.finish(), result);
    return module.addFunction({
      signature: { parameters: ["i32", "i64", "i64", "i64"], results: [type] },
      locals: [
        [24, "i32"],
        [24, "i64"],
      ],
      code,
    });
  };
  const flags = Object.fromEntries(flagNames.map((name) => [name, add(formulas[name], "i32")]));
  const all: Formula = (b, inputs) =>
    flagNames
      .map((name) => b.shiftLeft(b.extend(formulas[name](b, inputs)), flagBits[name]))
      .reduce((whole, bit) => b.or(whole, bit));
  return {
    flags: flags as Record<FlagName, number>,
    conditions: new Map(conditions.map(([name, formula]) => [name, add(formula, "i32")])),
    all: add(all, "i64"),
  };
}
