/** Directives that steer the reading: conditionals, macros, repetitions, includes, the end. */
import type { Assembly } from "../assembly.js";
import { type Macro, type MacroParameter, splitArguments, substitute, unquoted } from "../macros.js";
import type { DirectiveStatement } from "../syntax.js";
import { type DirectiveHandler, parseConstant, restOf } from "./arguments.js";

const firstWord = /^\s*(?:[\w.$]+:\s*)*(\.?[\w.]+)/;

/** Reads lines up to the directive that ends a block, which may hold blocks of its kind. */
function readBlock(
  assembly: Assembly,
  statement: DirectiveStatement,
  opens: RegExp,
  closes: RegExp,
  endName: string,
): { lines: string[]; start: number } | undefined {
  const { reader } = assembly;
  const lines: string[] = [];
  const span = assembly.span(statement.range);
  const start = reader.line + 1;
  let depth = 1;
  for (;;) {
    const line = reader.next();
    if (line === undefined) {
      assembly.reportAt("error", span, `This \`${statement.name.text}\` has no \`${endName}\`.`);
      return undefined;
    }
    const word = firstWord.exec(line)?.[1]?.toLowerCase() ?? "";
    if (opens.test(word)) depth++;
    else if (closes.test(word) && --depth === 0) return { lines, start };
    lines.push(line);
  }
}

function parseParameters(assembly: Assembly, statement: DirectiveStatement, text: string): MacroParameter[] {
  const parameters: MacroParameter[] = [];
  // Defaults may be parted from their names by spaces: name = value.
  for (const piece of splitArguments(text.replace(/\s*=\s*/g, "=").replace(/:\s+/g, ":"))) {
    const match = /^([A-Za-z_.$][\w.$]*)(?::(req|vararg))?(?:=(.*))?$/s.exec(piece);
    if (match?.[1] === undefined) {
      assembly.report("error", statement.rest, `"${piece}" is not a parameter of a macro.`);
      continue;
    }
    parameters.push({
      name: match[1],
      byDefault: unquoted(match[3] ?? ""),
      isRequired: match[2] === "req",
      isRest: match[2] === "vararg",
    });
  }
  return parameters;
}

const macro: DirectiveHandler = (assembly, statement) => {
  const block = readBlock(assembly, statement, /^\.macro$/, /^\.endm(acro)?$/, ".endm");
  if (block === undefined) return;
  const match = /^([A-Za-z_.$][\w.$]*)[\s,]*(.*)$/s.exec(restOf(assembly, statement));
  if (match?.[1] === undefined) {
    assembly.report("error", statement.range, "`.macro` needs a name.");
    return;
  }
  const name = match[1].toLowerCase();
  if (assembly.macros.has(name)) {
    assembly.report("error", statement.rest, `The macro \`${name}\` is already defined.`);
    return;
  }
  const definition: Macro = {
    name,
    parameters: parseParameters(assembly, statement, match[2] ?? ""),
    body: block.lines,
  };
  assembly.macros.set(name, definition);
};

const opensRepetition = /^\.(rept|irp|irpc)$/;
const closesRepetition = /^\.endr$/;

/** Assembles the block once for each set of values; places are those of the block itself. */
function repeat(
  assembly: Assembly,
  block: { lines: string[]; start: number },
  values: Iterable<ReadonlyMap<string, string>>,
): void {
  const { start, lines } = block;
  const outer = assembly.reader.expansion;
  const body = lines.join("\n");
  const line = assembly.reader.line;
  for (const map of values) {
    if (assembly.isEnded) return;
    const count = assembly.macroCount;
    const text = map.size === 0 ? body : substitute(body, map, count);
    assembly.insert(
      text,
      outer === undefined ? { lineOf: (i) => start + i, range: undefined } : { lineOf: () => line, range: outer.range },
    );
  }
}

const rept: DirectiveHandler = (assembly, statement) => {
  const count = parseConstant(assembly, statement.rest, "The count of `.rept`");
  const block = readBlock(assembly, statement, opensRepetition, closesRepetition, ".endr");
  if (block === undefined || count === undefined) return;
  if (count < 0n) {
    assembly.report("error", statement.rest, "The count of `.rept` is negative.");
    return;
  }
  function* times() {
    const none = new Map<string, string>();
    for (let i = 0n; i < (count ?? 0n); i++) yield none;
  }
  repeat(assembly, block, times());
};

const irp =
  (byCharacter: boolean): DirectiveHandler =>
  (assembly, statement) => {
    const match = /^([A-Za-z_.$][\w.$]*)[\s,]*(.*)$/s.exec(restOf(assembly, statement));
    const block = readBlock(assembly, statement, opensRepetition, closesRepetition, ".endr");
    if (block === undefined) return;
    const name = match?.[1];
    if (name === undefined) {
      assembly.report("error", statement.range, `\`${statement.name.text}\` needs a name and values.`);
      return;
    }
    const rest = match?.[2] ?? "";
    const list = byCharacter ? [...unquoted(rest.trim())] : splitArguments(rest).map(unquoted);
    repeat(
      assembly,
      block,
      (list.length === 0 ? [""] : list).map((value) => new Map([[name, value]])),
    );
  };

const include: DirectiveHandler = (assembly, statement) => {
  const argument = statement.arguments[0];
  if (argument?.kind !== "string") {
    assembly.report("error", statement.range, '`.include` needs a file name in quotes, as in .include "macros.s".');
    return;
  }
  const target = new TextDecoder().decode(argument.value);
  const from = assembly.sources[assembly.reader.source]?.path ?? "";
  const found = assembly.options.readInclude?.(target, from);
  if (found === undefined) {
    assembly.report(
      "error",
      argument.range,
      `The file "${target}" cannot be found. It is looked for beside this file.`,
    );
    return;
  }
  let index = assembly.sources.findIndex(({ path }) => path === found.path);
  if (index < 0) index = assembly.sources.push(found) - 1;
  assembly.insert(found.text, undefined, index);
};

/** `.if` and its family by what they test. */
function condition(test: (assembly: Assembly, statement: DirectiveStatement) => boolean): DirectiveHandler {
  return (assembly, statement) => {
    assembly.conditionals.begin(assembly.span(statement.range), () => test(assembly, statement));
  };
}

const number = (compare: (value: bigint) => boolean) =>
  condition((assembly, statement) => {
    const value = parseConstant(assembly, statement.rest, `The condition of \`${statement.name.text}\``);
    return value !== undefined && compare(value);
  });

function isDefined(assembly: Assembly, statement: DirectiveStatement): boolean {
  const symbol = assembly.symbols.named.get(restOf(assembly, statement).trim());
  return symbol?.isDefined ?? false;
}

function twoStrings(assembly: Assembly, statement: DirectiveStatement): [string, string] {
  const text = restOf(assembly, statement);
  const quoted = /^\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,]*?)\s*,\s*("(?:[^"\\]|\\.)*"|'[^']*'|.*?)\s*$/s.exec(text);
  const strip = (piece: string) => piece.replace(/^(["'])(.*)\1$/s, "$2");
  return [strip(quoted?.[1] ?? text.trim()), strip(quoted?.[2] ?? "")];
}

const same = (wanted: boolean) =>
  condition((assembly, statement) => {
    const [a, b] = twoStrings(assembly, statement);
    return (a === b) === wanted;
  });

const blank = (wanted: boolean) =>
  condition((assembly, statement) => (restOf(assembly, statement).trim() === "") === wanted);

const orphan = (assembly: Assembly, statement: DirectiveStatement) =>
  assembly.report("error", statement.range, `There is no \`.if\` that this \`${statement.name.text}\` belongs to.`);

/** A directive that ends a block which is not open. */
const stray =
  (opening: string): DirectiveHandler =>
  (assembly, statement) =>
    assembly.report(
      "error",
      statement.range,
      `There is no \`${opening}\` that this \`${statement.name.text}\` could end.`,
    );

const message =
  (severity: "error" | "warning"): DirectiveHandler =>
  (assembly, statement) => {
    const text = unquoted(restOf(assembly, statement));
    assembly.report(severity, statement.range, text === "" ? `\`${statement.name.text}\` was reached.` : text);
  };

export const controlDirectives: Readonly<Record<string, DirectiveHandler>> = {
  ".macro": macro,
  ".endm": stray(".macro"),
  ".endmacro": stray(".macro"),
  ".purgem": (assembly, statement) => {
    const name = restOf(assembly, statement).trim().toLowerCase();
    if (!assembly.macros.delete(name)) assembly.report("error", statement.range, `There is no macro \`${name}\`.`);
  },
  ".rept": rept,
  ".irp": irp(false),
  ".irpc": irp(true),
  ".endr": stray(".rept"),
  ".include": include,
  ".if": number((value) => value !== 0n),
  ".ifne": number((value) => value !== 0n),
  ".ifeq": number((value) => value === 0n),
  ".ifge": number((value) => value >= 0n),
  ".ifgt": number((value) => value > 0n),
  ".ifle": number((value) => value <= 0n),
  ".iflt": number((value) => value < 0n),
  ".ifdef": condition(isDefined),
  ".ifndef": condition((assembly, statement) => !isDefined(assembly, statement)),
  ".ifnotdef": condition((assembly, statement) => !isDefined(assembly, statement)),
  ".ifc": same(true),
  ".ifeqs": same(true),
  ".ifnc": same(false),
  ".ifnes": same(false),
  ".ifb": blank(true),
  ".ifnb": blank(false),
  ".else": (assembly, statement) => {
    if (!assembly.conditionals.alternative(undefined)) orphan(assembly, statement);
  },
  ".elseif": (assembly, statement) => {
    const test = () => (parseConstant(assembly, statement.rest, "The condition of `.elseif`") ?? 0n) !== 0n;
    if (!assembly.conditionals.alternative(test)) orphan(assembly, statement);
  },
  ".endif": (assembly, statement) => {
    if (!assembly.conditionals.end()) orphan(assembly, statement);
  },
  ".error": message("error"),
  ".warning": message("warning"),
  ".err": message("error"),
  ".print": () => undefined,
  ".end": (assembly) => {
    assembly.isEnded = true;
  },
};
