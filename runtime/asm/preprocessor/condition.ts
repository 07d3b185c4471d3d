/** The expressions of `#if` (C11 6.10.1): 64-bit integers, unsigned where an operand is. */
import { isPunctuator, type Token } from "./token.js";

interface Number64 {
  readonly value: bigint;
  readonly isUnsigned: boolean;
}

/** What is wrong with an expression, and at which token. */
export class ConditionProblem extends Error {
  constructor(
    message: string,
    readonly token: Token | undefined,
  ) {
    super(message);
  }
}

const ranks: Readonly<Record<string, number>> = {
  "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8,
  "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}; // biome-ignore format: a table

const wrap = (value: bigint, isUnsigned: boolean): Number64 => ({
  value: isUnsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value),
  isUnsigned,
});
const truth = (value: boolean): Number64 => ({ value: value ? 1n : 0n, isUnsigned: false });

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };

/** Deeper than anyone writes; keeps hostile input from exhausting the stack. */
const deepest = 200;

class ConditionParser {
  private at = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Number64 {
    if (this.tokens.length === 0) throw new ConditionProblem("The condition is missing.", undefined);
    const value = this.ternary(0, true);
    const rest = this.tokens[this.at];
    if (rest !== undefined) throw new ConditionProblem(`"${rest.text}" makes no sense here in a condition.`, rest);
    return value;
  }

  private take(text: string): boolean {
    if (!isPunctuator(this.tokens[this.at], text)) return false;
    this.at++;
    return true;
  }

  private ternary(depth: number, isLive: boolean): Number64 {
    const test = this.binary(1, depth, isLive);
    if (!this.take("?")) return test;
    const yes = this.ternary(depth + 1, isLive && test.value !== 0n);
    if (!this.take(":")) throw new ConditionProblem("A `:` is missing behind the `?`.", this.tokens[this.at]);
    const no = this.ternary(depth + 1, isLive && test.value === 0n);
    return wrap(test.value !== 0n ? yes.value : no.value, yes.isUnsigned || no.isUnsigned);
  }

  private binary(lowest: number, depth: number, isLive: boolean): Number64 {
    let left = this.unary(depth, isLive);
    for (;;) {
      const token = this.tokens[this.at];
      const rank = token?.kind === "punctuator" ? ranks[token.text] : undefined;
      if (token === undefined || rank === undefined || rank < lowest) return left;
      this.at++;
      const isShort = (token.text === "&&" && left.value === 0n) || (token.text === "||" && left.value !== 0n);
      const right = this.binary(rank + 1, depth + 1, isLive && !isShort);
      left = this.apply(token, left, right, isLive);
    }
  }

  private apply(token: Token, left: Number64, right: Number64, isLive: boolean): Number64 {
    const isUnsigned = left.isUnsigned || right.isUnsigned;
    const a = wrap(left.value, isUnsigned).value;
    const b = wrap(right.value, isUnsigned).value;
    switch (token.text) {
      case "||":
        return truth(left.value !== 0n || right.value !== 0n);
      case "&&":
        return truth(left.value !== 0n && right.value !== 0n);
      case "|":
        return wrap(a | b, isUnsigned);
      case "^":
        return wrap(a ^ b, isUnsigned);
      case "&":
        return wrap(a & b, isUnsigned);
      case "==":
        return truth(a === b);
      case "!=":
        return truth(a !== b);
      case "<":
        return truth(a < b);
      case ">":
        return truth(a > b);
      case "<=":
        return truth(a <= b);
      case ">=":
        return truth(a >= b);
      case "<<":
        return shift(left, right.value);
      case ">>":
        return shift(left, -right.value);
      case "+":
        return wrap(a + b, isUnsigned);
      case "-":
        return wrap(a - b, isUnsigned);
      case "*":
        return wrap(a * b, isUnsigned);
      default:
        if (b === 0n) {
          if (isLive) throw new ConditionProblem("The condition divides by zero.", token);
          return wrap(0n, isUnsigned);
        }
        return wrap(token.text === "/" ? a / b : a % b, isUnsigned);
    }
  }

  private unary(depth: number, isLive: boolean): Number64 {
    if (depth > deepest) throw new ConditionProblem("The condition is nested too deeply.", this.tokens[this.at]);
    const token = this.tokens[this.at++];
    if (token === undefined) throw new ConditionProblem("The condition ends too early.", this.tokens.at(-1));
    if (token.kind === "number") return numberOf(token);
    if (token.kind === "character") return truthful(characterOf(token));
    if (token.kind === "name") return truth(false);
    switch (token.text) {
      case "(": {
        const inner = this.ternary(depth + 1, isLive);
        if (!this.take(")")) throw new ConditionProblem("This `(` has no matching `)`.", token);
        return inner;
      }
      case "!":
        return truth(this.unary(depth + 1, isLive).value === 0n);
      case "~": {
        const { value, isUnsigned } = this.unary(depth + 1, isLive);
        return wrap(~value, isUnsigned);
      }
      case "-": {
        const { value, isUnsigned } = this.unary(depth + 1, isLive);
        return wrap(-value, isUnsigned);
      }
      case "+":
        return this.unary(depth + 1, isLive);
      default:
        throw new ConditionProblem(`A number or name is expected in the condition, not "${token.text}".`, token);
    }
  }
}

const truthful = (value: bigint): Number64 => ({ value, isUnsigned: false });

/** Shifts left by `by`, or right when it is negative; what is shifted out is lost. */
function shift({ value, isUnsigned }: Number64, by: bigint): Number64 {
  if (by >= 64n) return wrap(0n, isUnsigned);
  if (by <= -64n) return wrap(value < 0n ? -1n : 0n, isUnsigned);
  return wrap(by >= 0n ? value << by : value >> -by, isUnsigned);
}

function numberOf(token: Token): Number64 {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uU]?[lL]{0,2}|[lL]{1,2}[uU])$/.exec(token.text);
  if (match?.[1] === undefined) {
    throw new ConditionProblem(`"${token.text}" is not an integer, and conditions take only those.`, token);
  }
  const digits = match[1].replace(/^0(?=[0-7])/, "0o");
  const value = BigInt(digits);
  const isUnsigned = /u/i.test(match[2] ?? "") || value >= 1n << 63n;
  return wrap(value, isUnsigned);
}

function characterOf(token: Token): bigint {
  const inner = token.text.slice(1, -1);
  const escaped = /^\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|(.))$/s.exec(inner);
  if (escaped?.[1] !== undefined) return BigInt.asIntN(8, BigInt(`0x${escaped[1]}`));
  if (escaped?.[2] !== undefined) return BigInt.asIntN(8, BigInt(`0o${escaped[2]}`));
  if (escaped?.[3] !== undefined) return BigInt(escapes[escaped[3]] ?? escaped[3].charCodeAt(0));
  if (inner.length !== 1) throw new ConditionProblem(`${token.text} is not one character.`, token);
  return BigInt(inner.charCodeAt(0));
}

/** Whether the condition holds; throws a ConditionProblem. Names that are left over count as 0. */
export function holds(tokens: readonly Token[]): boolean {
  return new ConditionParser(tokens).parse().value !== 0n;
}
