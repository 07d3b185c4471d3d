/**
 * The syntax tree of assembly text. A line is parsed by itself (given the state that earlier lines leave), and places
 * are columns of the line from 0, so the tree of an unchanged line can be kept whatever happens around it.
 */
import type { Register } from "./registers.js";

/** Columns of a line, from 0; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Something wrong with the text itself. */
export interface Problem {
  readonly range: Range;
  readonly message: string;
  readonly severity?: "warning";
}

/** What a line needs to know of the lines before it. */
export interface ParseState {
  readonly dialect: "att" | "intel";
  /** Registers are written without `%`. */
  readonly nakedRegisters: boolean;
  readonly inBlockComment: boolean;
}

export const initialParseState: ParseState = { dialect: "att", nakedRegisters: false, inBlockComment: false };
/** The state at the start of a source that is written in Intel syntax without saying so. */
export const initialIntelState: ParseState = { dialect: "intel", nakedRegisters: true, inBlockComment: false };

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "<<"
  | ">>"
  | "&"
  | "|"
  | "^"
  | "!"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "&&"
  | "||";

export type Expression =
  | { readonly kind: "number"; readonly range: Range; readonly value: bigint }
  /** `modifier` is what follows an `@`, such as `PLT`. */
  | { readonly kind: "symbol"; readonly range: Range; readonly name: string; readonly modifier?: string }
  /** `.`: the current location. */
  | { readonly kind: "here"; readonly range: Range }
  /** `1f`, `1b`. */
  | { readonly kind: "local"; readonly range: Range; readonly label: number; readonly direction: "f" | "b" }
  | { readonly kind: "unary"; readonly range: Range; readonly operator: "-" | "~" | "!"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly range: Range;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

/** What AVX-512 writes in braces after an operand. */
export interface Decorations {
  readonly mask?: Register;
  readonly zeroing?: boolean;
  /** n of `{1to n}`. */
  readonly broadcast?: number;
}

export interface RegisterOperand {
  readonly kind: "register";
  readonly range: Range;
  readonly register: Register;
  /** Written with `*` (AT&T). */
  readonly isIndirect: boolean;
  readonly decorations?: Decorations;
}

export interface ImmediateOperand {
  readonly kind: "immediate";
  readonly range: Range;
  readonly value: Expression;
}

export interface MemoryOperand {
  readonly kind: "memory";
  readonly range: Range;
  readonly segment?: Register;
  readonly displacement?: Expression;
  readonly base?: Register;
  readonly index?: Register;
  readonly scale: 1 | 2 | 4 | 8;
  /** Written with `*` (AT&T). */
  readonly isIndirect: boolean;
  /** An expression alone: a branch target, an address, or (Intel) an immediate when it is absolute. */
  readonly isBare: boolean;
  /** Bytes, from `qword ptr` (Intel); 0 when not written. */
  readonly size: number;
  readonly decorations?: Decorations;
}

/** `{rn-sae}` and its family. */
export interface RoundingOperand {
  readonly kind: "rounding";
  readonly range: Range;
  readonly mode: "rn-sae" | "rd-sae" | "ru-sae" | "rz-sae" | "sae";
}

export type Operand = RegisterOperand | ImmediateOperand | MemoryOperand | RoundingOperand;

/** A word of the text, lower case where case does not matter. */
export interface Word {
  readonly text: string;
  readonly range: Range;
}

export interface LabelStatement {
  readonly kind: "label";
  readonly range: Range;
  readonly name: string;
  /** `1:`: may be defined again and again. */
  readonly isNumeric: boolean;
}

export interface InstructionStatement {
  readonly kind: "instruction";
  readonly range: Range;
  readonly dialect: "att" | "intel";
  readonly prefixes: readonly Word[];
  readonly mnemonic: Word;
  /** In the order of the text. */
  readonly operands: readonly Operand[];
  readonly problems?: readonly Problem[];
}

/** `name = value` and `name == value`. */
export interface AssignmentStatement {
  readonly kind: "assignment";
  readonly range: Range;
  readonly name: Word;
  readonly value: Expression | undefined;
  /** `==`: must not be defined before. */
  readonly isOnce: boolean;
  readonly problems?: readonly Problem[];
}

export type Argument =
  | { readonly kind: "expression"; readonly range: Range; readonly value: Expression }
  | { readonly kind: "string"; readonly range: Range; readonly value: Uint8Array }
  /** `@function`, `%progbits`. */
  | { readonly kind: "attribute"; readonly range: Range; readonly name: string }
  | { readonly kind: "empty"; readonly range: Range };

export interface DirectiveStatement {
  readonly kind: "directive";
  readonly range: Range;
  /** With its dot, lower case. */
  readonly name: Word;
  /** The text after the name, trimmed. */
  readonly rest: Range;
  /** Empty for directives whose text is not a list (`.loc`, `.macro`, …). */
  readonly arguments: readonly Argument[];
  readonly problems?: readonly Problem[];
}

export type Statement = LabelStatement | InstructionStatement | AssignmentStatement | DirectiveStatement;

export interface ParsedLine {
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly comments: readonly Range[];
  readonly before: ParseState;
  readonly after: ParseState;
}
