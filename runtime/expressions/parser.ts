/**
 * The grammar of debugger expressions: C's operators with its precedences, variables, registers and symbols by name, and
 * memory in the manners of C (`*(int*)p`), of Intel syntax (`dword ptr [rbp-4]`) and of AT&T syntax (`-4(%rbp)`).
 */
import { fail, ok, type Result } from "../base/result.js";
import type { Type } from "../object/dwarf/types.js";
import { type ExpressionError, isOperator, type Token, tokenize } from "./lexer.js";
import type { Names } from "./scope.js";
import type { BinaryOperator, Format, FormatLetter, Node, ParsedExpression } from "./syntax.js";
import { TypeParser } from "./type-syntax.js";
import { decimalConstant, hexadecimalConstant, type IntegerBits, integerType, word } from "./types.js";

/** Operators of C by rising precedence; all associate to the left. */
const binaryLevels: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Sizes of memory operands in Intel syntax. Words narrower than a register are read without sign, as `movzx` does. */
const operandSizes: Readonly<Record<string, Type>> = {
  byte: integerType(8, false, true),
  word: integerType(16, false, true),
  dword: integerType(32, false, true),
  qword: word,
  xmmword: integerType(128, false, true),
};

const assignments = new Map<string, BinaryOperator | undefined>([
  ["=", undefined],
  ...(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"] as const).map((sign) => [`${sign}=`, sign] as const),
]);

const formatLetters: readonly FormatLetter[] = ["x", "d", "u", "b", "c", "s"];

/** Reads `text` as one expression, perhaps an assignment, perhaps followed by `,` and formats. `names` tell types. */
export function parseExpression(text: string, names: Names): Result<ParsedExpression, ExpressionError> {
  const tokens = tokenize(text);
  if (!tokens.ok) return tokens;
  try {
    return ok(new Parser(text, tokens.value, names).parse());
  } catch (error) {
    if (error instanceof SyntaxFailure) return fail({ message: error.message, offset: error.offset });
    throw error;
  }
}

/** Unwinds the recursive descent; never leaves this file. */
class SyntaxFailure extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** Deeper nesting is no expression of a person's, and would exhaust the stack. */
const deepest = 200;

class Parser {
  #position = 0;
  #depth = 0;
  readonly #types: TypeParser;

  constructor(
    text: string,
    private readonly tokens: readonly Token[],
    names: Names,
  ) {
    this.#types = new TypeParser(text, tokens, names);
  }

  parse(): ParsedExpression {
    if (this.#peek().kind === "end") throw new SyntaxFailure("the expression is empty: write, for example, rsp", 0);
    const node = this.#conditional();
    const assigned = this.#assigned();
    const format = this.#format();
    const left = this.#peek();
    if (left.kind !== "end") {
      const [open, name, close] = this.tokens.slice(Math.max(0, this.#position - 3), this.#position);
      if (isOperator(open, "(") && name?.kind === "name" && isOperator(close, ")")) {
        throw new SyntaxFailure(`"${name.text}" is no type of this program`, name.offset);
      }
      throw new SyntaxFailure(`an operator is missing before ${describe(left)}`, left.offset);
    }
    return { node, format, ...(assigned && { assigned }) };
  }

  #assigned(): ParsedExpression["assigned"] {
    const token = this.#peek();
    if (token.kind !== "operator" || !assignments.has(token.text)) return undefined;
    this.#next();
    const operator = assignments.get(token.text);
    return { node: this.#conditional(), offset: token.offset, ...(operator && { operator }) };
  }

  #format(): Format {
    let format: Format = {};
    while (this.#isOperator(",")) {
      this.#next();
      format = { ...format, ...this.#formatPart() };
    }
    return format;
  }

  #formatPart(): Format {
    const token = this.#next();
    if (isOperator(token, "!")) return { isRaw: true };
    if (isOperator(token, "[")) {
      const count = this.#conditional();
      this.#expect("]");
      return { count };
    }
    const letter = formatLetters.find((one) => token.kind === "name" && token.text === one);
    if (letter !== undefined) return { letter };
    throw new SyntaxFailure(
      `${describe(token)} is no format: use ,x (hexadecimal), ,d (decimal), ,u (unsigned), ,b (binary), ,c (character), ,s (text), ,[10] (elements) or ,! (as it is made)`,
      token.offset,
    );
  }

  #conditional(): Node {
    if (++this.#depth > deepest) throw new SyntaxFailure("the expression is nested too deeply", this.#peek().offset);
    const condition = this.#binary(0);
    this.#depth--;
    if (!this.#isOperator("?")) return condition;
    this.#next();
    const yes = this.#conditional();
    this.#expect(":");
    return { kind: "conditional", condition, yes, no: this.#conditional(), offset: condition.offset };
  }

  #binary(level: number): Node {
    const operators = binaryLevels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      const operator = operators.find((candidate) => token.kind === "operator" && token.text === candidate);
      if (operator === undefined) return left;
      this.#next();
      left = { kind: "binary", operator, left, right: this.#binary(level + 1), offset: token.offset };
    }
  }

  /** `x as u8`, in the manner of Rust. */
  #unary(): Node {
    let node = this.#prefixed();
    for (let token = this.#peek(); token.kind === "name" && token.text === "as"; token = this.#peek()) {
      this.#next();
      const type = this.#types.rustType(this.#position);
      if (type === undefined) throw new SyntaxFailure('behind "as" comes a type', this.#peek().offset);
      this.#position = type.end;
      node = { kind: "cast", type: type.type, operand: node, offset: token.offset };
    }
    return node;
  }

  #prefixed(): Node {
    if (++this.#depth > deepest) throw new SyntaxFailure("the expression is nested too deeply", this.#peek().offset);
    try {
      return this.#operatorBefore();
    } finally {
      this.#depth--;
    }
  }

  #operatorBefore(): Node {
    const token = this.#peek();
    if (token.kind === "name" && token.text === "sizeof" && token.sigil === undefined) return this.#sizeOf();
    if (token.kind === "operator") {
      switch (token.text) {
        case "-":
          if (this.#peek(1).kind === "number" && this.#isAttMemory(2)) return this.#attMemory();
          break;
        case "+":
        case "~":
        case "!":
          break;
        case "*":
          this.#next();
          return { kind: "memory", address: this.#prefixed(), offset: token.offset };
        case "&":
          this.#next();
          return { kind: "addressOf", operand: this.#prefixed(), offset: token.offset };
        case "(": {
          const type = this.#types.inParentheses(this.#position);
          if (type === undefined) return this.#postfix();
          this.#position = type.end;
          return { kind: "cast", type: type.type, operand: this.#prefixed(), offset: token.offset };
        }
        default:
          return this.#postfix();
      }
      this.#next();
      return { kind: "unary", operator: token.text, operand: this.#prefixed(), offset: token.offset };
    }
    return this.#postfix();
  }

  #sizeOf(): Node {
    const { offset } = this.#next();
    const type = this.#isOperator("(") ? this.#types.inParentheses(this.#position) : undefined;
    if (type === undefined) return { kind: "sizeOfValue", operand: this.#prefixed(), offset };
    this.#position = type.end;
    return { kind: "sizeOf", type: type.type, offset };
  }

  #postfix(): Node {
    let node = this.#inFrame() ?? this.#primary();
    for (;;) {
      const token = this.#peek();
      if (this.#isOperator("[")) {
        this.#next();
        const index = this.#conditional();
        this.#expect("]");
        node = { kind: "element", whole: node, index, offset: token.offset };
      } else if (this.#isOperator(".") || this.#isOperator("->")) {
        this.#next();
        const name = this.#next();
        if (name.kind !== "name") {
          throw new SyntaxFailure(`the name of a member is missing before ${describe(name)}`, name.offset);
        }
        const isArrow = isOperator(token, "->");
        node = { kind: "member", whole: node, name: name.text, isArrow, offset: name.offset };
      } else return node;
    }
  }

  /** `thread(2).frame(1).name`, `frame(1).name`; undefined, and nothing consumed, where something else begins. */
  #inFrame(): Node | undefined {
    const { offset } = this.#peek();
    const call = (name: string): Node | undefined => {
      const token = this.#peek();
      if (token.kind !== "name" || token.text !== name || token.sigil !== undefined || !this.#isOperator("(", 1)) {
        return undefined;
      }
      this.#next();
      this.#next();
      const argument = this.#conditional();
      this.#expect(")");
      return argument;
    };
    const thread = call("thread");
    if (thread !== undefined) this.#expect(".");
    const frame = call("frame");
    if (frame !== undefined) this.#expect(".");
    if (thread === undefined && frame === undefined) return undefined;
    const token = this.#next();
    if (token.kind !== "name") {
      throw new SyntaxFailure(
        `the name of a variable or register is missing before ${describe(token)}, as in thread(2).frame(0).$rbx`,
        token.offset,
      );
    }
    const name = { kind: "name", text: token.text, sigil: token.sigil, offset: token.offset } as const;
    return { kind: "inFrame", name, offset, ...(thread && { thread }), ...(frame && { frame }) };
  }

  #primary(): Node {
    if ((this.#peek().kind === "number" || this.#peek().kind === "name") && this.#isAttMemory(1)) {
      return this.#attMemory();
    }
    const token = this.#next();
    switch (token.kind) {
      case "number":
        return { kind: "integer", value: token.value, type: typeOfNumber(token), offset: token.offset };
      case "float":
        return { kind: "float", value: token.value, isSingle: token.isSingle, offset: token.offset };
      case "text":
        return { kind: "text", text: token.text, offset: token.offset };
      case "name": {
        const size = token.sigil === undefined ? operandSizes[token.text.toLowerCase()] : undefined;
        const next = this.#peek();
        // `word` may also be the name of a symbol: it is a size where an operand follows.
        if (size === undefined || (next.kind !== "name" && !this.#isOperator("["))) {
          return { kind: "name", text: token.text, sigil: token.sigil, offset: token.offset };
        }
        if (next.kind === "name" && next.text.toLowerCase() === "ptr") this.#next();
        if (!this.#isOperator("[")) {
          throw new SyntaxFailure(
            `behind "${token.text}" comes an address in brackets, as in ${token.text} ptr [rsp+8]`,
            this.#peek().offset,
          );
        }
        this.#next();
        return this.#bracketed(token.offset, size);
      }
      case "operator":
        if (token.text === "(") {
          const node = this.#conditional();
          this.#expect(")");
          return node;
        }
        if (token.text === "[") return this.#bracketed(token.offset);
        throw new SyntaxFailure(`a value is missing before ${describe(token)}`, token.offset);
      case "end":
        throw new SyntaxFailure("the expression ends where a value is expected", token.offset);
    }
  }

  /** `rsp+8]`: the opening bracket has been read. */
  #bracketed(offset: number, type?: Type): Node {
    const address = this.#conditional();
    this.#expect("]");
    return { kind: "memory", address, type, offset };
  }

  /** Do tokens from `ahead` on look like `(%rsp` or `(,%rcx`? Then what stands before them is a displacement. */
  #isAttMemory(ahead: number): boolean {
    if (!this.#isOperator("(", ahead)) return false;
    const first = this.#peek(ahead + 1);
    if (first.kind === "operator" && first.text === ",") return true;
    return first.kind === "name" && first.sigil === "%";
  }

  /** `disp(base,index,scale)`. */
  #attMemory(): Node {
    const { offset } = this.#peek();
    const isNegative = this.#isOperator("-");
    if (isNegative) this.#next();
    const token = this.#next();
    let address: Node =
      token.kind === "number"
        ? {
            kind: "integer",
            value: isNegative ? -token.value : token.value,
            type: decimalConstant,
            offset: token.offset,
          }
        : { kind: "name", text: token.kind === "name" ? token.text : "", offset: token.offset };
    this.#expect("(");
    const add = (part: Node) => {
      address = { kind: "binary", operator: "+", left: address, right: part, offset: part.offset };
    };
    if (!this.#isOperator(",")) add(this.#conditional());
    if (this.#isOperator(",")) {
      this.#next();
      let index = this.#conditional();
      if (this.#isOperator(",")) {
        const comma = this.#next();
        index = { kind: "binary", operator: "*", left: index, right: this.#conditional(), offset: comma.offset };
      }
      add(index);
    }
    this.#expect(")");
    return { kind: "memory", address, type: word, offset };
  }

  #peek(ahead = 0): Token {
    const token = this.tokens[Math.min(this.#position + ahead, this.tokens.length - 1)];
    if (token === undefined) throw new Error("an expression has at least its end token");
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    if (this.#position < this.tokens.length - 1) this.#position++;
    return token;
  }

  #isOperator(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === "operator" && token.text === text;
  }

  #expect(text: string): void {
    const token = this.#peek();
    if (!this.#isOperator(text))
      throw new SyntaxFailure(`"${text}" is missing before ${describe(token)}`, token.offset);
    this.#next();
  }
}

function typeOfNumber({ isDecimal, suffix }: Token & { readonly kind: "number" }): Type {
  if (suffix === "") return isDecimal ? decimalConstant : hexadecimalConstant;
  const width = /^[iu](8|16|32|64|size)$/.exec(suffix)?.[1];
  const bits = width === undefined ? (suffix.includes("l") ? 64 : 32) : width === "size" ? 64 : Number(width);
  return integerType(bits as IntegerBits, !suffix.includes("u"), false);
}

function describe(token: Token): string {
  switch (token.kind) {
    case "number":
    case "float":
      return String(token.value);
    case "text":
      return JSON.stringify(token.text);
    case "name":
      return `"${token.sigil ?? ""}${token.text}"`;
    case "operator":
      return `"${token.text}"`;
    case "end":
      return "the end";
  }
}
