/** Symbols and the values that expressions have while a source is assembled. */
import type { SourceSpan } from "../base/source.js";
import type { Section } from "./section.js";
import type { BinaryOperator } from "./syntax.js";

/** A place in a section: bytes that are fixed, and how many parts of open size lie before it. */
export interface Location {
  readonly section: Section;
  readonly offset: number;
  readonly fragment: number;
}

/**
 * A value: `symbol − minus + constant`, or `operation + constant` for anything else that is not known yet. Without
 * symbols and operation it is a number.
 */
export interface Value {
  readonly constant: bigint;
  readonly symbol?: AssemblySymbol;
  readonly minus?: AssemblySymbol;
  readonly operation?: { readonly operator: BinaryOperator; readonly left: Value; readonly right: Value };
  /** What follows `@`: `PLT`, `GOTPCREL`, … */
  readonly modifier?: string;
}

export type SymbolState =
  | { readonly kind: "undefined" }
  | { readonly kind: "label"; readonly location: Location }
  /** Set by `.set`, `.equ` or `=`. */
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "common"; readonly size: bigint; readonly alignment: number };

export class AssemblySymbol {
  state: SymbolState = { kind: "undefined" };
  binding: "local" | "global" | "weak" = "local";
  /** `.local` or a binding directive was written. */
  isBindingExplicit = false;
  type: "none" | "function" | "object" | "tls" | "ifunc" = "none";
  visibility: "default" | "internal" | "hidden" | "protected" = "default";
  size: Value | undefined;
  /** Where it is defined. */
  definition: SourceSpan | undefined;
  /** Where it is first used. */
  firstUse: SourceSpan | undefined;
  /** A relocation names it, so that it must stand in the symbol table. */
  isNeeded = false;
  /** Guards against definitions in a circle. */
  isResolving = false;

  constructor(readonly name: string) {}

  get isDefined(): boolean {
    return this.state.kind !== "undefined";
  }
}

export const zero: Value = { constant: 0n };
export const constantValue = (constant: bigint): Value => ({ constant });
export const symbolValue = (symbol: AssemblySymbol, constant = 0n): Value => ({ symbol, constant });

export const isConstant = (value: Value): boolean =>
  value.symbol === undefined && value.minus === undefined && value.operation === undefined;

/** The symbols of a source; local numeric labels are kept apart. */
export class SymbolTable {
  readonly named = new Map<string, AssemblySymbol>();
  private readonly numericDefined = new Map<number, AssemblySymbol>();
  private readonly numericAhead = new Map<number, AssemblySymbol>();
  /** Forward references to numeric labels that were never defined. */
  get danglingNumeric(): Iterable<[number, AssemblySymbol]> {
    return this.numericAhead;
  }

  /** The symbol called `name`; made when it is new. */
  get(name: string): AssemblySymbol {
    let symbol = this.named.get(name);
    if (symbol === undefined) {
      symbol = new AssemblySymbol(name);
      this.named.set(name, symbol);
    }
    return symbol;
  }

  /** What `Nf` refers to: the next definition of label N. */
  numericForward(label: number): AssemblySymbol {
    let symbol = this.numericAhead.get(label);
    if (symbol === undefined) {
      symbol = new AssemblySymbol("");
      this.numericAhead.set(label, symbol);
    }
    return symbol;
  }

  /** What `Nb` refers to: the last definition of label N. */
  numericBackward(label: number): AssemblySymbol | undefined {
    return this.numericDefined.get(label);
  }

  /** Defines label N here; returns its symbol for the caller to place. */
  defineNumeric(label: number): AssemblySymbol {
    const symbol = this.numericAhead.get(label) ?? new AssemblySymbol("");
    this.numericAhead.delete(label);
    this.numericDefined.set(label, symbol);
    return symbol;
  }
}
