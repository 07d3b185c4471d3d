import type { CallerRegisters, CallFrameTables, FrameAddressRule, SavedRegister } from "../base/call-frame-tables.js";
import { CallFrames, generalRegisters, type RegisterRule, type UnwindRow } from "./call-frames.js";
import { evaluateValue } from "./dwarf/expression.js";
import type { ExpressionContext } from "./dwarf/location.js";
import type { ObjectFile } from "./object-file.js";

/** DWARF's numbers of registers that a called function preserves: what a table does not mention of them is unchanged. */
const preserved = [3, 6, 12, 13, 14, 15];
const stackPointer = 7;

/** The call frame tables of an ELF program. Nothing is read before it is asked for. */
export class ElfCallFrames implements CallFrameTables {
  #frames: CallFrames | undefined;

  /** `bias`: where the program is loaded, less where it was linked for. */
  constructor(
    private readonly object: () => ObjectFile,
    private readonly bias: number,
    /** What has `.debug_frame`, where that is another file. */
    private readonly debugObject = object,
  ) {}

  get notes(): readonly string[] {
    return this.#frames?.notes ?? [];
  }

  callerOf(
    address: number,
    register: (number: number) => bigint | undefined,
    memory: (address: bigint, size: number) => Uint8Array | undefined,
  ): CallerRegisters | undefined {
    const row = this.#rowAt(address);
    if (!row) return undefined;
    const context = contextOf(register, memory);
    const cfa = canonicalFrameAddress(row, context);
    if (cfa === undefined) return undefined;
    const registers: (SavedRegister | undefined)[] = new Array(16).fill(undefined);
    generalRegisters.forEach((general, number) => {
      const rule = row.registers.get(number);
      if (rule) registers[general] = saved(rule, cfa, number, context);
      else if (preserved.includes(number)) registers[general] = { kind: "register", number: general };
    });
    registers[generalRegisters[stackPointer] ?? 4] ??= { kind: "value", value: cfa };
    const returnRule = row.registers.get(row.returnAddress);
    return {
      canonicalFrameAddress: cfa,
      returnAddress: returnRule && valueAt(saved(returnRule, cfa, row.returnAddress, context), context),
      registers,
      isSignalFrame: row.isSignalFrame,
    };
  }

  frameAddressAt(address: number): FrameAddressRule | undefined {
    const row = this.#rowAt(address);
    return row && ((register, memory) => canonicalFrameAddress(row, contextOf(register, memory)));
  }

  #rowAt(address: number): UnwindRow | undefined {
    this.#frames ??= new CallFrames(this.object(), this.bias, this.debugObject());
    return this.#frames.at(address);
  }
}

/** What expressions of the tables ask of a frame whose registers have the hardware's numbers. */
function contextOf(
  register: (number: number) => bigint | undefined,
  memory: (address: bigint, size: number) => Uint8Array | undefined,
): ExpressionContext {
  return {
    register: (number) => {
      const general = generalRegisters[number];
      return general === undefined ? undefined : register(general);
    },
    memory,
  };
}

function canonicalFrameAddress({ cfa }: UnwindRow, context: ExpressionContext): bigint | undefined {
  switch (cfa?.kind) {
    case undefined:
      return undefined;
    case "expression":
      return evaluateValue(cfa.expression, undefined, context);
    case "register": {
      const base = context.register?.(cfa.register);
      return base === undefined ? undefined : BigInt.asUintN(64, base + BigInt(cfa.offset));
    }
  }
}

/** Where a rule says that a register's value is; `number` is DWARF's. */
function saved(rule: RegisterRule, cfa: bigint, number: number, context: ExpressionContext): SavedRegister | undefined {
  switch (rule.kind) {
    case "undefined":
      return undefined;
    case "same":
      return inRegister(number);
    case "register":
      return inRegister(rule.register);
    case "offset":
      return { kind: "memory", address: BigInt.asUintN(64, cfa + BigInt(rule.offset)) };
    case "value-offset":
      return { kind: "value", value: BigInt.asUintN(64, cfa + BigInt(rule.offset)) };
    case "expression": {
      const address = evaluateValue(rule.expression, undefined, context, [cfa]);
      return address === undefined ? undefined : { kind: "memory", address };
    }
    case "value-expression": {
      const value = evaluateValue(rule.expression, undefined, context, [cfa]);
      return value === undefined ? undefined : { kind: "value", value };
    }
  }
}

function inRegister(number: number): SavedRegister | undefined {
  const general = generalRegisters[number];
  return general === undefined ? undefined : { kind: "register", number: general };
}

function valueAt(place: SavedRegister | undefined, context: ExpressionContext): bigint | undefined {
  switch (place?.kind) {
    case undefined:
      return undefined;
    case "value":
      return place.value;
    case "register":
      return context.register?.(generalRegisters.indexOf(place.number));
    case "memory": {
      const bytes = context.memory?.(place.address, 8);
      return bytes && new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    }
  }
}
