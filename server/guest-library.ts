/** What the guest library defines: programs are linked with it, so its symbols are known to every document. */
import { type Analysis, analyse, type SymbolDefinition } from "../runtime/asm/analysis.js";
import type { ObjectFile } from "../runtime/asm/assembler.js";
import { guestLibrary, type LibraryMember } from "../runtime/guest/library.js";

export interface LibrarySymbol {
  readonly member: LibraryMember;
  readonly analysis: Analysis;
  readonly definition: SymbolDefinition;
}

let objects: readonly ObjectFile[] | undefined;
let symbols: ReadonlyMap<string, LibrarySymbol> | undefined;

function load(): void {
  const members = guestLibrary.map((member) => ({ member, analysis: analyse(member) }));
  objects = members.flatMap(({ analysis }) => analysis.object ?? []);
  symbols = new Map(
    members.flatMap(({ member, analysis }) =>
      analysis.symbols
        .filter(({ binding }) => binding !== "local")
        .map((definition) => [definition.name, { member, analysis, definition }] as const),
    ),
  );
}

/** The members as the linker wants them. */
export function libraryObjects(): readonly ObjectFile[] {
  if (objects === undefined) load();
  return objects ?? [];
}

/** The global symbol of that name. */
export function librarySymbol(name: string): LibrarySymbol | undefined {
  if (symbols === undefined) load();
  return symbols?.get(name);
}
