/**
 * Where the processor will be once a routine that has given `rsp` another value is done: its last instructions are
 * followed with the values that registers and stack have now. Nothing is executed.
 */
import { guestAddress } from "../base/guest-address.js";
import type { GuestMemory, KeptRegisters, Machine } from "../engine/machine.js";
import type { FunctionTable } from "./unwind/function-table.js";
import {
  type InstructionFacts,
  type InstructionReader,
  maximumInstructionLength,
  type Operand,
  type RegisterNumber,
} from "./unwind/instruction-facts.js";

/** The end of a switch routine: by a return, a jump, or a call of what the stack was made for. */
export interface Landing {
  readonly kind: "return" | "jump" | "call";
  readonly address: number;
  /** `rsp` there. */
  readonly pointer: number;
  /** It is the beginning of a function: what was never there before. */
  readonly isStart: boolean;
  /** The function that begins there, when only a trampoline is before it. */
  readonly entry: number;
}

/** Routines that switch stacks are short; no more is followed. */
const mostInstructions = 96;
const mostBranches = 4;
const mostTrampolineInstructions = 8;
const stackPointer: RegisterNumber = 4;
const framePointer: RegisterNumber = 5;
const runLength = 16;

export class PathAhead {
  readonly #runs = new Map<number, readonly InstructionFacts[]>();
  #codeVersion = -1;
  /** Used again. */
  #kept: KeptRegisters | undefined;

  constructor(
    readonly machine: Machine,
    readonly reader: InstructionReader,
    readonly table: FunctionTable,
  ) {}

  /** From the instruction that is next on; undefined where the code does not say. */
  landing(): Landing | undefined {
    const { registers } = this.machine;
    const kept = registers.keep(this.#kept);
    this.#kept = kept;
    const values: (number | undefined)[] = [];
    for (let number = 0; number < 16; number++) values.push(asNumber(kept.generalNumber(number)));
    return this.landingOf(registers.instructionPointer, values);
  }

  /** The same for a thread of the system that will begin with these registers. */
  landingOf(rip: number, general: readonly (number | undefined)[]): Landing | undefined {
    if (this.machine.codeVersion !== this.#codeVersion) {
      this.#runs.clear();
      this.#codeVersion = this.machine.codeVersion;
    }
    const walk = new Walk([...general], new Map(), this.machine.memory);
    const end = this.#follow(rip, walk, mostInstructions, mostBranches);
    if (!end) return undefined;
    const isStart = end.kind === "call" || this.#isStart(end.address);
    return { ...end, isStart, entry: this.#entryBehind(end, walk, isStart) };
  }

  #entryBehind(end: End, walk: Walk, isStart: boolean): number {
    if (end.kind === "call" || this.#isBehindCall(end.address)) {
      return isStart ? end.address : (this.table.containing(BigInt(end.address))?.start ?? end.address);
    }
    // A trampoline leads to a function at once.
    const next = this.#follow(end.address, end.walk ?? walk, mostTrampolineInstructions, 0);
    if (next && this.#isStart(next.address) && (next.kind === "jump" || !isStart)) return next.address;
    return isStart ? end.address : (this.table.containing(BigInt(end.address))?.start ?? end.address);
  }

  #isStart(address: number): boolean {
    return this.table.startingAt(BigInt(address)) !== undefined;
  }

  /** Bytes before it are a call, by its usual opcodes. */
  #isBehindCall(address: number): boolean {
    const bytes = this.machine.memory.read(guestAddress(address - 7), 7);
    return bytes.length === 7 && (bytes[2] === 0xe8 || [0, 1, 3, 4, 5].some((at) => bytes[at] === 0xff));
  }

  #follow(start: number, first: Walk, most: number, branches: number): End | undefined {
    let address = start;
    const walk = first;
    for (let left = most; left > 0; left--) {
      const facts = this.#factsAt(address);
      if (!facts) return undefined;
      const next = address + facts.length;
      const { flow } = facts;
      switch (flow.kind) {
        case "next":
          if (!walk.execute(facts)) return undefined;
          address = next;
          break;
        case "jump":
          address = flow.target;
          break;
        case "branch": {
          if (branches === 0) return undefined;
          branches--;
          const found = this.#follow(next, walk.copy(), left, branches);
          if (found) return found;
          address = flow.target;
          break;
        }
        case "return": {
          const target = walk.pop();
          return endAt("return", target, walk);
        }
        case "indirectJump":
          return endAt("jump", walk.valueOf(facts.operands[0]), walk);
        case "call": {
          const target = flow.target ?? walk.valueOf(facts.operands[0]);
          walk.push(next);
          return endAt("call", target, walk);
        }
        case "end":
          return undefined;
      }
    }
    return undefined;
  }

  #factsAt(address: number): InstructionFacts | undefined {
    const run = this.#runs.get(address);
    if (run) return run[0];
    const bytes = this.machine.memory.read(guestAddress(address), runLength * maximumInstructionLength);
    const read = this.reader.read(bytes, address, runLength);
    for (const [index, facts] of read.entries()) this.#runs.set(facts.address, read.slice(index, index + 1));
    if (!read[0] || this.machine.memory.permissionsAt(guestAddress(address))?.execute !== true) return undefined;
    return read[0];
  }
}

interface End {
  readonly kind: Landing["kind"];
  readonly address: number;
  readonly pointer: number;
  readonly walk?: Walk;
}

function endAt(kind: Landing["kind"], address: number | undefined, walk: Walk): End | undefined {
  const pointer = walk.pointer;
  if (address === undefined || pointer === undefined || !walk.isExecutable(address)) return undefined;
  return { kind, address, pointer, walk };
}

/** Registers and stack on the way, as far as they are known. */
class Walk {
  constructor(
    private readonly values: (number | undefined)[],
    private readonly written: Map<number, number | undefined>,
    private readonly memory: GuestMemory,
  ) {}

  copy(): Walk {
    return new Walk([...this.values], new Map(this.written), this.memory);
  }

  get pointer(): number | undefined {
    return this.values[stackPointer];
  }

  isExecutable(address: number): boolean {
    return address >= 0 && this.memory.permissionsAt(guestAddress(address))?.execute === true;
  }

  /** False: it gives `rsp` a value that is not known, or one of a frame, which no switch routine has. */
  execute(facts: InstructionFacts): boolean {
    const [first, second] = facts.operands;
    switch (facts.operation) {
      case "push":
        this.push(this.valueOf(first));
        return true;
      case "pop":
        this.assign(first, this.pop());
        break;
      case "mov":
        this.assign(first, this.valueOf(second));
        break;
      case "lea":
        this.assign(first, this.addressOf(second));
        break;
      case "add":
      case "sub": {
        const [one, two] = [this.valueOf(first), this.valueOf(second)];
        const sign = facts.operation === "add" ? 1 : -1;
        this.assign(first, one === undefined || two === undefined ? undefined : one + sign * two);
        break;
      }
      case "xchg": {
        const [one, two] = [this.valueOf(first), this.valueOf(second)];
        this.assign(first, two);
        this.assign(second, one);
        break;
      }
      case "leave":
        return false;
      case "and":
      case "enter":
      case "other":
        for (const register of facts.writes) {
          const { pointer } = this;
          const moved = pointer === undefined ? undefined : pointer + facts.stackIncrement;
          this.values[register] = register === stackPointer && facts.stackIncrement !== 0 ? moved : undefined;
        }
        if (facts.writesOperand0) this.assign(first, undefined);
        break;
    }
    const isFromFrame = facts.operands[1]?.kind === "register" && facts.operands[1].register === framePointer;
    const setsPointer = first?.kind === "register" && first.register === stackPointer;
    return this.pointer !== undefined && !(setsPointer && isFromFrame);
  }

  push(value: number | undefined): void {
    const pointer = (this.pointer ?? 0) - 8;
    this.values[stackPointer] = pointer;
    this.written.set(pointer, value);
  }

  pop(): number | undefined {
    const pointer = this.pointer ?? 0;
    this.values[stackPointer] = pointer + 8;
    return this.word(pointer);
  }

  valueOf(operand: Operand | undefined): number | undefined {
    if (operand?.kind === "register") return this.values[operand.register];
    if (operand?.kind === "immediate") return operand.value;
    if (operand?.kind !== "memory" || operand.size !== 8) return undefined;
    const address = this.addressOf(operand);
    return address === undefined ? undefined : this.word(address);
  }

  private addressOf(operand: Operand | undefined): number | undefined {
    if (operand?.kind !== "memory") return undefined;
    if (operand.base === undefined) return operand.address;
    const base = this.values[operand.base];
    return base === undefined ? undefined : base + operand.displacement;
  }

  private assign(operand: Operand | undefined, value: number | undefined): void {
    if (operand?.kind === "register") this.values[operand.register] = value;
    if (operand?.kind !== "memory" || operand.base === undefined) return;
    const base = this.values[operand.base];
    if (base !== undefined) this.written.set(base + operand.displacement, value);
  }

  private word(address: number): number | undefined {
    if (this.written.has(address)) return this.written.get(address);
    const word = this.memory.readNumber(address);
    return word === undefined ? undefined : asNumber(word);
  }
}

function asNumber(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}
