/**
 * A line of GNU assembly to its statements. Lines are parsed one by one; a statement that makes no sense keeps its
 * problem and the rest of the line is parsed all the same.
 */
import { parseAttOperand } from "./att-operands.js";
import { Cursor, isDigit, isSpace, isSymbolStart, SyntaxProblem } from "./cursor.js";
import { parseExpression } from "./expression-parser.js";
import { parseIntelOperand } from "./intel-operands.js";
import { readString } from "./literals.js";
import type {
  Argument,
  AssignmentStatement,
  DirectiveStatement,
  InstructionStatement,
  Operand,
  ParsedLine,
  ParseState,
  Problem,
  Range,
  Statement,
  Word,
} from "./syntax.js";

/** Directives whose text is not a list of expressions and strings; their handlers read it themselves. */
const rawDirectives = new Set(
  (
    ".macro .endm .endmacro .exitm .purgem .altmacro .noaltmacro .rept .endr .irp .irpc .if .ifdef .ifndef .ifnotdef " +
    ".ifc .ifnc .ifeqs .ifnes .ifb .ifnb .ifeq .ifne .ifge .ifgt .ifle .iflt .else .elseif .endif .loc .file .ident " +
    ".section .pushsection .symver .cfi_startproc .cfi_endproc .cfi_def_cfa .cfi_def_cfa_offset " +
    ".cfi_def_cfa_register .cfi_offset .cfi_rel_offset .cfi_adjust_cfa_offset .cfi_remember_state " +
    ".cfi_restore_state .cfi_restore .cfi_undefined .cfi_same_value .cfi_register .cfi_escape .cfi_personality " +
    ".cfi_lsda .cfi_sections .cfi_return_column .cfi_signal_frame .cfi_val_offset .cfi_window_save " +
    ".intel_syntax .att_syntax .error .warning .print .title .sbttl .psize .list .nolist .eject .arch .line .ln " +
    ".appfile .loc_mark_labels .float .single .double .tfloat .dc.s .dc.d .float16 .bfloat16 .attach_to_group .def"
  ).split(" "),
);

const prefixWords = new Set(
  (
    "lock rep repe repz repne repnz data16 data32 addr32 addr16 notrack bnd xacquire xrelease cs ds es fs gs ss wait " +
    "rex rex.w rex64 rex.wr rex.wx rex.wb rex.wrx rex.wrb rex.wxb rex.wrxb rex.r rex.x rex.b rex.rx rex.rb rex.xb rex.rxb"
  ).split(" "),
);

/** Where the statement that starts at `from` ends: at a separator, a comment or the end of the line. */
interface StatementEnd {
  readonly end: number;
  /** Where the next statement or comment starts. */
  readonly next: number;
  readonly stop: "line" | "separator" | "comment" | "block";
}

function statementEnd(text: string, from: number): StatementEnd {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at++;
      while (at < text.length && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
    } else if (code === 39) {
      // 'c or 'c' or '\n': the character is not a comment or separator.
      at += text.charCodeAt(at + 1) === 92 ? 2 : 1;
    } else if (code === 59) return { end: at, next: at + 1, stop: "separator" };
    else if (code === 35) return { end: at, next: at, stop: "comment" };
    else if (code === 47) {
      const next = text.charCodeAt(at + 1);
      if (next === 47) return { end: at, next: at, stop: "comment" };
      if (next === 42) return { end: at, next: at, stop: "block" };
    }
    at++;
  }
  return { end: text.length, next: text.length, stop: "line" };
}

/** Parses a line (without its end of line), given the state that the lines before it leave. */
export function parseLine(text: string, before: ParseState): ParsedLine {
  const statements: Statement[] = [];
  const comments: Range[] = [];
  let state = before;
  let at = 0;
  if (state.inBlockComment) {
    const close = text.indexOf("*/");
    if (close < 0) return { text, statements, comments: [{ start: 0, end: text.length }], before, after: state };
    comments.push({ start: 0, end: close + 2 });
    at = close + 2;
    state = { ...state, inBlockComment: false };
  }
  // A "/" that starts a line starts a comment, but not "/*".
  const first = firstNonSpace(text, at);
  if (text.charCodeAt(first) === 47 && text.charCodeAt(first + 1) !== 42) {
    comments.push({ start: first, end: text.length });
    return { text, statements, comments, before, after: state };
  }
  let pieces: string | undefined;
  while (at < text.length) {
    const { end, next, stop } = statementEnd(pieces ?? text, at);
    if (stop === "block") {
      const close = text.indexOf("*/", next + 2);
      const commentEnd = close < 0 ? text.length : close + 2;
      comments.push({ start: next, end: commentEnd });
      if (close < 0) {
        state = parseStatements(text, at, end, state, statements);
        state = { ...state, inBlockComment: true };
        return { text, statements, comments, before, after: state };
      }
      // A comment inside a statement counts as a space: blank it out and look again.
      const blank = " ".repeat(commentEnd - next);
      pieces = (pieces ?? text).slice(0, next) + blank + (pieces ?? text).slice(commentEnd);
      continue;
    }
    state = parseStatements(pieces ?? text, at, end, state, statements);
    if (stop === "comment") {
      comments.push({ start: next, end: text.length });
      break;
    }
    at = next;
    if (stop === "line") break;
  }
  return { text, statements, comments, before, after: state };
}

function firstNonSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Parses labels and the statement behind them, between two columns; returns the state after. */
function parseStatements(text: string, start: number, end: number, state: ParseState, out: Statement[]): ParseState {
  const cursor = new Cursor(text, start, end);
  for (;;) {
    if (cursor.isAtEnd) return state;
    const at = cursor.at;
    const code = cursor.peek();
    if (isDigit(code)) {
      const digits = cursor.readWord();
      cursor.skipSpace();
      if (/^[0-9]+$/.test(digits) && cursor.peek() === 58) {
        cursor.at++;
        out.push({ kind: "label", range: { start: at, end: at + digits.length }, name: digits, isNumeric: true });
        continue;
      }
      out.push(unreadable(text, at, end, `A statement cannot start with "${digits}".`));
      return state;
    }
    if (!isSymbolStart(code) && code !== 34 && code !== 123) {
      out.push(
        unreadable(text, at, end, `A label, instruction or directive is expected here, not "${text.charAt(at)}".`),
      );
      return state;
    }
    let name: string;
    if (code === 34) {
      try {
        name = new TextDecoder().decode(readString(cursor));
      } catch (problem) {
        if (!(problem instanceof SyntaxProblem)) throw problem;
        out.push(unreadable(text, at, end, problem.message));
        return state;
      }
    } else name = code === 123 ? "" : cursor.readSymbol();
    const nameRange = cursor.rangeFrom(at);
    cursor.skipSpace();
    if (cursor.peek() === 58 && code !== 123) {
      cursor.at++;
      out.push({ kind: "label", range: nameRange, name, isNumeric: false });
      continue;
    }
    if (cursor.peek() === 61 && code !== 123) {
      out.push(parseAssignment(cursor, { text: name, range: nameRange }));
      return state;
    }
    if (name.charCodeAt(0) === 46) {
      const directive = parseDirective(cursor, { text: name.toLowerCase(), range: nameRange });
      out.push(directive);
      return stateAfter(directive, text, state);
    }
    cursor.at = at;
    out.push(parseInstruction(cursor, state));
    return state;
  }
}

/** A statement that is nothing: it carries only its problem. */
function unreadable(text: string, start: number, end: number, message: string): InstructionStatement {
  const range = { start, end: start + Math.max(1, text.slice(start, end).trimEnd().length) };
  return {
    kind: "instruction",
    range,
    dialect: "att",
    prefixes: [],
    mnemonic: { text: "", range },
    operands: [],
    problems: [
      { range: { start, end: Math.min(range.end, start + Math.max(1, firstWordLength(text, start))) }, message },
    ],
  };
}

function firstWordLength(text: string, start: number): number {
  return /^\S*/.exec(text.slice(start))?.[0].length ?? 1;
}

/** Runs `parse`; a syntax problem ends it and is added to the cursor's. */
function guarded(cursor: Cursor, parse: () => void): void {
  try {
    parse();
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    cursor.problems.push({ range: problem.range, message: problem.message });
  }
}

const problemsOf = (cursor: Cursor): { problems?: readonly Problem[] } =>
  cursor.problems.length > 0 ? { problems: cursor.problems } : {};

function parseAssignment(cursor: Cursor, name: Word): AssignmentStatement {
  cursor.at++;
  const isOnce = cursor.take("=");
  let value: AssignmentStatement["value"];
  guarded(cursor, () => {
    value = parseExpression(cursor);
    if (!cursor.isAtEnd) cursor.fail(`"${cursor.nextText()}" after the value makes no sense here.`);
  });
  return {
    kind: "assignment",
    range: { start: name.range.start, end: cursor.end },
    name,
    value,
    isOnce,
    ...problemsOf(cursor),
  };
}

function trimmed(text: string, start: number, end: number): Range {
  let last = end;
  while (last > start && isSpace(text.charCodeAt(last - 1))) last--;
  return { start, end: last };
}

function parseDirective(cursor: Cursor, name: Word): DirectiveStatement {
  cursor.skipSpace();
  const rest = trimmed(cursor.text, cursor.at, cursor.end);
  const list: Argument[] = [];
  if (!rawDirectives.has(name.text)) guarded(cursor, () => parseArguments(cursor, list));
  const range = { start: name.range.start, end: Math.max(rest.end, name.range.end) };
  return { kind: "directive", range, name, rest, arguments: list, ...problemsOf(cursor) };
}

/** Parses arguments parted by commas (strings may also be parted by spaces). */
export function parseArguments(cursor: Cursor, list: Argument[]): void {
  if (cursor.isAtEnd) return;
  for (;;) {
    cursor.skipSpace();
    const start = cursor.at;
    const code = cursor.peek();
    if (code === 34 && !/^"(?:[^"\\]|\\.)*"\s*[-+@*/]/.test(cursor.text.slice(start, cursor.end))) {
      list.push({ kind: "string", value: readString(cursor), range: cursor.rangeFrom(start) });
      cursor.skipSpace();
      if (cursor.peek() === 34) continue;
    } else if ((code === 64 || code === 37) && isSymbolStart(cursor.peek(1))) {
      cursor.at++;
      list.push({ kind: "attribute", name: cursor.readWord(), range: cursor.rangeFrom(start) });
    } else if (code === 44 || cursor.isAtEnd) {
      list.push({ kind: "empty", range: { start, end: start } });
    } else {
      const value = parseExpression(cursor);
      list.push({ kind: "expression", value, range: cursor.rangeFrom(start) });
    }
    if (cursor.isAtEnd) return;
    if (!cursor.take(",")) {
      // `.type main @function`, `.zero 4 0`: some directives part their arguments by spaces.
      const next = cursor.peek();
      if (next === 64 || next === 37) continue;
      cursor.fail(`A comma or the end of the line is expected here, not "${cursor.nextText()}".`);
    }
  }
}

function stateAfter(directive: DirectiveStatement, text: string, state: ParseState): ParseState {
  if (directive.name.text !== ".intel_syntax" && directive.name.text !== ".att_syntax") return state;
  const isIntel = directive.name.text === ".intel_syntax";
  const word = text.slice(directive.rest.start, directive.rest.end).toLowerCase();
  // Without a word, each dialect has its usual way: naked in Intel, prefixed in AT&T.
  const nakedRegisters = word === "noprefix" || (word === "" && isIntel);
  return { ...state, dialect: isIntel ? "intel" : "att", nakedRegisters };
}

function parseInstruction(cursor: Cursor, state: ParseState): InstructionStatement {
  const start = cursor.at;
  const isIntel = state.dialect === "intel";
  const prefixes: Word[] = [];
  let mnemonic: Word = { text: "", range: { start, end: start } };
  const operands: Operand[] = [];
  guarded(cursor, () => {
    for (;;) {
      cursor.skipSpace();
      const at = cursor.at;
      if (cursor.peek() === 123) {
        const pseudo = /^\{\s*(\w+)\s*\}/.exec(cursor.text.slice(at, cursor.end));
        if (pseudo?.[1] === undefined) cursor.fail('An instruction is expected here, not "{".');
        else {
          cursor.at += pseudo[0].length;
          prefixes.push({ text: `{${pseudo[1].toLowerCase()}}`, range: cursor.rangeFrom(at) });
        }
        continue;
      }
      let text = cursor.readSymbol().toLowerCase();
      // `jmp,pn` and `je,pt` carry a branch hint.
      if (text.charCodeAt(0) === 106 && cursor.peek() === 44) {
        const hint = /^,p[nt]\b/i.exec(cursor.text.slice(cursor.at, cursor.end));
        if (hint) {
          cursor.at += 3;
          text += hint[0].toLowerCase();
        }
      }
      const range = cursor.rangeFrom(at);
      if (prefixWords.has(text)) {
        prefixes.push({ text, range });
        if (!cursor.isAtEnd) continue;
        return;
      }
      mnemonic = { text, range };
      break;
    }
    if (mnemonic.text === "") {
      if (cursor.isAtEnd) return;
      cursor.fail(`An instruction is expected here, not "${cursor.nextText()}".`);
    }
    while (!cursor.isAtEnd) {
      if (operands.length > 0) {
        if (!cursor.take(",")) {
          cursor.fail(`A comma or the end of the line is expected here, not "${cursor.nextText()}".`);
        }
        if (cursor.isAtEnd)
          cursor.fail("An operand is missing after this comma.", { start: cursor.at - 1, end: cursor.at });
      }
      operands.push(isIntel ? parseIntelOperand(cursor, state) : parseAttOperand(cursor, state));
    }
  });
  const range = trimmed(cursor.text, start, cursor.end);
  return { kind: "instruction", range, dialect: state.dialect, prefixes, mnemonic, operands, ...problemsOf(cursor) };
}
