/** Names of a program with debug information: the source's before the symbols. */

import type { FrameValues } from "../object/dwarf/locate.js";
import type { Enumerator } from "../object/dwarf/name-index.js";
import type { Type } from "../object/dwarf/types.js";
import { memberNamed } from "../values/children.js";
import { bitSizeOf, plainType, type ValueSource } from "../values/source-value.js";
import type { VisibleNames, VisibleVariable } from "../values/visible-names.js";
import { integerValue } from "./arithmetic.js";
import { member, namesOfMembers } from "./members.js";
import { registerPartNames } from "./registers.js";
import type { ExpressionScope, NamedValue, Names, Value, VisibleName } from "./scope.js";

export class SourceNames implements Names {
  readonly #variables = new Map<string, NamedValue | undefined>();
  readonly #types = new Map<string, Type | undefined>();

  /** `symbols`: all that have a name, for guessing what was meant. */
  constructor(
    private readonly source: VisibleNames,
    readonly symbol: Names["symbol"],
    private readonly symbols: () => Iterable<string>,
  ) {}

  get language(): number | undefined {
    return this.source.language ?? 0;
  }

  variable(name: string): NamedValue | undefined {
    if (!this.#variables.has(name)) this.#variables.set(name, this.#find(name));
    return this.#variables.get(name);
  }

  #find(name: string): NamedValue | undefined {
    const local = this.source.local(name);
    if (local !== undefined) return reader(local);
    // In a member function of C++, members need no `this->`.
    const self = this.source.local("this");
    if (self && hasMember(self.type, name)) {
      const read = reader(self);
      return (scope) => member(read(scope), name, scope, 0);
    }
    const enumerator = this.source.enumerator(name);
    if (enumerator !== undefined) return constant(enumerator);
    const global = this.source.global(name);
    if (global !== undefined) return reader(global);
    const elsewhere = this.source.enumeratorElsewhere(name);
    return elsewhere && constant(elsewhere);
  }

  hides(name: string): boolean {
    return this.source.local(name) !== undefined || hasMember(this.source.local("this")?.type, name);
  }

  type(name: string): Type | undefined {
    if (!this.#types.has(name)) this.#types.set(name, this.source.type(name));
    return this.#types.get(name);
  }

  definitionOf(type: Type): Type {
    return this.source.definitionOf(type);
  }

  *near(): Generator<string> {
    for (const { name } of this.source.all()) yield name.replace(/^.*::/, "");
    yield* registerPartNames();
    yield* this.symbols();
  }

  *visible(scope: ExpressionScope): Generator<VisibleName> {
    const all = [...this.source.all()];
    yield* all.filter(({ kind }) => kind === "local" || kind === "parameter");
    // In a member function of C++, members need no `this->`.
    const self = this.source.local("this");
    if (self !== undefined) {
      for (const name of namesOfMembers(reader(self)(scope), scope)) yield { name, kind: "member" };
    }
    yield* all.filter(({ kind }) => kind === "global" || kind === "enumerator");
  }
}

function constant({ type, value }: Enumerator): NamedValue {
  const place = { kind: "number", bits: value } as const;
  const number = integerValue(type, value, bitSizeOf({ type, place }));
  return () => number;
}

function reader(variable: VisibleVariable): NamedValue {
  return (scope): Value => variable.read(scope.frame ?? noFrame(scope.source), scope.source);
}

/** Outside of functions there are variables at fixed places, and nothing else. */
function noFrame(source: ValueSource): FrameValues {
  return {
    address: 0,
    register: () => undefined,
    memory(address, size) {
      const bytes = source.read(address, size);
      return bytes.length === size ? bytes : undefined;
    },
    canonicalFrameAddress: undefined,
  };
}

function hasMember(pointer: Type | undefined, name: string): boolean {
  const type = plainType(pointer);
  if (type?.kind !== "pointer" || plainType(type.target)?.kind !== "struct") return false;
  const nowhere = { read: () => new Uint8Array(), describe: () => undefined };
  const value = { type: type.target, place: { kind: "memory", address: 0n } } as const;
  return memberNamed(value, name, nowhere) !== undefined;
}
