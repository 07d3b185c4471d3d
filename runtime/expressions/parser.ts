/**
 * The grammar of debugger expressions: C's operators with its precedences, registers and symbols by name, and memory
 * in the manners of C (`*(int*)p`), of Intel syntax (`dword ptr [rbp-4]`) and of AT&T syntax (`-4(%rbp)`).
 */
import { fail, ok, type Result } from "../base/result.js";
import { type ExpressionError, type Token, tokenize } from "./lexer.js";
import { type FormatSpecifier, formatSpecifiers, signedWord, type ValueType } from "./value.js";

export type UnaryOperator = "-" | "+" | "~" | "!";
export type BinaryOperator =
  | ("*" | "/" | "%" | "+" | "-" | "<<" | ">>" | "<" | "<=" | ">" | ">=")
  | ("==" | "!=" | "&" | "^" | "|" | "&&" | "||");

export type Node = { readonly offset: number } & (
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "name"; readonly text: string; readonly sigil?: "$" | "%" }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Node }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: "conditional"; readonly condition: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: "cast"; readonly type: ValueType; readonly operand: Node }
  | { readonly kind: "addressOf"; readonly operand: Node }
  /** `type` absent: what the pointer says, or a signed word. */
  | { readonly kind: "memory"; readonly address: Node; readonly type?: ValueType }
  | { readonly kind: "element"; readonly pointer: Node; readonly index: Node }
);

export interface ParsedExpression {
  readonly node: Node;
  readonly format?: FormatSpecifier;
}

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

const integer = (bits: 8 | 16 | 32 | 64, signed: boolean): ValueType => ({ kind: "integer", bits, signed });

/** Types of one word that C, its headers and Rust have. */
const typeNames: Readonly<Record<string, ValueType>> = {
  char: integer(8, true),
  short: integer(16, true),
  int: integer(32, true),
  long: integer(64, true),
  size_t: integer(64, false),
  float: { kind: "float", bits: 32 },
  double: { kind: "float", bits: 64 },
  ...Object.fromEntries(
    ([8, 16, 32, 64] as const).flatMap((bits) => [
      [`int${bits}_t`, integer(bits, true)],
      [`uint${bits}_t`, integer(bits, false)],
      [`i${bits}`, integer(bits, true)],
      [`u${bits}`, integer(bits, false)],
    ]),
  ),
};

/** Sizes of memory operands in Intel syntax. Words narrower than a register are read without sign, as `movzx` does. */
const operandSizes: Readonly<Record<string, ValueType>> = {
  byte: integer(8, false),
  word: integer(16, false),
  dword: integer(32, false),
  qword: signedWord,
  xmmword: { kind: "integer", bits: 128, signed: false },
};

/** Reads `text` as one expression, perhaps followed by `,` and a format. */
export function parseExpression(text: string): Result<ParsedExpression, ExpressionError> {
  const tokens = tokenize(text);
  if (!tokens.ok) return tokens;
  try {
    return ok(new Parser(tokens.value).parse());
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

class Parser {
  #position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): ParsedExpression {
    if (this.#peek().kind === "end") throw new SyntaxFailure("the expression is empty: write, for example, rsp", 0);
    const node = this.#conditional();
    const format = this.#isOperator(",") ? this.#formatSpecifier() : undefined;
    const left = this.#peek();
    if (left.kind !== "end") {
      throw new SyntaxFailure(`an operator is missing before ${describe(left)}`, left.offset);
    }
    return { node, format };
  }

  #formatSpecifier(): FormatSpecifier {
    this.#next();
    const token = this.#next();
    const format = formatSpecifiers.find((specifier) => token.kind === "name" && token.text === specifier);
    if (format === undefined) {
      throw new SyntaxFailure(
        `${describe(token)} is no format: use ,x (hexadecimal), ,d (decimal), ,u (unsigned), ,b (binary), ,c (character) or ,s (text)`,
        token.offset,
      );
    }
    return format;
  }

  #conditional(): Node {
    const condition = this.#binary(0);
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

  #unary(): Node {
    const token = this.#peek();
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
          return { kind: "memory", address: this.#unary(), offset: token.offset };
        case "&":
          this.#next();
          return { kind: "addressOf", operand: this.#unary(), offset: token.offset };
        case "(": {
          const type = this.#castType();
          if (type !== undefined) return { kind: "cast", type, operand: this.#unary(), offset: token.offset };
          return this.#postfix();
        }
        default:
          return this.#postfix();
      }
      this.#next();
      return { kind: "unary", operator: token.text, operand: this.#unary(), offset: token.offset };
    }
    return this.#postfix();
  }

  /** `(unsigned int*)`, consumed; undefined, and nothing consumed, when the parenthesis holds an expression. */
  #castType(): ValueType | undefined {
    const start = this.#position;
    this.#next();
    const words: string[] = [];
    for (let token = this.#peek(); token.kind === "name" && token.sigil === undefined; token = this.#peek()) {
      words.push(token.text);
      this.#next();
    }
    const base = typeOfWords(words);
    let type = base === "void" ? undefined : base;
    let stars = 0;
    while (this.#isOperator("*")) {
      this.#next();
      type = { kind: "pointer", target: type, scaled: type !== undefined };
      stars++;
    }
    if (base === undefined || (base === "void" && stars === 0) || !this.#isOperator(")")) {
      this.#position = start;
      return undefined;
    }
    this.#next();
    return type;
  }

  #postfix(): Node {
    let node = this.#primary();
    while (this.#isOperator("[")) {
      const { offset } = this.#next();
      const index = this.#conditional();
      this.#expect("]");
      node = { kind: "element", pointer: node, index, offset };
    }
    return node;
  }

  #primary(): Node {
    if ((this.#peek().kind === "number" || this.#peek().kind === "name") && this.#isAttMemory(1)) {
      return this.#attMemory();
    }
    const token = this.#next();
    switch (token.kind) {
      case "number":
        return { kind: "integer", value: token.value, offset: token.offset };
      case "float":
        return { kind: "float", value: token.value, offset: token.offset };
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
  #bracketed(offset: number, type?: ValueType): Node {
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
        ? { kind: "integer", value: isNegative ? -token.value : token.value, offset: token.offset }
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
    return { kind: "memory", address, type: signedWord, offset };
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

/** The type that C's words name, in any of its orders; undefined when they name none. */
function typeOfWords(words: readonly string[]): ValueType | "void" | undefined {
  if (words.length === 0) return undefined;
  if (words.length === 1 && words[0] === "void") return "void";
  const signs = words.filter((word) => word === "signed" || word === "unsigned");
  if (signs.length > 1) return undefined;
  const names = words.filter((word) => word !== "signed" && word !== "unsigned");
  // `long int`, `long long`, `short int`: the `int` adds nothing, and a long long is as long as a long.
  const name = names.length > 1 ? names.filter((word) => word !== "int").join(" ") : (names[0] ?? "int");
  const type = Object.hasOwn(typeNames, name) ? typeNames[name] : name === "long long" ? typeNames.long : undefined;
  if (type === undefined || signs.length === 0) return type;
  return type.kind === "integer" ? { ...type, signed: signs[0] === "signed" } : undefined;
}

function describe(token: Token): string {
  switch (token.kind) {
    case "number":
    case "float":
      return String(token.value);
    case "name":
      return `"${token.sigil ?? ""}${token.text}"`;
    case "operator":
      return `"${token.text}"`;
    case "end":
      return "the end";
  }
}
