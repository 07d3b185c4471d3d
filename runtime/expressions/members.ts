/** What expressions take out of a value: members, elements, what a pointer points to. */

import { nearest } from "../base/suggest.js";
import type { StructType, Type } from "../object/dwarf/types.js";
import { activeVariant, childrenOf, elementAt, elementOf, memberNamed } from "../values/children.js";
import { partsOf } from "../values/parts.js";
import { plainType, type SourceValue } from "../values/source-value.js";
import { viewOf } from "../values/views/view.js";
import { EvaluationFailure, integerFor, kindInWords, readBits, referred, unreadable } from "./operands.js";
import type { ExpressionScope, Value } from "./scope.js";
import { isUnscaled, traitsOf, word } from "./types.js";

/** `whole.name` and `whole->name`: through pointers, references and what wraps a value, too. */
export function member(given: Value, name: string, scope: ExpressionScope, offset: number): Value {
  const whole = structOf(given, scope, offset);
  const found = findMember(whole, /^\d+$/.test(name) ? `__${name}` : name, scope);
  if (found !== undefined) return found;
  if (whole.place.kind === "unknown") throw unreadable(whole, offset);
  const type = plainType(whole.type);
  if (type?.kind !== "struct") {
    throw new EvaluationFailure(`${kindInWords(whole)} has no members: "${name}" cannot be one`, offset);
  }
  const isOther = type.variantParts.some(({ variants }) =>
    variants.some(({ members }) => members.some((one) => one.name === name)),
  );
  const about = isOther
    ? `it is ${childrenOf(whole, scope.source).at(-1)?.name ?? "something else"} now`
    : hint(name, namesOfMembers(whole, scope));
  throw new EvaluationFailure(`${type.name ?? `this ${type.keyword}`} has no member "${name}": ${about}`, offset);
}

/** The names that may stand behind a value's dot. */
export function namesOfMembers(given: Value, scope: ExpressionScope): string[] {
  const whole = structOf(given, scope, 0, true);
  const own = childrenOf(whole, scope.source).flatMap(({ name, value }) => {
    const type = plainType(value.type);
    const isBase = type?.kind === "struct" && type.name === name;
    return isBase ? [name, ...namesOfMembers(value, scope)] : [name.replace(/^__(\d+)$/, "$1")];
  });
  const view = viewOf(whole, scope.source);
  const wrapped = view?.partNames && view.parts?.(0, 1)[0];
  return [...new Set([...own, ...(wrapped ? namesOfMembers(wrapped, scope) : [])])].filter((name) =>
    /^\w+$/.test(name),
  );
}

function hint(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  return names.length === 0 ? "it has none" : `it has ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`;
}

/** The struct behind pointers and references. `mayBeNull`: only its type is asked for. */
function structOf(given: Value, scope: ExpressionScope, offset: number, mayBeNull = false): Value {
  let value = referred(given, scope.source, offset);
  for (let depth = 0; depth < 8; depth++) {
    const traits = traitsOf(value.type);
    if (traits.kind !== "pointer" || traits.target === undefined) break;
    const address = readBits(value, scope.source, offset);
    if (address === 0n && !mayBeNull) throw new EvaluationFailure("this pointer is null", offset);
    value = referred({ type: traits.target, place: { kind: "memory", address } }, scope.source, offset);
  }
  const { type } = value;
  return type === undefined ? value : { ...value, type: complete(type, scope) };
}

/** The whole of a type that is only announced in this unit. */
function complete(type: Type, scope: ExpressionScope): Type {
  const plain = plainType(type);
  return plain?.kind === "struct" && plain.isDeclaration ? scope.names.definitionOf(plain) : type;
}

function findMember(whole: SourceValue, name: string, scope: ExpressionScope): SourceValue | undefined {
  const own = memberNamed(whole, name, scope.source);
  if (own !== undefined) return own;
  const type = plainType(whole.type);
  if (type?.kind !== "struct") return undefined;
  const wrapped = wrappedBy(whole, scope);
  const ofView = wrapped?.name === name ? wrapped.value : undefined;
  return (
    ofView ??
    inVariant(whole, type, name, scope) ??
    (wrapped && findMember(structOf(wrapped.value, scope, 0), name, scope)) ??
    staticMember(type, name, scope)
  );
}

/** What a value of a wrapping type (`Rc`, `unique_ptr`) wraps. */
function wrappedBy(value: Value, scope: ExpressionScope): { readonly name: string; readonly value: Value } | undefined {
  const view = viewOf(value, scope.source);
  const name = view?.partNames?.[0];
  const content = view?.parts?.(0, 1)[0];
  return name === undefined || content === undefined ? undefined : { name, value: content };
}

/** A field of the variant that a Rust enum is now. */
function inVariant(
  whole: SourceValue,
  type: StructType,
  name: string,
  scope: ExpressionScope,
): SourceValue | undefined {
  const [part] = type.variantParts;
  const variant = part && activeVariant(whole, part, scope.source)?.members[0]?.name;
  const content = variant === undefined ? undefined : memberNamed(whole, variant, scope.source);
  return content && memberNamed(content, name, scope.source);
}

function staticMember({ qualifiedName }: StructType, name: string, scope: ExpressionScope): Value | undefined {
  return qualifiedName === undefined ? undefined : scope.names.variable(`${qualifiedName}::${name}`)?.(scope);
}

/** `whole[index]`, of arrays, of what pointers point to, and of slices and vectors. */
export function element(given: Value, indexValue: Value, scope: ExpressionScope, offset: number): Value {
  const { source } = scope;
  const whole = referred(given, source, offset);
  const { integer } = integerFor("[]", indexValue, source, offset);
  const index = Number(integer);
  const type = plainType(whole.type);
  const traits = traitsOf(whole.type);
  if (type?.kind === "array" && traits.kind === "array") {
    if (whole.place.kind === "memory") return elementAt(whole.place.address, traits.element, index);
    const count = type.dimensions[0]?.count ?? 0;
    if (index < 0 || index >= count) throw outOfBounds(index, count, offset);
    return elementOf(whole, type, index);
  }
  if (traits.kind === "pointer") {
    if (traits.target !== undefined && whole.type !== undefined && !isUnscaled(whole.type)) {
      return elementAt(readBits(whole, source, offset), complete(traits.target, scope), index);
    }
    throw new EvaluationFailure("an index needs a pointer that says what it points to, as in ((long*)rsp)[2]", offset);
  }
  const parts = partsOf(whole, source);
  const found = index >= 0 && index < parts.indexed ? parts.elements(index, 1)[0] : undefined;
  if (found !== undefined) return found.value;
  if (parts.indexed > 0 || isEmptyCollection(whole, scope)) throw outOfBounds(index, parts.indexed, offset);
  const wrapped = wrappedBy(whole, scope);
  if (wrapped !== undefined) return element(wrapped.value, indexValue, scope, offset);
  if (whole.place.kind === "unknown") throw unreadable(whole, offset);
  throw new EvaluationFailure(
    whole.type !== undefined && traits.kind !== "other"
      ? "an index needs a pointer that says what it points to, as in ((long*)rsp)[2]"
      : `${kindInWords(whole)} has no elements`,
    offset,
  );
}

function isEmptyCollection(value: Value, { source }: ExpressionScope): boolean {
  const view = viewOf(value, source);
  return view?.parts !== undefined && view.partNames === undefined;
}

function outOfBounds(index: number, count: number, offset: number): EvaluationFailure {
  const there = count === 1 ? "there is 1 element" : `there are ${count} elements`;
  return new EvaluationFailure(`the index ${index} is out of bounds: ${there}`, offset);
}

/** `*pointer`: of an address without a type, a signed word. */
export function pointedTo(given: Value, type: Type | undefined, scope: ExpressionScope, offset: number): Value {
  const value = referred(given, scope.source, offset);
  const traits = traitsOf(value.type);
  const wrapped = type === undefined && traits.kind === "other" ? wrappedBy(value, scope) : undefined;
  if (wrapped !== undefined) return wrapped.value;
  if (type === undefined && viewOf(value, scope.source)?.summary === "nullptr") {
    throw new EvaluationFailure("this pointer is null", offset);
  }
  const { integer, traits: read } = integerFor("*", value, scope.source, offset);
  const target = read.kind === "pointer" ? read.target : undefined;
  const found = type ?? (target && complete(target, scope));
  return { type: found ?? word, place: { kind: "memory", address: BigInt.asUintN(64, integer) } };
}
