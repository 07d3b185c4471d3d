/** Finds what a name stands for: global variables, types and enumerators in all units, made one unit at a time when asked. */
import { Entry } from "./entry.js";
import { plainName, qualifiedName } from "./names.js";
import { typeAt } from "./type-reader.js";
import type { EnumType, Type } from "./types.js";
import type { Unit } from "./unit.js";
import { Variable } from "./variable.js";

/** A named value of an enumeration. */
export interface Enumerator {
  readonly type: EnumType;
  readonly name: string;
  readonly value: bigint;
}

/** Offsets by plain name. */
type Names = ReadonlyMap<string, readonly number[]>;

export class NameIndex {
  readonly #globals = new Map<Unit, Names>();
  readonly #types = new Map<Unit, Names>();
  readonly #enumerators = new Map<Unit, ReadonlyMap<string, readonly Enumerator[]>>();

  constructor(readonly units: readonly Unit[]) {}

  /** The global variables of that name, plain or qualified; those of the unit `near` first. */
  *globals(name: string, near: Unit | undefined): Generator<Variable> {
    for (const entry of this.#find(name, near, this.#globals, (unit) => unit.contents.globals)) {
      yield new Variable(entry, "global", 0);
    }
  }

  /** The types of that name, plain or qualified; those of the unit `near` first. Mere announcements come last. */
  *types(name: string, near: Unit | undefined): Generator<Type> {
    const announced: Type[] = [];
    for (const entry of this.#find(name, near, this.#types, (unit) => unit.contents.types)) {
      const type = typeAt(entry);
      if (type?.kind === "struct" && type.isDeclaration) announced.push(type);
      else if (type) yield type;
    }
    yield* announced;
  }

  /** The enumerators of that name in one unit: plain, with their enumeration's name, or with what is around that. */
  enumerators(name: string, one: Unit): readonly Enumerator[] {
    const unit = one.full;
    let names = this.#enumerators.get(unit);
    if (!names) {
      names = enumeratorsOf(unit);
      this.#enumerators.set(unit, names);
    }
    const plain = lastComponent(name);
    const found = names.get(plain) ?? [];
    if (plain === name) return found.filter(({ type }) => !type.isScoped);
    const around = name.slice(0, -plain.length - "::".length);
    return found.filter(({ type }) => {
      const { qualifiedName = "" } = type;
      // Those of an enumeration without a scope of its own are also names of what is around it.
      return isQualifiedBy(qualifiedName, around) || isQualifiedBy(qualifiedName.replace(/(::)?[^:]*$/, ""), around);
    });
  }

  /** All names of enumerators in one unit. */
  enumeratorsIn(one: Unit): readonly Enumerator[] {
    this.enumerators("", one);
    return [...(this.#enumerators.get(one.full)?.values() ?? [])].flat();
  }

  *#find(
    name: string,
    near: Unit | undefined,
    known: Map<Unit, Names>,
    offsetsOf: (unit: Unit) => readonly number[],
  ): Generator<Entry> {
    const plain = lastComponent(name);
    const units = near ? [near, ...this.units.filter((unit) => unit !== near)] : this.units;
    for (const one of units) {
      const unit = one.full;
      let names = known.get(unit);
      if (!names) {
        names = namesOf(unit, offsetsOf(unit));
        known.set(unit, names);
      }
      for (const offset of names.get(plain) ?? []) {
        const entry = Entry.at(unit, offset);
        if (plain === name || isQualifiedBy(qualifiedName(entry), name)) yield entry;
      }
    }
  }
}

function enumeratorsOf(unit: Unit): ReadonlyMap<string, readonly Enumerator[]> {
  const names = new Map<string, Enumerator[]>();
  for (const offset of unit.contents.enumerations) {
    const type = typeAt(Entry.at(unit, offset));
    if (type?.kind !== "enum") continue;
    for (const { name, value } of type.enumerators) {
      const list = names.get(name);
      if (list) list.push({ type, name, value });
      else names.set(name, [{ type, name, value }]);
    }
  }
  return names;
}

function namesOf(unit: Unit, offsets: readonly number[]): Names {
  const names = new Map<string, number[]>();
  for (const offset of offsets) {
    const name = plainName(Entry.at(unit, offset));
    if (name === undefined) continue;
    const list = names.get(name);
    if (list) list.push(offset);
    else names.set(name, [offset]);
  }
  return names;
}

/** Whether a name is the one that was asked for, or ends with it at a `::`. */
export function isQualifiedBy(qualified: string | undefined, name: string): boolean {
  return qualified !== undefined && (qualified === name || qualified.endsWith(`::${name}`));
}

/** What stands behind the last `::` that is in no brackets. */
export function lastComponent(name: string): string {
  let depth = 0;
  for (let at = name.length - 1; at > 0; at--) {
    const letter = name[at];
    if (letter === ">" || letter === ")" || letter === "]") depth++;
    else if (letter === "<" || letter === "(" || letter === "[") depth--;
    else if (letter === ":" && depth === 0 && name[at - 1] === ":") return name.slice(at + 1);
  }
  return name;
}
