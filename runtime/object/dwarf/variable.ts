import { attempt } from "../byte-cursor.js";
import { type CodeScope, covers } from "./code-scope.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import { type DeclarationPlace, declarationOf } from "./function.js";
import { attributeOf, originsOf, plainName, qualifiedName } from "./names.js";
import { typeOf } from "./type-reader.js";
import type { Type } from "./types.js";

/** A variable or parameter of the source. What it says of itself is read when asked for. */
export class Variable {
  constructor(
    readonly entry: Entry,
    readonly kind: "parameter" | "local" | "global",
    /** How many blocks it lies deeper than the function: of several with one name, the deepest one counts. */
    readonly depth: number,
  ) {}

  get name(): string | undefined {
    return this.#attempt(() => plainName(this.entry));
  }

  /** With the namespaces and types around it. */
  get qualifiedName(): string | undefined {
    return this.#attempt(() => qualifiedName(this.entry));
  }

  get type(): Type | undefined {
    return this.#attempt(() => typeOf(this.entry));
  }

  get declaration(): DeclarationPlace | undefined {
    return this.#attempt(() => declarationOf(this.entry));
  }

  /** Made by the compiler (`this`). */
  get isArtificial(): boolean {
    return this.#attempt(() => attributeOf(this.entry, dw.DW_AT_artificial)?.flag(dw.DW_AT_artificial)) === true;
  }

  #attempt<Value>(read: () => Value): Value | undefined {
    return attempt(this.entry.unit.file.note, "what a variable says of itself", read);
  }
}

/**
 * The variables that the source's scope at `address` has, the innermost block's first: those of the blocks around the
 * address up to `scope`, a function or an inlined instance of one.
 */
export function variablesAt(scope: CodeScope, address: number): Variable[] {
  const blocks = [scope];
  for (let block: CodeScope | undefined = scope; block; ) {
    block = block.children.find((child) => child.kind === "block" && covers(child, address));
    if (block) blocks.push(block);
  }
  const variables: Variable[] = [];
  const present = new Set<string>();
  blocks.forEach((block, depth) => {
    // Parameters without a name are of no use to anybody.
    const own = block.variables.filter((entry) => !isDeclaration(entry) && attributeOf(entry, dw.DW_AT_name));
    variables.unshift(...own.map((entry) => new Variable(entry, kindOf(entry), depth)));
    for (const entry of own) for (const origin of originsOf(entry)) present.add(keyOf(origin));
  });
  // What the compiler dropped from this copy is still in the function that it is a copy of.
  for (const origin of [...originsOf(scope.entry)].slice(1)) {
    for (const entry of origin.children()) {
      const isVariable = entry.tag === dw.DW_TAG_formal_parameter || entry.tag === dw.DW_TAG_variable;
      if (isVariable && !present.has(keyOf(entry)) && !isDeclaration(entry) && entry.has(dw.DW_AT_name)) {
        variables.push(new Variable(entry, kindOf(entry), 0));
      }
    }
  }
  return variables;
}

function isDeclaration(entry: Entry): boolean {
  return entry.flag(dw.DW_AT_declaration);
}

function kindOf(entry: Entry): Variable["kind"] {
  return entry.tag === dw.DW_TAG_formal_parameter ? "parameter" : "local";
}

function keyOf(entry: Entry): string {
  return `${entry.unit.sectionName}:${entry.offset}`;
}
