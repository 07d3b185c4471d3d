/** Generates the WebAssembly function of a region: its blocks in structured order, entry and exits. */
import type { FlagFunctions } from "../flag-functions.js";
import { regionSignature } from "../interpreter.js";
import { state } from "../layout.js";
import { switching } from "../switch-layout.js";
import { FunctionWriter, type ModuleWriter, op } from "../wasm-writer.js";
import { emitChain } from "./chaining.js";
import { constantOf } from "./constants.js";
import { type Block, type ControlFlow, lastOf } from "./control-flow.js";
import { flagsAfter, type KnownFlags } from "./known-flags.js";
import { outcomes, RegionEmitter, regionLocals } from "./region-emitter.js";
import type { SwitchCheck } from "./region-switch.js";
import { arrange, type Element, headOf, isLoop } from "./structure.js";

const flagLocals = [
  [state.flagKind, regionLocals.kind],
  [state.flagA, regionLocals.a],
  [state.flagB, regionLocals.b],
  [state.flagResult, regionLocals.result],
] as const;

/**
 * Adds the function to the module. `switchCheckOf`: what is known of an instruction that may switch stacks; `chains`: the
 * function goes on to other regions by itself.
 */
export function addRegionFunction(
  module: ModuleWriter,
  flagFunctions: FlagFunctions,
  flow: ControlFlow,
  switchCheckOf: (address: number) => SwitchCheck,
  exportName: string,
  chains: boolean,
): void {
  const writer = new RegionWriter(flow, flagFunctions, switchCheckOf);
  module.addFunction({
    signature: regionSignature,
    locals: regionLocals.declarations,
    code: writer.write(chains ? module.typeOf(regionSignature) : undefined),
    exportName,
  });
}

class RegionWriter {
  private readonly code = new FunctionWriter();
  private readonly emitter: RegionEmitter;
  private readonly elements: readonly Element[];
  /** Labels of the blocks that control may go to: forward, and back to the headers of the loops around. */
  private readonly forward = new Map<Block, number>();
  private readonly back = new Map<Block, number>();
  /** Blocks at whose beginning the count is looked at, with the instructions that must be left there. */
  private readonly checkpoints: ReadonlyMap<Block, number>;
  private readonly knownAtStart: ReadonlyMap<Block, KnownFlags>;
  private readonly touchesRest: boolean;
  private exit = 0;
  private current: Block;

  constructor(
    private readonly flow: ControlFlow,
    flagFunctions: FlagFunctions,
    private readonly switchCheckOf: (address: number) => SwitchCheck,
  ) {
    this.current = flow.entry;
    this.elements = arrange(flow.blocks.values(), flow.entry);
    this.checkpoints = findCheckpoints(this.elements, flow.entry);
    this.knownAtStart = followFlags(flow);
    this.touchesRest = [...flow.blocks.values()].some(({ instructions }) => instructions.some((at) => at.touchesRest));
    this.emitter = new RegionEmitter(this.code, flagFunctions, !this.touchesRest, {
      goTo: (address) => this.goTo(address),
      goToTarget: () => this.goToTarget(),
      leave: () => this.code.branch(this.exit),
    });
  }

  /** `chainType`: the type of regions, when the function is to go on to others. */
  write(chainType: number | undefined): FunctionWriter {
    const { code, emitter } = this;
    this.exit = code.open(op.block);
    this.component(this.elements);
    code.end();

    const whole = new FunctionWriter(code.length + 512);
    for (const index of emitter.registersUsed) {
      whole.i32(0);
      whole.memory(op.i64Load, state.general + 8 * index);
      whole.set(regionLocals.general + index);
    }
    if (emitter.usesFlags || emitter.setsFlags) {
      for (const [address, local] of flagLocals) {
        whole.i32(0);
        whole.memory(local === regionLocals.kind ? op.i32Load : op.i64Load, address);
        whole.set(local);
      }
    }
    if (this.touchesRest) {
      whole.i32(0);
      whole.i32(1);
      whole.memory(op.i32Store, switching.restChanged);
    }
    whole.append(code);
    for (const index of emitter.registersWritten) {
      whole.i32(0);
      whole.get(regionLocals.general + index);
      whole.memory(op.i64Store, state.general + 8 * index);
    }
    if (emitter.setsFlags) {
      for (const [address, local] of flagLocals) {
        whole.i32(0);
        whole.get(local);
        whole.memory(local === regionLocals.kind ? op.i32Store : op.i64Store, address);
      }
    }
    whole.i32(0);
    whole.get(regionLocals.instructionPointer);
    whole.memory(op.i64Store, state.instructionPointer);
    if (chainType !== undefined) {
      whole.get(regionLocals.outcome);
      whole.opcode(op.i32EqualToZero);
      whole.open(op.if);
      emitChain(whole, chainType);
      whole.end();
    }
    whole.get(regionLocals.remaining);
    whole.get(regionLocals.outcome);
    whole.i32(31);
    whole.opcode(op.i32ShiftRightSigned);
    whole.opcode(op.i32Xor);
    return whole;
  }

  /** Elements one behind the other; control comes in at the first. */
  private component(elements: readonly Element[]): void {
    const { code } = this;
    for (const element of elements.slice(1).reverse()) this.forward.set(headOf(element), code.open(op.block));
    for (const [index, element] of elements.entries()) {
      const head = headOf(element);
      if (index > 0) {
        code.end();
        this.forward.delete(head);
      }
      if (isLoop(element)) {
        this.back.set(head, code.open(op.loop));
        this.component(element.body);
        code.end();
        this.back.delete(head);
      } else {
        this.block(element);
      }
    }
  }

  private block(block: Block): void {
    const { code, emitter } = this;
    const { instructions } = block;
    this.current = block;
    emitter.known = this.knownAtStart.get(block);
    const needed = this.checkpoints.get(block);
    if (needed !== undefined) {
      code.get(regionLocals.remaining);
      code.i32(needed);
      code.opcode(op.i32LessSigned);
      code.open(op.if);
      code.i32(outcomes.interpret);
      code.set(regionLocals.outcome);
      this.leaveTo(BigInt(block.address));
      code.end();
    }
    code.get(regionLocals.remaining);
    code.i32(-instructions.length);
    code.opcode(op.i32Add);
    code.set(regionLocals.remaining);
    for (const [index, instruction] of instructions.entries()) {
      const check = instruction.movesStack ? this.switchCheckOf(instruction.address) : undefined;
      emitter.emit(instruction, instructions.length - index, check);
    }
    const last = lastOf(block);
    if (last.flow.kind === "none" || (last.flow.kind === "jump" && last.flow.falls)) this.goTo(BigInt(last.next));
  }

  private goTo(address: bigint): void {
    const block = address < 2n ** 32n ? this.flow.blocks.get(Number(address)) : undefined;
    const label = block && (this.back.get(block) ?? this.forward.get(block));
    // Into the middle of a loop there is no way but through its own region.
    if (label === undefined) this.leaveTo(address);
    else this.code.branch(label);
  }

  private goToTarget(): void {
    const { code } = this;
    for (const site of this.current.returnSites) {
      code.get(regionLocals.target);
      code.i64(BigInt(site.address));
      code.opcode(op.i64Equal);
      code.open(op.if);
      this.goTo(BigInt(site.address));
      code.end();
    }
    code.get(regionLocals.target);
    code.set(regionLocals.instructionPointer);
    code.branch(this.exit);
  }

  private leaveTo(address: bigint): void {
    this.code.i64(address);
    this.code.set(regionLocals.instructionPointer);
    this.code.branch(this.exit);
  }
}

/**
 * The count is looked at where control enters and at the head of every loop: enough must be left for the longest way to
 * the next such place.
 */
function findCheckpoints(elements: readonly Element[], entry: Block): Map<Block, number> {
  const order: Block[] = [];
  const checkpoints = new Set([entry]);
  const visit = (list: readonly Element[]) => {
    for (const element of list) {
      if (!isLoop(element)) {
        order.push(element);
      } else {
        checkpoints.add(element.header);
        visit(element.body);
      }
    }
  };
  visit(elements);
  const position = new Map(order.map((block, index) => [block, index]));
  const longest = new Map<Block, number>();
  for (const [index, block] of [...order.entries()].reverse()) {
    let rest = 0;
    for (const other of block.successors) {
      const isForward = (position.get(other) ?? 0) > index;
      if (isForward && !checkpoints.has(other)) rest = Math.max(rest, longest.get(other) ?? 0);
    }
    longest.set(block, block.instructions.length + rest);
  }
  return new Map([...checkpoints].map((block) => [block, longest.get(block) ?? 0]));
}

/** What is known of the flags at the start of every block, whichever way control gets there. */
function followFlags({ entry, blocks }: ControlFlow): Map<Block, KnownFlags> {
  const known = new Map<Block, KnownFlags>([[entry, undefined]]);
  const work = new Set([entry]);
  for (const block of work) {
    work.delete(block);
    let at = known.get(block);
    for (const { statements, decoded } of block.instructions) {
      at = flagsAfter(statements, at, (condition) => {
        const value = constantOf(condition, decoded);
        return value === undefined ? undefined : value !== 0n;
      });
    }
    for (const other of block.successors) {
      if (!known.has(other)) known.set(other, at);
      else if (known.get(other) === at || known.get(other) === undefined) continue;
      else known.set(other, undefined);
      work.add(other);
    }
  }
  return new Map([...blocks.values()].map((block) => [block, known.get(block)]));
}
