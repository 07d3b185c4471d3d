/** Directives about symbols: binding, visibility, type, size, common storage, assignment. */
import type { Assembly } from "../assembly.js";
import type { AssemblySymbol } from "../symbols.js";
import type { DirectiveStatement } from "../syntax.js";
import { type DirectiveHandler, nameOf, numberArgument, rangeText } from "./arguments.js";

/** Does something to each symbol of the list. */
const each =
  (change: (symbol: AssemblySymbol) => void): DirectiveHandler =>
  (assembly, statement) => {
    if (statement.arguments.length === 0) {
      assembly.report("error", statement.range, `\`${statement.name.text}\` needs the name of a symbol.`);
    }
    for (const argument of statement.arguments) {
      const name = nameOf(assembly, argument, statement);
      if (name === undefined) continue;
      const symbol = assembly.symbols.get(name);
      if (argument.kind === "expression") assembly.noteUse(symbol, argument.value);
      change(symbol);
    }
  };

const types: Readonly<Record<string, AssemblySymbol["type"]>> = {
  function: "function",
  stt_func: "function",
  object: "object",
  stt_object: "object",
  tls_object: "tls",
  stt_tls: "tls",
  notype: "none",
  stt_notype: "none",
  common: "object",
  gnu_indirect_function: "ifunc",
  gnu_unique_object: "object",
};

const type: DirectiveHandler = (assembly, statement) => {
  const [first, second] = statement.arguments;
  const name = nameOf(assembly, first, statement);
  if (name === undefined) return;
  let word = "";
  if (second?.kind === "attribute") word = second.name;
  else if (second?.kind === "string") word = new TextDecoder().decode(second.value);
  else if (second !== undefined) word = rangeText(assembly, second.range);
  const found = types[word.toLowerCase()];
  if (found === undefined) {
    assembly.report(
      "error",
      second?.range ?? statement.range,
      `\`.type\` needs what the symbol is: @function or @object, as in \`.type ${name}, @function\`.`,
    );
    return;
  }
  const symbol = assembly.symbols.get(name);
  if (first?.kind === "expression") assembly.noteUse(symbol, first.value);
  symbol.type = found;
};

const size: DirectiveHandler = (assembly, statement) => {
  const [first, second] = statement.arguments;
  const name = nameOf(assembly, first, statement);
  if (name === undefined) return;
  if (second?.kind !== "expression") {
    assembly.report(
      "error",
      second?.range ?? statement.range,
      `\`.size\` needs a size, as in \`.size ${name}, . - ${name}\`.`,
    );
    return;
  }
  const symbol = assembly.symbols.get(name);
  if (first?.kind === "expression") assembly.noteUse(symbol, first.value);
  symbol.size = assembly.evaluate(second.value);
};

/** The name, size and alignment of `.comm` and `.lcomm`. */
function commonArguments(assembly: Assembly, statement: DirectiveStatement, byDefault: (size: bigint) => number) {
  const name = nameOf(assembly, statement.arguments[0], statement);
  const bytes = numberArgument(assembly, statement, 1, "a size in bytes");
  if (name === undefined || bytes === undefined) return undefined;
  const written =
    statement.arguments[2] === undefined ? undefined : numberArgument(assembly, statement, 2, "an alignment");
  const alignment = written === undefined ? byDefault(bytes) : Math.max(1, Number(written));
  if (bytes < 0n || bytes > 1n << 30n || (alignment & (alignment - 1)) !== 0 || alignment > 1 << 28) {
    assembly.report("error", statement.rest, "The size must be 0 or more and the alignment a power of two.");
    return undefined;
  }
  const symbol = assembly.symbols.get(name);
  if (symbol.isDefined && symbol.state.kind !== "common") {
    assembly.report("error", statement.rest, `\`${name}\` is already defined.`);
    return undefined;
  }
  symbol.definition = assembly.span(statement.arguments[0]?.range ?? statement.rest);
  return { symbol, bytes, alignment };
}

const naturalAlignment = (bytes: bigint) => (bytes >= 8n ? 8 : bytes >= 4n ? 4 : bytes >= 2n ? 2 : 1);

/** `.lcomm`, and `.comm` of a symbol that is `.local`: room in `.bss`. */
function allocate(assembly: Assembly, symbol: AssemblySymbol, bytes: bigint, alignment: number): void {
  // Behind what the source itself puts into .bss, as GNU as does.
  const bss = assembly.findSection(".bss", { allocate: true, write: true, execute: false }, "nobits").subsection(1);
  bss.align(alignment);
  if (alignment > 1) {
    const span = symbol.definition ?? assembly.span({ start: 0, end: 1 });
    bss.fragments.push({ kind: "align", at: bss.length, alignment, fill: 0n, fillSize: 1, most: 0, size: 0, span });
  }
  symbol.state = { kind: "label", location: bss.here() };
  symbol.type = "object";
  symbol.size = { constant: bytes };
  bss.reserve(Number(bytes));
}

const common: DirectiveHandler = (assembly, statement) => {
  const found = commonArguments(assembly, statement, (bytes) => elfCommonAlignment(bytes));
  if (found === undefined) return;
  const { symbol, bytes, alignment } = found;
  if (symbol.isBindingExplicit && symbol.binding === "local") {
    allocate(assembly, symbol, bytes, alignment);
    return;
  }
  const before = symbol.state.kind === "common" ? symbol.state : undefined;
  const larger = before !== undefined && before.size > bytes ? before.size : bytes;
  symbol.state = { kind: "common", size: larger, alignment };
  symbol.binding = "global";
  symbol.type = "object";
};

function elfCommonAlignment(bytes: bigint): number {
  let alignment = 1;
  while (alignment < 16 && BigInt(alignment) < bytes) alignment *= 2;
  return alignment;
}

const localCommon: DirectiveHandler = (assembly, statement) => {
  const found = commonArguments(assembly, statement, naturalAlignment);
  if (found !== undefined) allocate(assembly, found.symbol, found.bytes, found.alignment);
};

const set =
  (isOnce: boolean): DirectiveHandler =>
  (assembly, statement) => {
    const [first, second] = statement.arguments;
    const name = nameOf(assembly, first, statement);
    if (name === undefined || first === undefined) return;
    if (second?.kind !== "expression") {
      assembly.report(
        "error",
        second?.range ?? statement.range,
        `\`${statement.name.text}\` needs a value, as in \`${statement.name.text} ${name}, 5\`.`,
      );
      return;
    }
    assembly.setSymbol(name, first.range, second.value, isOnce);
  };

export const symbolDirectives: Readonly<Record<string, DirectiveHandler>> = {
  ".globl": each((symbol) => {
    if (symbol.binding !== "weak") symbol.binding = "global";
    symbol.isBindingExplicit = true;
  }),
  ".global": each((symbol) => {
    if (symbol.binding !== "weak") symbol.binding = "global";
    symbol.isBindingExplicit = true;
  }),
  ".local": each((symbol) => {
    symbol.binding = "local";
    symbol.isBindingExplicit = true;
  }),
  ".weak": each((symbol) => {
    symbol.binding = "weak";
    symbol.isBindingExplicit = true;
  }),
  ".hidden": each((symbol) => {
    symbol.visibility = "hidden";
  }),
  ".internal": each((symbol) => {
    symbol.visibility = "internal";
  }),
  ".protected": each((symbol) => {
    symbol.visibility = "protected";
  }),
  // Whatever is not defined is external anyway.
  ".extern": each(() => undefined),
  ".type": type,
  ".size": size,
  ".comm": common,
  ".lcomm": localCommon,
  ".set": set(false),
  ".equ": set(false),
  ".equiv": set(true),
};
