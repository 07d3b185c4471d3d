/** `textDocument/foldingRange`: functions, macros, repetitions, conditionals, comments, regions and sections. */
import { type Connection, type FoldingRange, FoldingRangeKind, type ServerCapabilities } from "vscode-languageserver";
import type { ParsedLine } from "../../runtime/asm/analysis.js";
import type { Project } from "../project/project.js";
import type { Source } from "../source-store.js";
import { preprocessorDirective } from "../syntax/line-tokens.js";

export function registerFoldingRanges(connection: Connection, { sources }: Project): ServerCapabilities {
  connection.onFoldingRanges(({ textDocument }) => {
    const source = sources.get(textDocument.uri);
    return source === undefined ? null : foldingRanges(source);
  });
  return { foldingRangeProvider: true };
}

function foldingRanges({ lines, facts }: Source): FoldingRange[] {
  const found: FoldingRange[] = [];
  const add = (startLine: number, endLine: number, kind?: FoldingRangeKind): void => {
    if (endLine > startLine) found.push({ startLine, endLine, kind });
  };
  for (const { line, lastLine } of [...facts.blocks, ...facts.macros]) add(line, lastLine);
  /** The line before `end` is the last that is hidden, so that what closes or continues stays visible. */
  const conditionals: number[] = [];
  const repetitions: number[] = [];
  const regions: number[] = [];
  let section: number | undefined;
  lines.forEach((line, index) => {
    const region = /^\s*(?:#|\/\/)\s*#?(end)?region\b/.exec(line.text);
    if (region !== null && line.comments.length > 0) {
      if (region[1] === undefined) regions.push(index);
      else add(regions.pop() ?? index, index, FoldingRangeKind.Region);
    }
    for (const step of stepsOf(line)) {
      switch (step) {
        case "if":
          conditionals.push(index);
          break;
        case "else":
          add(conditionals.pop() ?? index, index - 1);
          conditionals.push(index);
          break;
        case "endif":
          add(conditionals.pop() ?? index, index - 1);
          break;
        case "repeat":
          repetitions.push(index);
          break;
        case "endRepeat":
          add(repetitions.pop() ?? index, index);
          break;
        case "section":
          if (section !== undefined) add(section, lastWithText(lines, section, index - 1));
          section = index;
          break;
      }
    }
  });
  if (section !== undefined) add(section, lastWithText(lines, section, lines.length - 1));
  comments(lines, add);
  return found;
}

type Step = "if" | "else" | "endif" | "repeat" | "endRepeat" | "section";

function stepsOf(line: ParsedLine): Step[] {
  const word = preprocessorDirective(line)?.word;
  if (word !== undefined) {
    if (word.startsWith("if")) return ["if"];
    if (word === "else" || word === "elif") return ["else"];
    return word === "endif" ? ["endif"] : [];
  }
  return line.statements.flatMap((statement): Step[] => {
    if (statement.kind !== "directive") return [];
    const name = statement.name.text;
    if (name.startsWith(".if")) return ["if"];
    if (name === ".else" || name === ".elseif") return ["else"];
    if (name === ".endif") return ["endif"];
    if (name === ".rept" || name === ".rep") return ["repeat"];
    // The ends of `.irp` and `.irpc` are the facts' already.
    if (name === ".endr") return ["endRepeat"];
    return /^\.(text|data|bss|section)$/.test(name) ? ["section"] : [];
  });
}

/** Blank lines at the end of a section stay visible. */
function lastWithText(lines: readonly ParsedLine[], first: number, last: number): number {
  let at = last;
  while (at > first && lines[at]?.text.trim() === "") at--;
  return at;
}

/** Lines that hold nothing but comments, as one. */
function comments(
  lines: readonly ParsedLine[],
  add: (first: number, last: number, kind: FoldingRangeKind) => void,
): void {
  let first: number | undefined;
  for (let index = 0; index <= lines.length; index++) {
    const line = lines[index];
    const isRegion = /^\s*(?:#|\/\/)\s*#?(?:end)?region\b/.test(line?.text ?? "");
    const isComment =
      line !== undefined &&
      line.statements.length === 0 &&
      line.comments.length > 0 &&
      !isRegion &&
      preprocessorDirective(line) === undefined;
    if (isComment) first ??= index;
    else {
      if (first !== undefined) add(first, index - 1, FoldingRangeKind.Comment);
      first = undefined;
    }
  }
}
