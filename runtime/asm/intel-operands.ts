/**
 * Operands in Intel syntax: `rax`, `5`, `qword ptr [rbx+rcx*4+8]`, `offset sym`, `fs:[rax]`. Sums of registers,
 * symbols and numbers are gathered while they are parsed; what a bare symbol means is the assembler's to decide.
 */
import { nakedRegisterAt, readDecorations, readRegister, readRounding } from "./att-operands.js";
import { type Cursor, isDigit, isSymbolPart, isSymbolStart } from "./cursor.js";
import { binaryNode, numberNode, parseSymbol, unaryNode } from "./expression-parser.js";
import { readCharacter, readNumber } from "./literals.js";
import type { Register } from "./registers.js";
import type { BinaryOperator, Expression, Operand, ParseState, Range } from "./syntax.js";

/** Bytes of the types that `ptr` follows. */
const sizes: Readonly<Record<string, number>> = {
  byte: 1,
  word: 2,
  dword: 4,
  fword: 6,
  qword: 8,
  mmword: 8,
  tbyte: 10,
  oword: 16,
  xmmword: 16,
  ymmword: 32,
  zmmword: 64,
};

const ranks: Readonly<Record<string, { rank: number; operator: BinaryOperator }>> = {
  or: { rank: 1, operator: "|" },
  "|": { rank: 1, operator: "|" },
  xor: { rank: 2, operator: "^" },
  "^": { rank: 2, operator: "^" },
  and: { rank: 3, operator: "&" },
  "&": { rank: 3, operator: "&" },
  eq: { rank: 4, operator: "==" },
  ne: { rank: 4, operator: "!=" },
  lt: { rank: 4, operator: "<" },
  le: { rank: 4, operator: "<=" },
  gt: { rank: 4, operator: ">" },
  ge: { rank: 4, operator: ">=" },
  "+": { rank: 5, operator: "+" },
  "-": { rank: 5, operator: "-" },
  "*": { rank: 6, operator: "*" },
  "/": { rank: 6, operator: "/" },
  "%": { rank: 6, operator: "%" },
  mod: { rank: 6, operator: "%" },
  shl: { rank: 6, operator: "<<" },
  "<<": { rank: 6, operator: "<<" },
  shr: { rank: 6, operator: ">>" },
  ">>": { rank: 6, operator: ">>" },
};

const deepest = 200;

interface Scaled {
  readonly register: Register;
  readonly scale: number;
}

/** A sum on its way: registers with their scales, and the rest as an expression. */
interface Sum {
  readonly registers: readonly Scaled[];
  readonly rest: Expression | undefined;
  readonly range: Range;
}

class IntelParser {
  hasBrackets = false;
  isOffset = false;
  isPointer = false;
  size = 0;
  segment: Register | undefined;

  constructor(
    readonly cursor: Cursor,
    readonly state: ParseState,
  ) {}

  private wordAt(): string {
    const { cursor } = this;
    if (!isSymbolStart(cursor.peek())) return "";
    let end = cursor.at;
    while (end < cursor.end && isSymbolPart(cursor.text.charCodeAt(end))) end++;
    return cursor.text.slice(cursor.at, end).toLowerCase();
  }

  private operatorAt(): { text: string; rank: number; operator: BinaryOperator } | undefined {
    const { cursor } = this;
    cursor.skipSpace();
    const two = cursor.text.slice(cursor.at, Math.min(cursor.end, cursor.at + 2));
    const word = this.wordAt();
    for (const text of [word, two, two.charAt(0)]) {
      const found = text === "" ? undefined : ranks[text];
      if (found !== undefined && Object.hasOwn(ranks, text)) return { text, ...found };
    }
    return undefined;
  }

  parse(lowestRank = 1, depth = 0): Sum {
    const { cursor } = this;
    let left = this.parseTerm(depth);
    for (;;) {
      cursor.skipSpace();
      // `sym[rbx]`, `8[rbx]`, `[rbx][rcx]`: brackets side by side add up.
      if (cursor.peek() === 91) {
        left = this.combine("+", left, this.parseTerm(depth + 1));
        continue;
      }
      const found = this.operatorAt();
      if (found === undefined || found.rank < lowestRank) return left;
      cursor.at += found.text.length;
      left = this.combine(found.operator, left, this.parse(found.rank + 1, depth + 1));
    }
  }

  private combine(operator: BinaryOperator, left: Sum, right: Sum): Sum {
    const { cursor } = this;
    const range = { start: left.range.start, end: right.range.end };
    if (left.registers.length === 0 && right.registers.length === 0) {
      const a = left.rest ?? numberNode(0n, left.range);
      const b = right.rest ?? numberNode(0n, right.range);
      return { registers: [], rest: binaryNode(cursor, operator, a, b), range };
    }
    if (operator === "*") {
      const [scaled, factor] = left.registers.length > 0 ? [left, right] : [right, left];
      const only = scaled.registers[0];
      const isSimple = scaled.registers.length === 1 && scaled.rest === undefined && only?.scale === 0;
      if (!isSimple || only === undefined || factor.rest?.kind !== "number" || factor.registers.length > 0) {
        return cursor.fail("Only a single index register can be scaled, as in [rax+rcx*4].", range);
      }
      if (![1n, 2n, 4n, 8n].includes(factor.rest.value)) {
        return cursor.fail("The scale of an index must be 1, 2, 4 or 8.", factor.range);
      }
      return { registers: [{ register: only.register, scale: Number(factor.rest.value) }], rest: undefined, range };
    }
    if (operator === "+") {
      const rest =
        left.rest === undefined
          ? right.rest
          : right.rest === undefined
            ? left.rest
            : binaryNode(cursor, "+", left.rest, right.rest);
      return { registers: [...left.registers, ...right.registers], rest, range };
    }
    if (operator === "-" && right.registers.length === 0) {
      const subtrahend = right.rest ?? numberNode(0n, right.range);
      const rest =
        left.rest === undefined
          ? unaryNode("-", subtrahend, right.range.start)
          : binaryNode(cursor, "-", left.rest, subtrahend);
      return { registers: left.registers, rest, range };
    }
    return cursor.fail("An address can add registers and scale one of them, nothing else.", range);
  }

  private parseTerm(depth: number): Sum {
    const { cursor } = this;
    if (depth > deepest) cursor.fail("This expression is nested too deeply.");
    cursor.skipSpace();
    const start = cursor.at;
    const constant = (expression: Expression): Sum => ({ registers: [], rest: expression, range: expression.range });
    const code = cursor.peek();
    if (isDigit(code)) {
      const literal = readNumber(cursor);
      const range = cursor.rangeFrom(start);
      return constant(
        literal.kind === "integer"
          ? numberNode(literal.value, range)
          : { kind: "local", range, label: literal.label, direction: literal.direction },
      );
    }
    switch (code) {
      case 91: {
        cursor.at++;
        this.hasBrackets = true;
        const inner = this.parse(1, depth + 1);
        cursor.skipSpace();
        if (!cursor.take("]")) cursor.fail('This "[" has no matching "]".', { start, end: start + 1 });
        return { ...inner, range: cursor.rangeFrom(start) };
      }
      case 40: {
        cursor.at++;
        const inner = this.parse(1, depth + 1);
        cursor.skipSpace();
        if (!cursor.take(")")) cursor.fail('This "(" has no matching ")".', { start, end: start + 1 });
        return { ...inner, range: cursor.rangeFrom(start) };
      }
      case 39:
        return constant(numberNode(readCharacter(cursor), cursor.rangeFrom(start)));
      case 43:
        cursor.at++;
        return this.parseTerm(depth + 1);
      case 45:
      case 126: {
        cursor.at++;
        return this.negate(code === 45 ? "-" : "~", this.parseTerm(depth + 1), start);
      }
      case 37:
        return this.parseRegister();
      case 36:
        return cursor.fail("$ marks an immediate in AT&T syntax; in Intel syntax write the number alone.", {
          start,
          end: start + 1,
        });
      default:
        break;
    }
    if (nakedRegisterAt(cursor, this.state) !== undefined) return this.parseRegister();
    const word = this.wordAt();
    if (word === "not") {
      cursor.at += 3;
      return this.negate("~", this.parseTerm(depth + 1), start);
    }
    const size = Object.hasOwn(sizes, word) ? sizes[word] : undefined;
    if (size !== undefined) {
      const isPtr = /^\s+ptr(?![\w.$])/i.exec(cursor.text.slice(cursor.at + word.length, cursor.end));
      const isBracket = /^\s*(\[|[c-gs]s:)/i.test(cursor.text.slice(cursor.at + word.length, cursor.end));
      if (isPtr || isBracket) {
        cursor.at += word.length + (isPtr?.[0].length ?? 0);
        this.size = size;
        this.isPointer = true;
        return this.parse(6, depth + 1);
      }
    }
    // `short` asks for what is chosen anyway where it reaches.
    if (word === "short" && /^\s+[\w.$"]/.test(cursor.text.slice(cursor.at + 5, cursor.end))) {
      cursor.at += 5;
      return this.parse(6, depth + 1);
    }
    if (word === "offset" || (word === "flat" && cursor.text.charAt(cursor.at + 4) === ":")) {
      cursor.at += word.length + (word === "flat" ? 1 : 0);
      if (word === "offset") this.isOffset = true;
      return this.parse(6, depth + 1);
    }
    if (code === 34 || isSymbolStart(code)) return constant(parseSymbol(cursor));
    if (code === 0) return cursor.fail("An operand is missing here.");
    return cursor.fail(`An operand is expected here, not "${cursor.nextText()}".`);
  }

  private negate(operator: "-" | "~", operand: Sum, start: number): Sum {
    if (operand.registers.length > 0 || operand.rest === undefined) {
      return this.cursor.fail("A register cannot be negated in an operand.", operand.range);
    }
    const rest = unaryNode(operator, operand.rest, start);
    return { registers: [], rest, range: rest.range };
  }

  private parseRegister(): Sum {
    const { cursor } = this;
    const start = cursor.at;
    const register = readRegister(cursor);
    cursor.skipSpace();
    if (cursor.peek() === 58) {
      cursor.at++;
      if (register.class !== "segment") {
        cursor.fail("Only a segment register such as fs can stand before a colon.", { start, end: cursor.at - 1 });
      }
      this.segment = register;
      this.isPointer = true;
      return this.parse(6, 1);
    }
    return { registers: [{ register, scale: 0 }], rest: undefined, range: { start, end: cursor.at } };
  }
}

const isAddressRegister = (register: Register) =>
  ["r64", "r32", "r16", "rip", "zero", "xmm", "ymm", "zmm"].includes(register.class);
const isIndexOnly = (register: Register) => ["xmm", "ymm", "zmm", "zero"].includes(register.class);

/** Parses one operand. */
export function parseIntelOperand(cursor: Cursor, state: ParseState): Operand {
  cursor.skipSpace();
  const start = cursor.at;
  if (cursor.peek() === 123) return readRounding(cursor);
  const parser = new IntelParser(cursor, state);
  const sum = parser.parse();
  const range: Range = { start, end: Math.max(sum.range.end, start + 1) };
  const decorations = cursor.peek() === 123 ? readDecorations(cursor, state) : undefined;
  const [first, second, third] = sum.registers;
  const isMemory = parser.hasBrackets || parser.isPointer;
  if (first !== undefined && !parser.hasBrackets) {
    if (sum.registers.length === 1 && first.scale === 0 && sum.rest === undefined) {
      return { kind: "register", range, register: first.register, isIndirect: false, decorations };
    }
    cursor.fail("Registers add up only inside square brackets, as in [rax+8].", range);
  }
  if (parser.isOffset && first === undefined) {
    return { kind: "immediate", range, value: sum.rest ?? numberNode(0n, range) };
  }
  if (!isMemory && sum.rest?.kind === "number") return { kind: "immediate", range, value: sum.rest };
  if (third !== undefined) cursor.fail("An address has at most a base and an index register.", range);
  for (const { register } of sum.registers) {
    if (!isAddressRegister(register)) cursor.fail(`${register.name} cannot be part of an address.`, range);
  }
  // The scaled register is the index; so is one that can only be an index; else the first is the base.
  let base = first;
  let index = second;
  const mustSwap =
    first !== undefined &&
    ((first.scale > 0 && (second === undefined || second.scale === 0)) ||
      isIndexOnly(first.register) ||
      (second !== undefined && second.scale === 0 && first.scale === 0 && /^[re]sp$/.test(second.register.name)));
  if (mustSwap) [base, index] = [second, first];
  if (base !== undefined && base.scale > 0) {
    if (base.scale !== 1 || (index !== undefined && index.scale > 1)) {
      cursor.fail("Only one register of an address can be scaled.", range);
    }
  }
  return {
    kind: "memory",
    range,
    segment: parser.segment,
    displacement: sum.rest,
    base: base?.register,
    index: index?.register,
    scale: (index?.scale || 1) as 1 | 2 | 4 | 8,
    isIndirect: false,
    isBare: !isMemory,
    size: parser.size,
    decorations,
  };
}
