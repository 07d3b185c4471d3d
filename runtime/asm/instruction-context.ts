import type { SourceSpan } from "../base/source.js";
import type { Section } from "./section.js";
import type { Value } from "./symbols.js";
import type { Expression, Range } from "./syntax.js";

/** What an instruction needs of the assembler. */
export interface InstructionContext {
  readonly section: Section;
  evaluate(expression: Expression): Value;
  span(range: Range): SourceSpan;
  report(severity: "error" | "warning", range: Range, message: string): void;
}
