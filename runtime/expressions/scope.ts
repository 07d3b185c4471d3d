/** What an expression sees: names, the registers of a moment, the memory, and the green thread it is about. */
import type { ProgramSymbol } from "../base/program-image.js";
import type { Result } from "../base/result.js";
import { type GeneralRegister, generalRegisterNames, type Machine } from "../engine/machine.js";
import { readX87 } from "../engine/x87-registers.js";
import type { FrameValues } from "../object/dwarf/locate.js";
import type { Type } from "../object/dwarf/types.js";
import type { FrameRegisters, GreenThread } from "../threads/types.js";
import type { SourceValue, ValueSource } from "../values/source-value.js";
import type { RegisterName } from "./registers.js";

/** What an expression comes to: a value of the source's or of its own types. */
export type Value = SourceValue;

/** Gives the value of a name at each evaluation. */
export type NamedValue = (scope: ExpressionScope) => Value;

export interface VisibleName {
  readonly name: string;
  readonly kind: "parameter" | "local" | "member" | "global" | "enumerator";
}

/** What names mean at one place of the program. */
export interface Names {
  /** `DW_LANG_*` of the code; undefined where the source is not known (assembly). */
  readonly language: number | undefined;
  variable(name: string): NamedValue | undefined;
  type(name: string): Type | undefined;
  symbol(name: string): ProgramSymbol | undefined;
  /** The whole of a type that is only announced here. */
  definitionOf(type: Type): Type;
  /** A local variable, or a member of the object at hand, has the name. */
  hides(name: string): boolean;
  /** What can be named here, the nearest first, for completion. */
  visible(scope: ExpressionScope): Iterable<VisibleName>;
  /** Names that could have been meant, the nearest first. */
  near(): Iterable<string>;
}

export interface ExpressionScope {
  readonly names: Names;
  /** The whole register as an unsigned number; undefined where its value cannot be known. */
  register(name: RegisterName): bigint | undefined;
  readonly source: ValueSource;
  readonly thread: Pick<GreenThread, "id" | "name" | "slot" | "state" | "entryName"> | undefined;
  /** What the places of variables are computed from. */
  readonly frame: FrameValues | undefined;
  /**
   * What an expression sees in another frame: of the thread with that number, or of the same thread. The error is a
   * part of a sentence.
   */
  other(thread: number | undefined, frame: number): Result<ExpressionScope, string>;
}

/** Names where only symbols have any. */
export function symbolNames(symbol: Names["symbol"], variable: Names["variable"] = () => undefined): Names {
  return {
    language: undefined,
    variable,
    symbol,
    type: () => undefined,
    definitionOf: (type) => type,
    hides: () => false,
    visible: () => [],
    near: () => [],
  };
}

const generalIndex = new Map<string, number>(generalRegisterNames.map((name, index) => [name, index]));

/** A whole register of the processor as it is now, by name. */
export function machineRegister({ registers }: Machine, name: RegisterName): bigint | undefined {
  if (generalIndex.has(name)) return registers.general(name as GeneralRegister);
  switch (name) {
    case "rip":
      return registers.rip;
    case "rflags":
      return registers.flags;
    case "fs_base":
      return registers.fsBase;
    case "gs_base":
      return registers.gsBase;
    case "mxcsr":
      return BigInt(registers.mxcsr);
    default:
      if (name.startsWith("xmm")) return registers.xmm(Number(name.slice("xmm".length)));
      return readX87(registers.x87, name);
  }
}

/** A whole register of a frame, by name; undefined where it cannot be known. */
export function frameRegister(frame: FrameRegisters, name: RegisterName): bigint | undefined {
  const index = generalIndex.get(name);
  if (index !== undefined) return frame.general[index];
  switch (name) {
    case "rip":
      return frame.rip;
    case "rflags":
      return frame.full?.flags;
    case "fs_base":
      return frame.full?.fsBase;
    case "gs_base":
      return frame.full?.gsBase;
    case "mxcsr":
      return frame.full && BigInt(frame.full.mxcsr);
    default:
      if (name.startsWith("xmm")) return frame.full?.xmm[Number(name.slice("xmm".length))];
      return frame.full && readX87(frame.full.x87, name);
  }
}
