/**
 * Thread models that are declared in JSON: how to walk a runtime's threads, by symbols and expressions. Here a
 * declaration is checked, with messages that name the place, and compiled for `threads/models/declared-model.ts`.
 */
import { guestAddress } from "../base/guest-address.js";
import type { ProgramImage, ProgramSymbol } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import type { Machine } from "../engine/machine.js";
import { generalRegisterNames } from "../engine/machine.js";
import { integerValue } from "../expressions/arithmetic.js";
import {
  compileExpression,
  describeExpressionError,
  type Expression,
  numberOfValue,
} from "../expressions/expression.js";
import {
  type ExpressionScope,
  machineRegister,
  type NamedValue,
  type Names,
  symbolNames,
  type Value,
} from "../expressions/scope.js";
import { SourceNames } from "../expressions/source-names.js";
import { word } from "../expressions/types.js";
import { debugInformationOf } from "../object/elf-code-places.js";
import type { DeclaredModelParts, ModelValue, ThreadList } from "../threads/models/declared-model.js";
import type { ModelHook, ModelThread } from "../threads/models/thread-model.js";
import { textOf, untilZero } from "../values/text.js";
import { VisibleNames } from "../values/visible-names.js";
import { knownThreadModel } from "./known-models.js";

/** A model as it is written. Texts are expressions, but for names of functions. */
export interface ThreadModelDeclaration {
  readonly table?: { readonly first: string; readonly size: number; readonly count?: string };
  readonly chain?: { readonly first: string; readonly next: string };
  readonly hasBase?: boolean;
  readonly fields: {
    readonly stackPointer: string;
    readonly state?: string;
    readonly stackLow?: string;
    readonly stackHigh?: string;
    readonly stackSize?: string;
    readonly entry?: string;
    readonly name?: string;
  };
  readonly states?: Readonly<Record<string, number | readonly number[]>>;
  readonly saved?: Readonly<Record<string, string>>;
  readonly functions?: Readonly<Record<string, readonly string[]>>;
}

const stateNames = ["available", "running", "ready"] as const satisfies readonly ModelThread["state"][];
const functionKinds = ["yield", "finish", "bottom", "subtle", "trampoline"] as const;
const fieldNames = ["stackPointer", "state", "stackLow", "stackHigh", "stackSize", "entry", "name"] as const;
const parts = ["table", "chain", "hasBase", "fields", "states", "saved", "functions"] as const;

/** What is wrong with the declaration, and where; thrown in this file only. */
class DeclarationError extends Error {}

type Json = Readonly<Record<string, unknown>>;

/**
 * The model for a program: the one that is declared, or one that is known; undefined for a program that has the guest
 * library's runtime, or none that is known, and for `none`.
 */
export function threadModelFor(
  image: ProgramImage,
  machine: Machine,
  declared: unknown,
): Result<DeclaredModelParts | "none" | undefined, string> {
  if (declared === "none") return ok("none");
  if (declared !== undefined) return compileThreadModel(declared, image, machine);
  const known = knownThreadModel(image);
  return known ? compileThreadModel(known, image, machine) : ok(undefined);
}

/** Checks a declaration and compiles it for a program. The message of a failure begins with the place. */
export function compileThreadModel(
  declaration: unknown,
  image: ProgramImage,
  machine: Machine,
): Result<DeclaredModelParts, string> {
  try {
    return ok(new Compiler(image, machine).compile(declaration));
  } catch (error) {
    if (error instanceof DeclarationError) return fail(error.message);
    throw error;
  }
}

class Compiler {
  readonly #symbols = new Map<string, ProgramSymbol>();
  readonly #names: Names;
  readonly #scope: ExpressionScope;
  /** What `thread` and `index` stand for in the evaluation that is made. */
  #thread = 0;
  #index = 0;

  constructor(image: ProgramImage, machine: Machine) {
    for (const symbol of image.symbols) {
      if (!this.#symbols.has(symbol.name) || symbol.binding !== "local") this.#symbols.set(symbol.name, symbol);
    }
    const { memory } = machine;
    this.#names = this.#namesOf(image);
    this.#scope = {
      names: this.#names,
      register: (name) => machineRegister(machine, name),
      source: {
        read: (address, size) => memory.read(guestAddress(address), size),
        readWord: (address) => memory.readWord(guestAddress(address)),
        describe: () => undefined,
      },
      thread: undefined,
      frame: undefined,
      other: () => fail("a thread model knows no frames"),
    };
  }

  /** `thread` and `index`, then what the source's names mean outside of functions, then symbols. */
  #namesOf(image: ProgramImage): Names {
    const information = debugInformationOf(image);
    const symbol = (name: string) => this.#symbols.get(name);
    const outside = information && new VisibleNames(information, Number(image.entry), 0);
    const names = outside ? new SourceNames(outside, symbol, () => this.#symbols.keys()) : symbolNames(symbol);
    const own: Readonly<Record<string, NamedValue>> = {
      thread: () => integerValue(word, BigInt(this.#thread), 64),
      index: () => integerValue(word, BigInt(this.#index), 64),
    };
    return {
      language: names.language,
      variable: (name) => (Object.hasOwn(own, name) ? own[name] : names.variable(name)),
      type: (name) => names.type(name),
      symbol,
      definitionOf: (type) => names.definitionOf(type),
      hides: (name) => Object.hasOwn(own, name) || names.hides(name),
      visible: (scope) => names.visible(scope),
      near: () => names.near(),
    };
  }

  compile(declaration: unknown): DeclaredModelParts {
    const model = objectAt(declaration, "threadModel", parts);
    const fields = objectAt(model.fields, "threadModel.fields", fieldNames);
    if (fields.stackPointer === undefined) {
      throw new DeclarationError(
        'threadModel.fields.stackPointer is missing: the expression of the saved rsp, for example "*(long*)thread".',
      );
    }
    const field = (name: (typeof fieldNames)[number]) =>
      fields[name] === undefined ? undefined : this.#value(fields[name], `threadModel.fields.${name}`);
    const [low, high, size] = [field("stackLow"), field("stackHigh"), field("stackSize")];
    const functions = objectAt(model.functions ?? {}, "threadModel.functions", functionKinds);
    const starts = (kind: (typeof functionKinds)[number]) =>
      this.#functions(functions[kind], `threadModel.functions.${kind}`);
    const bottom = starts("bottom");
    const hooks = new Map<bigint, ModelHook>();
    for (const start of starts("yield")) hooks.set(BigInt(start), "yield");
    for (const start of starts("finish")) hooks.set(BigInt(start), "finished");
    return {
      list: this.#list(model),
      hasBase: booleanAt(model.hasBase, "threadModel.hasBase"),
      stackPointer: this.#value(fields.stackPointer, "threadModel.fields.stackPointer"),
      stackPointerAt: this.#placeOf(fields.stackPointer, "threadModel.fields.stackPointer"),
      state: field("state"),
      stateAt: fields.state === undefined ? () => undefined : this.#placeOf(fields.state, "threadModel.fields.state"),
      states: statesOf(model.states, fields.state !== undefined),
      stackLow: low ?? difference(high, size),
      stackHigh: high ?? sum(low, size),
      entry: field("entry"),
      name: fields.name === undefined ? undefined : this.#text(fields.name, "threadModel.fields.name"),
      saved: this.#saved(model.saved),
      hooks: new Map([...hooks].map(([address, hook]) => [guestAddress(address), hook])),
      subtleFunctions: new Set([...bottom, ...starts("subtle"), ...starts("trampoline")]),
      rootFunctions: new Set(bottom),
      trampolines: new Set(starts("trampoline")),
    };
  }

  #list(model: Json): ThreadList {
    if ((model.table === undefined) === (model.chain === undefined)) {
      throw new DeclarationError(
        'threadModel needs either "table" (threads side by side) or "chain" (each points to the next).',
      );
    }
    if (model.chain !== undefined) {
      const chain = objectAt(model.chain, "threadModel.chain", ["first", "next"]);
      return {
        kind: "chain",
        first: this.#value(chain.first, "threadModel.chain.first"),
        next: this.#value(chain.next, "threadModel.chain.next"),
      };
    }
    const table = objectAt(model.table, "threadModel.table", ["first", "size", "count"]);
    const { size } = table;
    if (typeof size !== "number" || !Number.isInteger(size) || size <= 0) {
      throw new DeclarationError("threadModel.table.size must be the size of a thread in bytes, a whole number.");
    }
    const first = this.#value(table.first, "threadModel.table.first");
    return { kind: "table", first, size, count: this.#count(table, size) };
  }

  /** Without an expression: as many as fit into the symbol at which the table begins. */
  #count(table: Json, size: number): ModelValue {
    if (table.count !== undefined) return this.#value(table.count, "threadModel.table.count");
    const symbol = typeof table.first === "string" ? this.#symbols.get(table.first.trim()) : undefined;
    if (!symbol || symbol.size < size) {
      throw new DeclarationError(
        'threadModel.table.count is missing: an expression. (It may be left out where "first" is the name of an array.)',
      );
    }
    const count = Math.floor(symbol.size / size);
    return () => count;
  }

  #saved(saved: unknown): Map<number, ModelValue> {
    const found = new Map<number, ModelValue>();
    for (const [name, text] of Object.entries(objectAt(saved ?? {}, "threadModel.saved", generalRegisterNames))) {
      const number = (generalRegisterNames as readonly string[]).indexOf(name);
      found.set(number, this.#value(text, `threadModel.saved.${name}`));
    }
    return found;
  }

  #functions(names: unknown, place: string): number[] {
    if (names === undefined) return [];
    if (!Array.isArray(names)) throw new DeclarationError(`${place} must be a list of names of functions.`);
    return names.map((name) => {
      const symbol = this.#symbols.get(String(name));
      if (!symbol) throw new DeclarationError(`${place}: the program has no function ${JSON.stringify(name)}.`);
      return Number(symbol.address);
    });
  }

  #expression(text: unknown, place: string): Expression {
    if (typeof text !== "string" || text.trim() === "") {
      throw new DeclarationError(`${place} must be an expression, for example "*(long*)(thread + 8)".`);
    }
    const compiled = compileExpression(text, this.#names);
    if (!compiled.ok) throw new DeclarationError(`${place}: ${describeExpressionError(text, compiled.error)}`);
    return compiled.value;
  }

  #evaluate(expression: Expression, thread: number, index: number): Value | undefined {
    this.#thread = thread;
    this.#index = index;
    const value = expression.evaluate(this.#scope);
    return value.ok ? value.value : undefined;
  }

  #value(text: unknown, place: string): ModelValue {
    const expression = this.#expression(text, place);
    return (thread, index) => {
      const value = this.#evaluate(expression, thread, index);
      const number = value && numberOfValue(value, this.#scope);
      return number === undefined ? undefined : Number(number);
    };
  }

  #placeOf(text: unknown, place: string): ModelValue {
    const expression = this.#expression(text, place);
    return (thread, index) => {
      const place = this.#evaluate(expression, thread, index)?.place;
      return place?.kind === "memory" ? Number(place.address) : undefined;
    };
  }

  /** Of a field that points to text. */
  #text(text: unknown, place: string): (thread: number, index: number) => string | undefined {
    const expression = this.#expression(text, place);
    return (thread, index) => {
      const value = this.#evaluate(expression, thread, index);
      if (!value) return undefined;
      const { source } = this.#scope;
      const address = numberOfValue(value, this.#scope);
      const text =
        textOf(value, source, longestName) ??
        (address ? untilZero(source.read(BigInt.asUintN(64, address), longestName)) : undefined);
      return text && (new TextDecoder().decode(text) || undefined);
    };
  }
}

const longestName = 64;

function sum(one: ModelValue | undefined, two: ModelValue | undefined): ModelValue | undefined {
  return one && two && ((thread, index) => (one(thread, index) ?? Number.NaN) + (two(thread, index) ?? Number.NaN));
}

function difference(one: ModelValue | undefined, two: ModelValue | undefined): ModelValue | undefined {
  return one && two && ((thread, index) => (one(thread, index) ?? Number.NaN) - (two(thread, index) ?? Number.NaN));
}

/** What `names` says that a state may be, by value. */
function statesOf(states: unknown, isAsked: boolean): Map<number, ModelThread["state"]> {
  const found = new Map<number, ModelThread["state"]>();
  for (const [name, values] of Object.entries(objectAt(states ?? {}, "threadModel.states", stateNames))) {
    const state = stateNames.find((one) => one === name);
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value !== "number") {
        throw new DeclarationError(`threadModel.states.${name} must be a number, or a list of numbers.`);
      }
      if (state) found.set(value, state);
    }
  }
  if (isAsked && found.size === 0) {
    throw new DeclarationError(
      'threadModel.states is missing: what the values of "state" mean, for example { "available": 0, "ready": [1, 2] }.',
    );
  }
  return found;
}

function objectAt(value: unknown, place: string, known: readonly string[]): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DeclarationError(`${place} must be an object with ${inWords(known)}.`);
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new DeclarationError(`${place}.${name} is not known: there are ${inWords(known)}.`);
    }
  }
  return value as Json;
}

function booleanAt(value: unknown, place: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw new DeclarationError(`${place} must be true or false.`);
  return value;
}

function inWords(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
