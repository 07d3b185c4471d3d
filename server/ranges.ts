/** From the assembler's places (lines and columns from 1) to the protocol's (from 0). */
import type { Range } from "vscode-languageserver";
import type { SourceSpan } from "../runtime/base/source.js";

export function toRange({ line, column, endColumn }: SourceSpan): Range {
  return {
    start: { line: line - 1, character: column - 1 },
    end: { line: line - 1, character: endColumn - 1 },
  };
}
