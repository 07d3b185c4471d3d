/** Debugger expressions, compiled once to closures so that a breakpoint's condition costs little at each hit. */
import { formatAddress, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramSymbol } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import { cast, combine, double, EvaluationFailure, integer, promote, truth, word } from "./arithmetic.js";
import type { ExpressionError } from "./lexer.js";
import { type BinaryOperator, type Node, parseExpression } from "./parser.js";
import { flagBits, isFlagName, type RegisterPart, registerPart } from "./registers.js";
import type { ExpressionScope } from "./scope.js";
import {
  bitsOfDouble,
  type FormatSpecifier,
  formatValue,
  integerOf,
  isTrue,
  numberOf,
  signedWord,
  sizeOf,
  unsignedWord,
  untypedPointer,
  type Value,
  type ValueType,
} from "./value.js";

export interface Expression {
  readonly text: string;
  readonly format?: FormatSpecifier;
  evaluate(scope: ExpressionScope): Result<Value, ExpressionError>;
  /** Evaluates and formats as the expression asks. */
  show(scope: ExpressionScope): Result<string, ExpressionError>;
}

/** A name whose value somebody else knows at each evaluation. */
export interface Variable {
  readonly kind: "variable";
  read(): bigint;
}

export type SymbolLookup = (name: string) => ProgramSymbol | Variable | undefined;

/** Compiles `text`; names that are neither registers, flags, `thread.…` nor symbols are errors here, not later. */
export function compileExpression(text: string, symbols: SymbolLookup): Result<Expression, ExpressionError> {
  const parsed = parseExpression(text);
  if (!parsed.ok) return parsed;
  const { node, format } = parsed.value;
  const compiled = guarded(() => compile(node, symbols));
  if (!compiled.ok) return compiled;
  const run = compiled.value;
  return ok({
    text,
    format,
    evaluate: (scope) => guarded(() => run(scope)),
    show: (scope) =>
      guarded(() => {
        const value = run(scope);
        return format === "s" ? readText(value, scope, node.offset) : formatValue(value, format);
      }),
  });
}

/** The error with the place it is about, as users see it. */
export function describeExpressionError(text: string, error: ExpressionError): string {
  const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  return text.length > 1 ? `${message} (at character ${error.offset + 1} of "${text}").` : `${message}.`;
}

type Evaluator = (scope: ExpressionScope) => Value;

function guarded<T>(action: () => T): Result<T, ExpressionError> {
  try {
    return ok(action());
  } catch (error) {
    if (error instanceof EvaluationFailure) return fail({ message: error.message, offset: error.offset });
    throw error;
  }
}

function compile(node: Node, symbols: SymbolLookup): Evaluator {
  switch (node.kind) {
    case "integer": {
      const type = BigInt.asIntN(64, node.value) < 0n && node.value > 0n ? unsignedWord : signedWord;
      const value = { type, bits: BigInt.asUintN(64, node.value) };
      return () => value;
    }
    case "float": {
      const value: Value = { type: { kind: "float", bits: 64 }, bits: bitsOfDouble(node.value) };
      return () => value;
    }
    case "name":
      return compileName(node, symbols);
    case "unary": {
      const operand = compile(node.operand, symbols);
      switch (node.operator) {
        case "+":
          return (scope) => promote(operand(scope), node.offset);
        case "-":
          return (scope) => {
            const value = promote(operand(scope), node.offset);
            return value.type.kind === "float" ? double(-numberOf(value)) : word(-value.bits, value.type);
          };
        case "~":
          return (scope) => {
            const value = integer(operand(scope), "~", node.offset);
            return word(~value.bits, value.type);
          };
        case "!":
          return (scope) => truth(!isTrue(operand(scope)));
      }
      break;
    }
    case "binary":
      return compileBinary(node.operator, compile(node.left, symbols), compile(node.right, symbols), node.offset);
    case "conditional": {
      const condition = compile(node.condition, symbols);
      const yes = compile(node.yes, symbols);
      const no = compile(node.no, symbols);
      return (scope) => (isTrue(condition(scope)) ? yes(scope) : no(scope));
    }
    case "cast": {
      const operand = compile(node.operand, symbols);
      return (scope) => cast(operand(scope), node.type, node.offset);
    }
    case "addressOf": {
      const operand = compile(node.operand, symbols);
      return (scope) => {
        const { location, type } = operand(scope);
        if (location?.kind === "memory") return { type: pointerTo(type), bits: location.address };
        // The name of a symbol stands for its address already.
        if (node.operand.kind === "name" && type.kind === "pointer" && location === undefined) return operand(scope);
        throw new EvaluationFailure("& needs something in memory, such as a symbol or *rsp", node.offset);
      };
    }
    case "memory": {
      const address = compile(node.address, symbols);
      return (scope) => {
        const pointer = integer(address(scope), "*", node.offset);
        const type = node.type ?? (pointer.type.kind === "pointer" ? pointer.type.target : undefined) ?? signedWord;
        return readMemory(scope, guestAddress(pointer.bits), type, node.offset);
      };
    }
    case "element": {
      const pointer = compile(node.pointer, symbols);
      const index = compile(node.index, symbols);
      return (scope) => {
        const base = pointer(scope);
        if (base.type.kind !== "pointer" || base.type.target === undefined || !base.type.scaled) {
          throw new EvaluationFailure(
            "an index needs a pointer that says what it points to, as in ((long*)rsp)[2]",
            node.offset,
          );
        }
        const distance = integerOf(integer(index(scope), "[]", node.offset)) * BigInt(sizeOf(base.type.target));
        return readMemory(scope, guestAddress(base.bits + distance), base.type.target, node.offset);
      };
    }
  }
}

function compileName(node: Node & { kind: "name" }, symbols: SymbolLookup): Evaluator {
  const { text, sigil, offset } = node;
  const symbol = sigil === undefined ? symbols(text) : undefined;
  if (symbol?.kind === "variable") {
    return () => ({ type: signedWord, bits: BigInt.asUintN(64, symbol.read()) });
  }
  const part = registerPart(text);
  if (part !== undefined) return (scope) => readRegister(scope, part, text.toLowerCase(), offset);
  if (symbol !== undefined) {
    const value: Value =
      symbol.kind === "absolute"
        ? { type: signedWord, bits: BigInt.asUintN(64, symbol.address) }
        : { type: { kind: "pointer", target: typeOfSize(symbol), scaled: false }, bits: symbol.address };
    return () => value;
  }
  const flag = text.toLowerCase();
  if (isFlagName(flag)) {
    const bit = BigInt(flagBits[flag]);
    return (scope) => {
      const flags = wholeRegister(scope, "rflags", flag, offset);
      return { type: signedWord, bits: (flags >> bit) & 1n, location: { kind: "register", register: flag } };
    };
  }
  if (text === "thread" || text.startsWith("thread.")) return compileThreadProperty(text, offset);
  throw new EvaluationFailure(
    sigil !== undefined
      ? `there is no register "${sigil}${text}"`
      : `"${text}" is neither a register, a flag nor a symbol of this program`,
    offset,
  );
}

function compileThreadProperty(text: string, offset: number): Evaluator {
  const read = (
    property: (thread: NonNullable<ExpressionScope["thread"]>) => number | string | undefined,
  ): Evaluator => {
    return (scope) => {
      if (scope.thread === undefined) throw new EvaluationFailure("there is no green thread here", offset);
      const value = property(scope.thread);
      if (value === undefined) throw new EvaluationFailure(`"${text}" is not known for this thread`, offset);
      return typeof value === "string"
        ? { type: { kind: "text" }, bits: 0n, text: value }
        : { type: signedWord, bits: BigInt(value) };
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
    default:
      throw new EvaluationFailure(
        `"${text}" is not known: a thread has thread.id, thread.name, thread.slot and thread.state`,
        offset,
      );
  }
}

function compileBinary(operator: BinaryOperator, left: Evaluator, right: Evaluator, offset: number): Evaluator {
  switch (operator) {
    case "&&":
      return (scope) => truth(isTrue(left(scope)) && isTrue(right(scope)));
    case "||":
      return (scope) => truth(isTrue(left(scope)) || isTrue(right(scope)));
    default:
      return (scope) => combine(operator, left(scope), right(scope), offset);
  }
}

function readRegister(scope: ExpressionScope, part: RegisterPart, name: string, offset: number): Value {
  const whole = wholeRegister(scope, part.register, name, offset);
  return {
    type: part.isPointer
      ? untypedPointer
      : { kind: "integer", bits: part.bits, signed: part.bits !== 128 && part.register !== "rflags" },
    bits: BigInt.asUintN(part.bits, whole >> part.shift),
    location: { kind: "register", register: name === "pc" ? "rip" : name },
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

function readMemory(scope: ExpressionScope, address: GuestAddress, type: ValueType, offset: number): Value {
  const size = sizeOf(type);
  const bytes = scope.memory.read(address, size);
  if (bytes.length < size) {
    throw new EvaluationFailure(
      `the memory at ${formatAddress(address)} cannot be read: nothing is mapped there`,
      offset,
    );
  }
  let bits = 0n;
  for (let index = size - 1; index >= 0; index--) bits = (bits << 8n) | BigInt(bytes[index] ?? 0);
  return { type, bits, location: { kind: "memory", address, bytes: size } };
}

/** The longest text that `,s` shows, in bytes. */
const longestText = 1000;

/** The NUL-terminated text at an address, quoted. */
function readText(value: Value, scope: ExpressionScope, offset: number): string {
  if (value.type.kind === "text") return value.text ?? "";
  const address = guestAddress(integer(value, ",s", offset).bits);
  const bytes = scope.memory.read(address, longestText);
  if (bytes.length === 0) {
    throw new EvaluationFailure(
      `the memory at ${formatAddress(address)} cannot be read: nothing is mapped there`,
      offset,
    );
  }
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  return `${JSON.stringify(text)}${end < 0 ? "…" : ""}`;
}

/** What a data symbol of that size holds, when it is the size of a number. */
function typeOfSize(symbol: ProgramSymbol): ValueType | undefined {
  if (symbol.kind !== "object") return undefined;
  switch (symbol.size) {
    case 1:
    case 2:
    case 4:
      return { kind: "integer", bits: (symbol.size * 8) as 8 | 16 | 32, signed: false };
    default:
      return undefined;
  }
}

function pointerTo(target: ValueType): ValueType {
  return { kind: "pointer", target, scaled: true };
}
