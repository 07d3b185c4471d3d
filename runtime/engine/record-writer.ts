/** Writes decoded instructions as the records that the interpreter executes. */
import type { DecodedInstruction, DecodedOperand } from "../x86/decode.js";
import { allDefinitions, type InstructionDefinition } from "../x86/semantics/index.js";
import type { Width } from "../x86/value.js";
import type { CompiledInterpreter } from "./compiled-interpreter.js";
import type { EngineMemory } from "./engine-memory.js";
import { groupOf, type Handler, pseudoHandlers, rareHandler, specialisedHandler } from "./handlers.js";
import { record, state, vectorAddress } from "./layout.js";
import { siteField } from "./switch-layout.js";

const stackPointer = 4;
const framePointer = 5;
/** Instructions that write rSP by a rule of the stack; `pop %rsp` and `leave` load it and are not among them. */
const adjustingByConstant = new Set(["add", "sub", "inc", "dec"]);

/** An instruction's definition in the variant that fits its operands, and what executes it. */
export interface InstructionForm {
  readonly definition: InstructionDefinition;
  readonly widths: readonly Width[];
  readonly handler: Handler;
  /** See `touchesRest`. */
  readonly touchesRest: boolean;
}

export class RecordWriter {
  /** The forms of instructions, by name, kinds of operands and widths. */
  private readonly found = new Map<string, InstructionForm | undefined>();
  /** The same by `DecodedInstruction.shape`, which takes less time. */
  private readonly byShape = new Map<number, InstructionForm | undefined>();

  constructor(
    private readonly memory: EngineMemory,
    private readonly interpreter: CompiledInterpreter,
    /** Makes the code of a group of rare instructions exist. */
    private readonly load: (group: number) => void,
  ) {}

  /** Writes the record of `instruction` at `at`, and those around it that it needs. Returns the end. */
  writeInstruction(at: number, instruction: DecodedInstruction): number {
    const form = this.formOf(instruction);
    if (!form) {
      this.writePseudo(at, pseudoHandlers.invalid, instruction.address, instruction.length);
      return at + record.size;
    }
    const move = stackMoveOf(instruction, form.handler);
    if (move === "none") {
      this.writeRecord(at, form, instruction);
      return at + record.size;
    }
    this.writePseudo(at, pseudoHandlers.noteStack, instruction.address, instruction.length);
    this.writeRecord(at + record.size, form, instruction);
    const behind = instruction.address + BigInt(instruction.length);
    const check = at + 2 * record.size;
    this.writePseudo(check, pseudoHandlers.checkStack, behind, 0);
    // Where the switch happened, for the report.
    this.memory.data.setBigUint64(check + record.immediate, instruction.address, true);
    this.memory.bytes[check + siteField.isLoad] = move === "load" ? 1 : 0;
    return check + record.size;
  }

  /** A record that is no instruction; `address` is where it stands in the program. */
  writePseudo(at: number, handler: number, address: bigint, length: number): void {
    this.memory.bytes.fill(0, at, at + record.size);
    this.memory.data.setUint16(at + record.handler, handler, true);
    this.memory.data.setUint16(at + record.original, handler, true);
    this.memory.bytes[at + record.length] = length;
    this.memory.data.setUint32(at + record.address, Number(BigInt.asUintN(32, address)), true);
  }

  private writeRecord(at: number, { handler, touchesRest }: InstructionForm, instruction: DecodedInstruction): void {
    const { memory: reference, operands, segment } = instruction;
    this.writePseudo(at, handler.id, instruction.address, instruction.length);
    const { bytes, data } = this.memory;
    if (touchesRest) {
      if (handler.group === undefined) throw new Error(`${instruction.name} must not be a frequent instruction`);
      bytes[at + record.touchesRest] = 1;
    }
    const slot = (index: number | undefined) => (index === undefined ? state.zero - state.general : 8 * index);
    bytes[at + record.base] = slot(reference?.base);
    bytes[at + record.index] = slot(reference?.index);
    bytes[at + record.scale] = Math.log2(reference?.scale ?? 1);
    const segmentBase = segment === "fs" ? state.fsBase : segment === "gs" ? state.gsBase : state.zero;
    bytes[at + record.segment] = segmentBase - state.general;
    bytes[at + record.addressSize32] = instruction.addressSize32 ? 1 : 0;
    data.setBigInt64(at + record.displacement, reference?.displacement ?? 0n, true);
    let constants = 0;
    for (let position = 0; position < operands.length; position++) {
      const operand = operands[position];
      if (!operand) continue;
      const field = record.operands[position];
      if (field === undefined) throw new Error("an instruction has more than four operands");
      switch (operand.kind) {
        case "register":
          data.setUint32(at + field, state.general + 8 * operand.index + (operand.isHigh ? 1 : 0), true);
          break;
        case "vector":
          data.setUint32(at + field, vectorAddress(operand.index), true);
          break;
        case "mmx":
          data.setUint32(at + field, state.x87 + 16 * operand.index, true);
          break;
        case "memory":
          break;
        case "immediate": {
          // A second immediate (ENTER) takes the place of the displacement.
          const place = at + (constants++ === 0 ? record.immediate : record.displacement);
          data.setBigInt64(place, operand.value, true);
          if (position < 3) data.setUint32(at + field, place, true);
          break;
        }
        case "branch":
          data.setBigUint64(at + record.immediate, operand.target, true);
          break;
      }
    }
  }

  /** Undefined for what the engine does not have. */
  formOf(instruction: DecodedInstruction): InstructionForm | undefined {
    const { shape } = instruction;
    if (shape === undefined) return this.formByKey(instruction);
    let form = this.byShape.get(shape);
    if (form === undefined && !this.byShape.has(shape)) {
      form = this.formByKey(instruction);
      this.byShape.set(shape, form);
    }
    return form;
  }

  private formByKey(instruction: DecodedInstruction): InstructionForm | undefined {
    const { name, operands } = instruction;
    if (name === undefined) return undefined;
    const form = operands.map(letterOf).join("");
    const isPlain = !instruction.addressSize32 && instruction.segment === undefined;
    const key = `${name}/${form}/${operands.map((operand) => operand.width)}/${isPlain}`;
    if (!this.found.has(key)) {
      const found = this.findForm(instruction, name, form, isPlain);
      if (found?.handler.group !== undefined) this.load(found.handler.group);
      this.found.set(key, found);
    }
    return this.found.get(key);
  }

  private findForm(
    instruction: DecodedInstruction,
    name: string,
    form: string,
    isPlain: boolean,
  ): InstructionForm | undefined {
    const { operands } = instruction;
    const definition = allDefinitions().get(name);
    if (!definition) return undefined;
    for (const [number, variant] of definition.variants.entries()) {
      const { widths } = variant;
      const fits =
        widths.length === operands.length &&
        operands.every((operand, i) => fitsLetter(operand, variant.form[i], widths[i])) &&
        // Where the width is an immediate's only (strings, ENTER), it decides all the same.
        (operands[0]?.kind !== "immediate" || operands[0].width === widths[0] || operands.length !== 1);
      if (!fits) continue;
      const specialised = isPlain ? specialisedHandler(name, form, widths) : undefined;
      const id = specialised ?? rareHandler(definition, number);
      const handler = { id, writes: this.interpreter.writes(id), group: groupOf(id) };
      return { definition, widths, handler, touchesRest: touchesRest(instruction) };
    }
    return undefined;
  }
}

function fitsLetter(operand: DecodedOperand, letter: string | undefined, width: Width | undefined): boolean {
  if (operand.kind === "mmx" || letter === "q") return letter === letterOf(operand);
  if (letter === "x" && operand.kind === "vector") return operand.width === 16;
  if (letter === "x") return operand.kind === "memory" && operand.width === width;
  const fits = operand.kind === "immediate" || operand.width === width;
  return fits && (letter === "a" || letter === letterOf(operand));
}

function letterOf(operand: DecodedOperand): string {
  switch (operand.kind) {
    case "register":
    case "vector":
      return "r";
    case "mmx":
      return "q";
    case "memory":
      return "m";
    case "immediate":
      return "i";
    case "branch":
      return "b";
  }
}

/**
 * How an instruction may switch stacks: not at all; relative to rSP or rBP, which is looked at when it leaves the
 * window; or by a value from elsewhere, which is always looked at.
 */
export type StackMoveKind = "none" | "relative" | "load";

export function stackMoveOf(instruction: DecodedInstruction, handler: Handler): StackMoveKind {
  const { name, operands, memory } = instruction;
  if (name === "leave" || name === "leave16") return "relative";
  const writesStackPointer = operands.some(
    (operand, i) =>
      (handler.writes & (1 << i)) !== 0 &&
      operand.kind === "register" &&
      operand.index === stackPointer &&
      !operand.isHigh,
  );
  if (!writesStackPointer || name === undefined) return "none";
  const [, source] = operands;
  if (adjustingByConstant.has(name)) {
    return operands.length > 1 && source?.kind !== "immediate" ? "relative" : "none";
  }
  if (name === "and") return "relative";
  if (name === "lea" && memory?.base === stackPointer) return memory.index === undefined ? "none" : "relative";
  if (name === "lea" && memory?.base === framePointer) return "relative";
  return name === "mov" && source?.kind === "register" && source.index === framePointer ? "relative" : "load";
}

/** Instructions without such an operand that change x87, vector or segment state. */
const changingRest = /^(f|v|x87|xrstor|emms|ldmxcsr|wr[fg]sbase)/;

/** It may change registers other than the general ones and the flags: see `switching.restChanged`. */
export function touchesRest({ name = "", operands }: DecodedInstruction): boolean {
  return operands.some(({ kind }) => kind === "vector" || kind === "mmx") || changingRest.test(name);
}
