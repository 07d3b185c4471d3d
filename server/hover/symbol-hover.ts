/** A symbol: what it is, where it is defined, and what the comment there says. */
import type { Analysis, SymbolDefinition } from "../../runtime/asm/analysis.js";
import { baseName } from "../../runtime/base/source-path.js";
import { librarySymbol } from "../guest-library.js";
import { commentFor } from "../syntax-queries.js";

/** Undefined when nobody defines it. `uri` is the document that `analysis` is of. */
export function symbolHover(name: string, analysis: Analysis, uri: string): string | undefined {
  const own = analysis.symbols.find((symbol) => symbol.name === name);
  if (own !== undefined) {
    const comment = own.span.path === uri ? commentFor(analysis, own.span.line) : undefined;
    return describe(own, comment);
  }
  const library = librarySymbol(name);
  if (library === undefined) return undefined;
  const { definition } = library;
  return `${describe(definition, commentFor(library.analysis, definition.span.line))}\n\nPart of the guest library.`;
}

function describe(symbol: SymbolDefinition, comment: string | undefined): string {
  const what = { function: "function", object: "data", label: "label", constant: "constant", common: "shared data" };
  const visibility = symbol.binding === "local" || symbol.kind === "constant" ? "" : `${symbol.binding} `;
  const place = `${baseName(symbol.span.path)}, line ${symbol.span.line}`;
  const value =
    symbol.value === undefined ? "" : ` = ${symbol.value} (0x${BigInt.asUintN(64, symbol.value).toString(16)})`;
  const section = symbol.section === undefined ? "" : ` in ${symbol.section}`;
  const heading = `**${symbol.name}**${value}: ${visibility}${what[symbol.kind]}${section}, ${place}`;
  // As text: what a comment draws with spaces stays as it is.
  return comment === undefined ? heading : `${heading}\n\n\`\`\`text\n${comment.replaceAll("```", "'''")}\n\`\`\``;
}
