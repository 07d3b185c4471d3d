/** The parts of debugger expressions. Every node knows its place in the text. */
import type { Type } from "../object/dwarf/types.js";

export type UnaryOperator = "-" | "+" | "~" | "!";
export type BinaryOperator =
  | ("*" | "/" | "%" | "+" | "-" | "<<" | ">>" | "<" | "<=" | ">" | ">=")
  | ("==" | "!=" | "&" | "^" | "|" | "&&" | "||");

export type Node = { readonly offset: number } & (
  | { readonly kind: "integer"; readonly value: bigint; readonly type: Type }
  | { readonly kind: "float"; readonly value: number; readonly isSingle: boolean }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "name"; readonly text: string; readonly sigil?: "$" | "%" }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Node }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: "conditional"; readonly condition: Node; readonly yes: Node; readonly no: Node }
  /** `type` absent: `void`. */
  | { readonly kind: "cast"; readonly type: Type | undefined; readonly operand: Node }
  | { readonly kind: "sizeOf"; readonly type: Type | undefined }
  | { readonly kind: "sizeOfValue"; readonly operand: Node }
  | { readonly kind: "addressOf"; readonly operand: Node }
  /** `type` absent: what the pointer says, or a signed word. */
  | { readonly kind: "memory"; readonly address: Node; readonly type?: Type }
  | { readonly kind: "element"; readonly whole: Node; readonly index: Node }
  | { readonly kind: "member"; readonly whole: Node; readonly name: string; readonly isArrow: boolean }
  /** A name in another frame: `thread(2).frame(1).name`. Without a thread it is the one that is looked at. */
  | { readonly kind: "inFrame"; readonly thread?: Node; readonly frame?: Node; readonly name: Node & { kind: "name" } }
);

/** How a value is to be shown. `s`: the text at an address. */
export type FormatLetter = "x" | "d" | "u" | "b" | "c" | "s";

export interface Format {
  readonly letter?: FormatLetter;
  /** `!`: as it is made, not as what it stands for. */
  readonly isRaw?: boolean;
  /** `[n]`: that many elements, from where the value points to. */
  readonly count?: Node;
}

export interface ParsedExpression {
  readonly node: Node;
  readonly format: Format;
  /** What is written to `node`, by `=` or by an operator such as `+=`. */
  readonly assigned?: { readonly operator?: BinaryOperator; readonly node: Node; readonly offset: number };
}
