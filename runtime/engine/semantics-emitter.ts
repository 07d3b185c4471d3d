/**
 * Turns recorded semantics into WebAssembly: what interpreter and compiled code have in common. Pure values are
 * computed where they are used, or once into a local; what only a back end knows (where registers, flags and operands
 * are, how memory is checked, how an instruction ends) is left to the subclass.
 */
import { operations, type ValueType } from "../x86/operations.js";
import {
  type FlagSource,
  type FloatMode,
  type HelperName,
  type MemoryAccess,
  type Node,
  type Statement,
  stateWidth,
  type Value,
  type Width,
} from "../x86/value.js";
import { flagKinds, state } from "./layout.js";
import type { Subroutines } from "./subroutines.js";
import { type FunctionWriter, op, typeCodes } from "./wasm-writer.js";

/** Locals for values that live no longer than an instruction: first index and number, by type. */
export interface ScratchLocals {
  readonly i32: readonly [number, number];
  readonly i64: readonly [number, number];
  readonly v128: readonly [number, number];
}

/** The four parts of the lazily kept flags. */
export type FlagPart = "kind" | "a" | "b" | "result";

/** Indexes of the functions that instructions call: those that are TypeScript, and the subroutines of the semantics. */
export interface HelperFunctions {
  readonly helpers: Readonly<Record<HelperName, number>>;
  readonly vectorHelper: number;
  readonly subroutines: Subroutines;
}

/** Bits of MXCSR. */
const mxcsrModes = {
  roundsToNearest: { mask: 0x7000, value: 0x1000 },
  precisionNoted: { mask: 0x20, value: 0x20 },
} as const satisfies Record<FloatMode, unknown>;

export abstract class SemanticsEmitter {
  private used: Record<ValueType, number> = { i32: 0, i64: 0, v128: 0 };
  /** Scratch locals for vectors that an instruction needed at the most. */
  mostVectors = 0;

  constructor(
    protected readonly code: FunctionWriter,
    private readonly scratch: ScratchLocals,
    private readonly helpers?: HelperFunctions,
  ) {}

  /** The scratch locals are free again. */
  protected startInstruction(): void {
    this.used = { i32: 0, i64: 0, v128: 0 };
  }

  protected newLocal(type: ValueType): number {
    const [first, count] = this.scratch[type];
    const index = this.used[type]++;
    if (index >= count) throw new Error(`more than ${count} scratch locals of type ${type} are needed`);
    if (type === "v128") this.mostVectors = Math.max(this.mostVectors, index + 1);
    return first + index;
  }

  /** How many scratch locals the instruction at hand has taken. */
  protected usedLocals(type: ValueType): number {
    return this.used[type];
  }

  statements(list: readonly Statement[]): void {
    for (const statement of list) this.statement(statement);
  }

  protected statement(statement: Statement): void {
    const { code } = this;
    switch (statement.kind) {
      case "value":
        this.placeValue(statement.value);
        return;
      case "setVariable": {
        const { variable, value } = statement;
        if (variable.local < 0) variable.local = this.newLocal(variable.type);
        this.value(value);
        code.set(variable.local);
        return;
      }
      case "if": {
        this.value(statement.condition);
        code.open(op.if);
        this.scoped(statement.yes, () => this.statements(statement.yes));
        if (statement.no.length > 0) {
          code.else();
          this.scoped(statement.no, () => this.statements(statement.no));
        }
        code.end();
        return;
      }
      case "loop": {
        const label = code.open(op.loop);
        this.scoped(statement.body, () => {
          this.statements(statement.body);
          this.value(statement.again);
        });
        code.branch(label, op.brIf);
        code.end();
        return;
      }
      case "check":
        this.check(statement.access);
        return;
      case "setState":
        code.i32(0);
        this.value(statement.value);
        code.memory(storeOpcode(stateWidth(statement.field)), state[statement.field]);
        return;
      case "setX87Register":
        this.x87Place(statement.index);
        this.value(statement.value);
        code.memory(op.v128Store, state.x87);
        return;
      case "flags":
        this.setFlags(statement.source);
        return;
      case "store":
        this.value(statement.address);
        code.opcode(operations["i32.wrap_i64"][0]);
        this.value(statement.value);
        code.memory(storeOpcode(statement.width), statement.offset);
        return;
      default:
        this.ownStatement(statement);
        return;
    }
  }

  /** Emits `list` by `emit`; the locals of what is computed in it are free again behind it, those of variables are not. */
  private scoped(list: readonly Statement[], emit: () => void): void {
    this.reserveVariables(list);
    const before = { ...this.used };
    emit();
    this.used = before;
  }

  private reserveVariables(list: readonly Statement[]): void {
    for (const statement of list) {
      if (statement.kind === "setVariable") {
        const { variable } = statement;
        if (variable.local < 0) variable.local = this.newLocal(variable.type);
      } else if (statement.kind === "if") {
        this.reserveVariables(statement.yes);
        this.reserveVariables(statement.no);
      } else if (statement.kind === "loop") this.reserveVariables(statement.body);
    }
  }

  /** Leaves `value` on the stack. */
  protected value(value: Value): void {
    if (value.local >= 0) this.code.get(value.local);
    else this.compute(value);
  }

  private placeValue(value: Value): void {
    const { node } = value;
    const isPure =
      node.kind === "operation" ||
      node.kind === "select" ||
      node.kind === "shuffle" ||
      node.kind === "lane" ||
      node.kind === "splat" ||
      node.kind === "call" ||
      node.kind === "replaceLane";
    if (value.uses === 0 || (isPure && value.uses === 1)) return;
    this.keep(value);
  }

  /** Computes `value` into a local of its own. */
  protected keep(value: Value): void {
    this.compute(value);
    value.local = this.newLocal(value.type);
    this.code.set(value.local);
  }

  /** Pushes `value`, which is in no local. */
  protected compute(value: Value): void {
    const { code } = this;
    const { node } = value;
    switch (node.kind) {
      case "constant":
        value.type === "i32" ? code.i32(Number(node.value)) : code.i64(node.value);
        return;
      case "operation":
        for (const input of node.inputs) this.value(input);
        code.opcode(operations[node.name][0]);
        return;
      case "select":
        this.value(node.yes);
        this.value(node.no);
        this.value(node.condition);
        code.opcode(op.select);
        return;
      case "shuffle":
        this.value(node.first);
        this.value(node.second);
        code.opcode(op.i8x16Shuffle);
        for (const lane of node.lanes) code.byte(lane);
        return;
      case "lane":
        this.value(node.vector);
        code.opcode(op.i64x2ExtractLane);
        code.byte(node.lane);
        return;
      case "splat":
        this.value(node.half);
        code.opcode(op.i64x2Splat);
        return;
      case "replaceLane":
        this.value(node.vector);
        this.value(node.half);
        code.opcode(op.i64x2ReplaceLane);
        code.byte(node.lane);
        return;
      case "load":
        this.value(node.address);
        code.opcode(operations["i32.wrap_i64"][0]);
        code.memory(loadOpcode(node.width, node.signed), node.offset);
        return;
      case "getVariable":
        code.get(node.variable.local);
        return;
      case "state":
        code.i32(0);
        code.memory(loadOpcode(stateWidth(node.field), false), state[node.field]);
        return;
      case "x87Register":
        this.x87Place(node.index);
        code.memory(op.v128Load, state.x87);
        return;
      case "floatMode":
        this.floatMode(node.mode);
        return;
      case "call":
        for (const input of node.inputs) this.value(input);
        code.call(this.imported.subroutines[node.name]);
        return;
      case "helper":
        for (const input of node.inputs) this.value(input);
        code.call(this.imported.helpers[node.name]);
        return;
      case "vectorHelper":
        for (const [address, vector] of [
          [state.helperFirst, node.first],
          [state.helperSecond, node.second],
          [state.helperThird, node.third],
        ] as const) {
          if (!vector) continue;
          code.i32(0);
          this.value(vector);
          code.memory(op.v128Store, address);
        }
        code.i32(node.id);
        this.value(node.control);
        code.call(this.imported.vectorHelper);
        return;
      case "helperResult":
        code.i32(0);
        code.memory(op.v128Load, state.helperResult);
        return;
      default:
        this.ownValue(node);
        return;
    }
  }

  private get imported(): HelperFunctions {
    if (!this.helpers) throw new Error("helpers are called where none are imported");
    return this.helpers;
  }

  /** Pushes where the register is, relative to the first. */
  private x87Place(index: Value): void {
    this.value(index);
    this.code.opcode(operations["i32.wrap_i64"][0]);
    this.code.i32(4);
    this.code.opcode(operations["i32.shl"][0]);
  }

  protected floatMode(mode: FloatMode): void {
    const { code } = this;
    const { mask, value } = mxcsrModes[mode];
    code.i32(0);
    code.memory(op.i32Load, state.mxcsr);
    code.i32(mask);
    code.opcode(operations["i32.and"][0]);
    code.i32(value);
    code.opcode(operations["i32.eq"][0]);
  }

  /** Notes what the flags follow from. */
  protected setFlags(source: FlagSource): void {
    const set = (part: FlagPart, value: Value) => this.setFlagPart(part, () => this.value(value));
    this.setFlagPart("kind", () => this.code.i32(flagKinds[source.kind]));
    switch (source.kind) {
      case "add":
      case "subtract":
      case "subtractWithBorrow":
        set("a", source.a);
        set("b", source.b);
        set("result", source.result);
        return;
      case "increment":
      case "decrement":
        set("a", source.a);
        set("b", source.carry);
        set("result", source.result);
        return;
      case "result":
        set("a", source.others);
        set("result", source.result);
        return;
      case "explicit":
        set("a", source.bits);
        return;
    }
  }

  /** An `if` with a result; both branches leave a value of `type`. */
  protected ifElse(type: ValueType, yes: () => void, no: () => void): void {
    this.code.open(op.if, typeCodes[type]);
    yes();
    this.code.else();
    no();
    this.code.end();
  }

  /** Raises the fault of an access that is not allowed, before anything has changed. */
  protected abstract check(access: MemoryAccess): void;
  /** Takes the part from `emit`. */
  protected abstract setFlagPart(part: FlagPart, emit: () => void): void;
  protected abstract ownStatement(statement: Statement): void;
  protected abstract ownValue(node: Node): void;
}

export function loadOpcode(width: Width, signed: boolean): number {
  switch (width) {
    case 1:
      return signed ? op.i64Load8S : op.i64Load8U;
    case 2:
      return signed ? op.i64Load16S : op.i64Load16U;
    case 4:
      return signed ? op.i64Load32S : op.i64Load32U;
    case 8:
      return op.i64Load;
    case 16:
      return op.v128Load;
    case 32:
      throw new Error("32 bytes are loaded by halves");
  }
}

export function storeOpcode(width: Width): number {
  switch (width) {
    case 1:
      return op.i64Store8;
    case 2:
      return op.i64Store16;
    case 4:
      return op.i64Store32;
    case 8:
      return op.i64Store;
    case 16:
      return op.v128Store;
    case 32:
      throw new Error("32 bytes are stored by halves");
  }
}
