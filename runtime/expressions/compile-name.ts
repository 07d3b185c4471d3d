/** What a name in an expression stands for: a variable, a register, a symbol, a flag, or a property of the thread. */
import type { ProgramSymbol } from "../base/program-image.js";
import { nearest } from "../base/suggest.js";
import type { Type } from "../object/dwarf/types.js";
import { constantValue, integerValue, truth } from "./arithmetic.js";
import { EvaluationFailure } from "./operands.js";
import { flagBits, isFlagName, type RegisterPart, registerPart, registerPartNames } from "./registers.js";
import type { ExpressionScope, NamedValue, Names, Value } from "./scope.js";
import type { Node } from "./syntax.js";
import { addressOfSymbol, integerType, threadText, untypedPointer, word } from "./types.js";

export function compileName({ text, sigil, offset }: Node & { readonly kind: "name" }, names: Names): NamedValue {
  const variable = sigil === undefined ? names.variable(text) : undefined;
  if (variable !== undefined) return variable;
  const part = registerPart(text);
  if (part !== undefined) return (scope) => readRegister(scope, part, text.toLowerCase(), offset);
  const symbol = sigil === undefined ? names.symbol(text) : undefined;
  if (symbol !== undefined) {
    const value = symbolValue(symbol);
    return () => value;
  }
  const flag = text.toLowerCase();
  if (isFlagName(flag)) {
    const bit = BigInt(flagBits[flag]);
    return (scope) => {
      const flags = wholeRegister(scope, "rflags", flag, offset);
      return { type: word, place: { kind: "number", bits: (flags >> bit) & 1n, register: flag } };
    };
  }
  if (text === "thread" || text.startsWith("thread.")) return compileThreadProperty(text, offset);
  if (sigil === undefined && (text === "true" || text === "false")) return () => truth(text === "true");
  if (sigil === undefined && /^(nullptr|NULL)$/.test(text)) return () => constantValue(0n);
  throw unknownName(text, sigil, names, offset);
}

function symbolValue(symbol: ProgramSymbol): Value {
  return symbol.kind === "absolute"
    ? integerValue(word, symbol.address, 64)
    : integerValue(addressOfSymbol(typeOfSize(symbol)), symbol.address, 64);
}

function unknownName(text: string, sigil: string | undefined, names: Names, offset: number): EvaluationFailure {
  if (sigil !== undefined) {
    const near = nearest(text, registerPartNames());
    return new EvaluationFailure(
      `there is no register "${sigil}${text}"${near === undefined ? "" : `: did you mean "${sigil}${near}"?`}`,
      offset,
    );
  }
  const kinds = names.language === undefined ? "" : "a variable in scope, ";
  const near = nearest(text, names.near());
  return new EvaluationFailure(
    `"${text}" is neither ${kinds}a register, a flag nor a symbol of this program${
      near === undefined ? "" : `: did you mean "${near}"?`
    }`,
    offset,
    true,
  );
}

function compileThreadProperty(text: string, offset: number): NamedValue {
  const read = (
    property: (thread: NonNullable<ExpressionScope["thread"]>) => number | string | undefined,
  ): NamedValue => {
    return (scope) => {
      if (scope.thread === undefined) throw new EvaluationFailure("there is no green thread here", offset);
      const value = property(scope.thread);
      if (value === undefined) throw new EvaluationFailure(`"${text}" is not known for this thread`, offset);
      return typeof value === "string"
        ? { type: threadText, place: { kind: "bytes", bytes: new TextEncoder().encode(value) } }
        : integerValue(word, BigInt(value), 64);
    };
  };
  switch (text) {
    case "thread.id":
      return read((thread) => thread.id);
    case "thread.name":
      return read((thread) => thread.name);
    case "thread.slot":
      return read((thread) => thread.slot);
    case "thread.state":
      return read((thread) => thread.state);
    case "thread.entry":
      return read((thread) => thread.entryName);
    default:
      throw new EvaluationFailure(
        `"${text}" is not known: a thread has thread.id, thread.name, thread.slot, thread.state and thread.entry; variables and registers are in its frames, as in thread(2).frame(0).$rbx`,
        offset,
      );
  }
}

function readRegister(scope: ExpressionScope, part: RegisterPart, name: string, offset: number): Value {
  const whole = wholeRegister(scope, part.register, name, offset);
  return {
    type: part.isPointer
      ? untypedPointer
      : integerType(part.bits, part.bits !== 128 && part.register !== "rflags", true),
    place: {
      kind: "number",
      bits: BigInt.asUintN(part.bits, whole >> part.shift),
      register: name === "pc" ? "rip" : name,
    },
  };
}

function wholeRegister(scope: ExpressionScope, register: string, shown: string, offset: number): bigint {
  const value = scope.register(register);
  if (value === undefined) {
    throw new EvaluationFailure(
      `the value of ${shown} is not known in this frame: only what a switch or a call saved can be known here`,
      offset,
    );
  }
  return value;
}

/** What a data symbol of that size holds, when it is the size of a number. */
function typeOfSize(symbol: ProgramSymbol): Type | undefined {
  if (symbol.kind !== "object") return undefined;
  switch (symbol.size) {
    case 1:
    case 2:
    case 4:
      return integerType((symbol.size * 8) as 8 | 16 | 32, false, true);
    default:
      return undefined;
  }
}
