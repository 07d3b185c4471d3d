/**
 * What is in a unit, found by one pass over its entries: functions with code, what encloses what, and the places of
 * global variables and named types. Nothing of the entries is kept but where they are.
 */
import { MalformedData } from "../byte-cursor.js";
import { AddressMap } from "./address-map.js";
import * as dw from "./constants.js";
import { Entry, skipValues } from "./entry.js";
import * as op from "./operations.js";
import { rangesOf } from "./ranges.js";
import type { Unit } from "./unit.js";

/** An entry that names things within it: a namespace, a type, a function. */
interface EnclosingScope {
  readonly offset: number;
  /** Exclusive. */
  end: number;
  /** Index of the scope around it, or −1. */
  readonly parent: number;
}

const typeTags: ReadonlySet<number> = new Set([
  dw.DW_TAG_structure_type,
  dw.DW_TAG_class_type,
  dw.DW_TAG_union_type,
  dw.DW_TAG_enumeration_type,
  dw.DW_TAG_typedef,
  dw.DW_TAG_base_type,
  dw.DW_TAG_unspecified_type,
]);

const namingTags: ReadonlySet<number> = new Set([
  dw.DW_TAG_namespace,
  dw.DW_TAG_module,
  dw.DW_TAG_subprogram,
  dw.DW_TAG_structure_type,
  dw.DW_TAG_class_type,
  dw.DW_TAG_union_type,
  dw.DW_TAG_interface_type,
  dw.DW_TAG_enumeration_type,
]);

export class UnitContents {
  /** Offsets of the functions that have code. */
  readonly functions: number[] = [];
  /** Offsets of all places where a function was inlined. */
  readonly inlined: number[] = [];
  /** Offsets of the variables outside of functions, and of static ones inside. */
  readonly globals: number[] = [];
  /** Offsets of the types that may have a name. */
  readonly types: number[] = [];
  /** Offsets of all enumerations, those without a name included. */
  readonly enumerations: number[] = [];
  /** Index into `functions` by address. */
  readonly byAddress: AddressMap;
  readonly #scopes: EnclosingScope[] = [];

  constructor(readonly unit: Unit) {
    const ranges: { start: number; end: number; value: number }[] = [];
    try {
      this.#scan((entry) => {
        const own = rangesOf(entry);
        if (own.length === 0) return;
        for (const range of own) ranges.push({ ...range, value: this.functions.length });
        this.functions.push(entry.offset);
      });
    } catch (error) {
      if (!(error instanceof MalformedData)) throw error;
      unit.file.note(`the debug information of ${unit.name ?? "a unit"} is damaged: a part of it is missing`);
    }
    this.byAddress = new AddressMap(ranges);
  }

  /** Offset of the entry that the one at `offset` lies in and is named by; undefined at the top. */
  enclosing(offset: number): number | undefined {
    const scopes = this.#scopes;
    let low = 0;
    let high = scopes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((scopes[middle]?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    let index = low - 1;
    while (index >= 0 && (scopes[index]?.end ?? 0) <= offset) index = scopes[index]?.parent ?? -1;
    return scopes[index]?.offset;
  }

  #scan(noteFunction: (entry: Entry) => void): void {
    const { unit } = this;
    const { cursor, abbreviations } = unit;
    const root = unit.root;
    if (!root.abbreviation.hasChildren) return;
    let at = root.end;
    // For each open entry the index of its scope, or −1 where it names nothing.
    const open: number[] = [-1];
    let innermost = -1;
    // How many of the open entries are functions, the abstract ones included.
    const functions: number[] = [];
    while (open.length > 0 && at < unit.end) {
      cursor.position = at;
      const code = cursor.uleb();
      if (code === 0) {
        at = cursor.position;
        if (functions.at(-1) === open.length) functions.pop();
        const closed = open.pop() ?? -1;
        const scope = this.#scopes[closed];
        if (scope) {
          scope.end = at;
          innermost = scope.parent;
        }
        continue;
      }
      const abbreviation = abbreviations.get(code);
      if (!abbreviation) throw new MalformedData(`abbreviation ${code} is missing`);
      const { tag, attributes, hasChildren } = abbreviation;
      skipValues(abbreviation, unit);
      const next = cursor.position;
      if (tag === dw.DW_TAG_subprogram) {
        if (attributes.includes(dw.DW_AT_low_pc) || attributes.includes(dw.DW_AT_ranges)) {
          noteFunction(Entry.at(unit, at));
        }
      } else if (tag === dw.DW_TAG_inlined_subroutine) this.inlined.push(at);
      else if (tag === dw.DW_TAG_variable) {
        const isNamed = attributes.includes(dw.DW_AT_name) || attributes.includes(dw.DW_AT_specification);
        if (isNamed) this.#noteVariable(at, functions.length > 0);
      }
      if (tag === dw.DW_TAG_enumeration_type && hasChildren) this.enumerations.push(at);
      if (typeTags.has(tag) && attributes.includes(dw.DW_AT_name)) this.types.push(at);
      if (hasChildren) {
        if (namingTags.has(tag)) {
          this.#scopes.push({ offset: at, end: unit.end, parent: innermost });
          innermost = this.#scopes.length - 1;
          open.push(innermost);
        } else open.push(-1);
        if (tag === dw.DW_TAG_subprogram) functions.push(open.length);
      }
      at = next;
    }
  }

  /** Outside of functions a variable is global if it is more than declared; inside, if it is at a fixed address. */
  #noteVariable(offset: number, isInFunction: boolean): void {
    const entry = Entry.at(this.unit, offset);
    const expression = entry.block(dw.DW_AT_location);
    const first = expression?.[0];
    const isFixed = first === op.DW_OP_addr || first === op.DW_OP_addrx || first === op.DW_OP_GNU_addr_index;
    const isPlaced = expression !== undefined || entry.has(dw.DW_AT_const_value);
    if (isInFunction ? isFixed || isThreadLocal(expression) : isPlaced) this.globals.push(offset);
  }
}

/** The last operation of a thread-local variable's location says so. */
function isThreadLocal(expression: Uint8Array | undefined): boolean {
  const last = expression?.at(-1);
  return last === op.DW_OP_form_tls_address || last === op.DW_OP_GNU_push_tls_address;
}
