/** The call frame instructions (DWARF 5, section 6.4.2), carried out: how to get at the caller's registers, by address. */
import { ByteCursor, MalformedData } from "../byte-cursor.js";
import { type CommonEntry, type FrameSection, type FunctionEntry, readEncoded } from "./call-frame-records.js";

/** How the canonical frame address (CFA, `rsp` before the call) is found. Registers have DWARF's numbers. */
export type CfaRule =
  | { readonly kind: "register"; readonly register: number; readonly offset: number }
  | { readonly kind: "expression"; readonly expression: Uint8Array };

/** How the value that a register has in the caller is found. */
export type RegisterRule =
  /** It is lost. */
  | { readonly kind: "undefined" }
  /** It is still in the register. */
  | { readonly kind: "same" }
  /** It is in memory at CFA + offset. */
  | { readonly kind: "offset"; readonly offset: number }
  /** It is CFA + offset. */
  | { readonly kind: "value-offset"; readonly offset: number }
  /** It is in that register. */
  | { readonly kind: "register"; readonly register: number }
  /** It is in memory where the expression says; the CFA is on the expression's stack at first. */
  | { readonly kind: "expression"; readonly expression: Uint8Array }
  /** It is what the expression says; the CFA is on the expression's stack at first. */
  | { readonly kind: "value-expression"; readonly expression: Uint8Array };

/** The rules for the instructions from `start` up to `end` (exclusive), addresses as the file has them. */
export interface CallFrameRow {
  readonly start: number;
  readonly end: number;
  /** Undefined where the records say nothing. */
  readonly cfa: CfaRule | undefined;
  /** By DWARF's number; what is not in here, nothing is said about (callee-saved registers are unchanged then). */
  readonly registers: ReadonlyMap<number, RegisterRule>;
  /** Bytes of arguments on the stack for a call that may throw (`DW_CFA_GNU_args_size`). */
  readonly argumentsSize: number;
}

/** Nobody nests that deep; a file that does is damaged. */
const mostStates = 1024;

interface State {
  cfa: CfaRule | undefined;
  registers: Map<number, RegisterRule>;
}

/** All rows of a function, in order; those of no length are left out. */
export function rowsOf(section: FrameSection, entry: FunctionEntry): CallFrameRow[] {
  const { common } = entry;
  const machine = new FrameMachine(section, common, entry.low);
  machine.run(common.start, common.end);
  machine.keepInitial();
  machine.run(entry.start, entry.end);
  return machine.finish(entry.high);
}

class FrameMachine {
  readonly #rows: CallFrameRow[] = [];
  readonly #states: State[] = [];
  #state: State = { cfa: undefined, registers: new Map() };
  #initial: ReadonlyMap<number, RegisterRule> = new Map();
  #location: number;
  #argumentsSize = 0;

  constructor(
    readonly section: FrameSection,
    readonly common: CommonEntry,
    low: number,
  ) {
    this.#location = low;
  }

  keepInitial(): void {
    this.#initial = new Map(this.#state.registers);
  }

  finish(end: number): CallFrameRow[] {
    this.#advanceTo(end);
    return this.#rows;
  }

  run(start: number, end: number): void {
    const cursor = new ByteCursor(this.section.bytes, start, end);
    while (!cursor.isAtEnd) {
      const byte = cursor.u8();
      const operand = byte & 0x3f;
      if (byte >> 6 === 1) this.#advance(operand);
      else if (byte >> 6 === 2) this.#setOffset(operand, cursor.uleb() * this.common.dataAlignment);
      else if (byte >> 6 === 3) this.#restore(operand);
      else this.#execute(operand, cursor);
    }
  }

  #execute(opcode: number, cursor: ByteCursor): void {
    const { dataAlignment } = this.common;
    const state = this.#state;
    switch (opcode) {
      case 0x00: // nop
        return;
      case 0x01: // set_loc
        this.#advanceTo(readEncoded(this.section, cursor, this.common.addressEncoding) ?? this.#location);
        return;
      case 0x02: // advance_loc1
        this.#advance(cursor.u8());
        return;
      case 0x03: // advance_loc2
        this.#advance(cursor.u16());
        return;
      case 0x04: // advance_loc4
        this.#advance(cursor.u32());
        return;
      case 0x05: // offset_extended
        this.#setOffset(cursor.uleb(), cursor.uleb() * dataAlignment);
        return;
      case 0x06: // restore_extended
        this.#restore(cursor.uleb());
        return;
      case 0x07: // undefined
        state.registers.set(cursor.uleb(), { kind: "undefined" });
        return;
      case 0x08: // same_value
        state.registers.set(cursor.uleb(), { kind: "same" });
        return;
      case 0x09: // register
        state.registers.set(cursor.uleb(), { kind: "register", register: cursor.uleb() });
        return;
      case 0x0a: // remember_state
        if (this.#states.length >= mostStates) throw new MalformedData("call frame states are nested too deeply");
        this.#states.push({ cfa: state.cfa, registers: new Map(state.registers) });
        return;
      case 0x0b: // restore_state
        this.#state = this.#states.pop() ?? state;
        return;
      case 0x0c: // def_cfa
        state.cfa = { kind: "register", register: cursor.uleb(), offset: cursor.uleb() };
        return;
      case 0x0d: // def_cfa_register
        state.cfa = { kind: "register", register: cursor.uleb(), offset: this.#cfaOffset };
        return;
      case 0x0e: // def_cfa_offset
        state.cfa = { kind: "register", register: this.#cfaRegister, offset: cursor.uleb() };
        return;
      case 0x0f: // def_cfa_expression
        state.cfa = { kind: "expression", expression: cursor.take(cursor.uleb()) };
        return;
      case 0x10: // expression
        state.registers.set(cursor.uleb(), { kind: "expression", expression: cursor.take(cursor.uleb()) });
        return;
      case 0x11: // offset_extended_sf
        this.#setOffset(cursor.uleb(), cursor.sleb() * dataAlignment);
        return;
      case 0x12: // def_cfa_sf
        state.cfa = { kind: "register", register: cursor.uleb(), offset: cursor.sleb() * dataAlignment };
        return;
      case 0x13: // def_cfa_offset_sf
        state.cfa = { kind: "register", register: this.#cfaRegister, offset: cursor.sleb() * dataAlignment };
        return;
      case 0x14: // val_offset
        state.registers.set(cursor.uleb(), { kind: "value-offset", offset: cursor.uleb() * dataAlignment });
        return;
      case 0x15: // val_offset_sf
        state.registers.set(cursor.uleb(), { kind: "value-offset", offset: cursor.sleb() * dataAlignment });
        return;
      case 0x16: // val_expression
        state.registers.set(cursor.uleb(), { kind: "value-expression", expression: cursor.take(cursor.uleb()) });
        return;
      case 0x1d: // MIPS_advance_loc8
        this.#advance(cursor.offset64());
        return;
      case 0x2d: // GNU_window_save: of another processor
        return;
      case 0x2e: // GNU_args_size
        this.#argumentsSize = cursor.uleb();
        return;
      case 0x2f: // GNU_negative_offset_extended
        this.#setOffset(cursor.uleb(), -cursor.uleb() * dataAlignment);
        return;
      default:
        throw new MalformedData(`call frame instruction 0x${opcode.toString(16)} is not known`);
    }
  }

  get #cfaOffset(): number {
    return this.#state.cfa?.kind === "register" ? this.#state.cfa.offset : 0;
  }

  get #cfaRegister(): number {
    return this.#state.cfa?.kind === "register" ? this.#state.cfa.register : 7;
  }

  #setOffset(register: number, offset: number): void {
    this.#state.registers.set(register, { kind: "offset", offset });
  }

  #restore(register: number): void {
    const rule = this.#initial.get(register);
    if (rule) this.#state.registers.set(register, rule);
    else this.#state.registers.delete(register);
  }

  #advance(delta: number): void {
    this.#advanceTo(this.#location + delta * this.common.codeAlignment);
  }

  #advanceTo(location: number): void {
    if (location > this.#location) {
      const { cfa, registers } = this.#state;
      const [start, argumentsSize] = [this.#location, this.#argumentsSize];
      this.#rows.push({ start, end: location, cfa, registers: new Map(registers), argumentsSize });
    }
    this.#location = location;
  }
}
