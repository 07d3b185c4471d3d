/**
 * The code of an instruction inside a region: operands are constants and WebAssembly locals. What is not simple (an
 * access that the fast check does not allow, a fault) leaves the region before the instruction, and the interpreter
 * executes it.
 */
import type { DecodedInstruction } from "../../x86/decode.js";
import type { FlagSource, FloatMode, MemoryAccess, Node, Statement, Value } from "../../x86/value.js";
import type { FlagFunctions } from "../flag-functions.js";
import { flagKinds, state } from "../layout.js";
import { type FlagPart, type HelperFunctions, loadOpcode, storeOpcode } from "../semantics-emitter.js";
import { switchLocals } from "../switch-code.js";
import { SwitchEmitter } from "../switch-emitter.js";
import { type FunctionWriter, op } from "../wasm-writer.js";
import { emitConstantCheck, emitRangeCheck } from "./check-code.js";
import { constantOf } from "./constants.js";
import { CodeByName } from "./float-code.js";
import { emitOrder, knownOrder } from "./float-flags.js";
import { FloatOperations } from "./float-operations.js";
import { joined, type KnownFlags, kindOf, setFlags } from "./known-flags.js";
import type { CheckPlan, Guard, PlannedCheck } from "./memory-facts.js";
import { isNarrow } from "./narrow-values.js";
import { ofTwoNumbers, RegionFlags } from "./region-flags.js";
import { callsHelper, changesState, leavesRegion, type RegionInstruction } from "./region-instruction.js";
import { outcomes, pushIsOrdinary, regionLocals, scratch, vectorLocals } from "./region-locals.js";
import { placeOf, type SwitchCheck } from "./region-switch.js";
import { RegisterEmitter } from "./register-emitter.js";
import type { ScalarForm, VectorHome } from "./vector-registers.js";
import { VectorRegisters } from "./vector-registers.js";

const stackPointer = 4;
const lowHalf = 0xffffffffn;

/** What the emitter of instructions leaves to the one of the whole region. */
export interface RegionSurroundings {
  /** Goes on at the address, in the region or outside. */
  goTo(address: bigint): void;
  /** Goes on at the address in the local `target`. */
  goToTarget(): void;
  /** Leaves the region; rIP and the count are set. */
  leave(): void;
  /** Where it is counted that the region is left for a case that its short ways do not have. */
  unusualSite(): number;
}

/** Indexes of the functions that regions import. */
export interface RegionFunctions extends HelperFunctions {
  readonly flags: FlagFunctions;
}

export class RegionEmitter extends RegisterEmitter {
  readonly flags: RegionFlags;
  private instruction: RegionInstruction | undefined;
  /** The kind of the flags that are being set, if they are kept narrow. */
  private keepsNarrow: FlagSource["kind"] | undefined;
  private plan: CheckPlan = { checks: new Map(), covered: new Set() };
  /** Instructions of the block from this one on: counted already, and given back when the region is left. */
  private unspent = 0;
  /** The instruction at hand has changed something: it can no longer be left to the interpreter. */
  private hasChanged = false;
  /** How many conditions are around what is being emitted. */
  private conditions = 0;
  readonly vectors: VectorRegisters;
  readonly floats: FloatOperations;

  /** `homes`: of the vector registers. `isShort`: takes the short ways of `FloatOperations`. */
  constructor(
    code: FunctionWriter,
    functions: RegionFunctions,
    /** Switches of stacks may be decided inside: no registers of the rest (`switching.restChanged`) change. */
    private readonly decidesSwitches: boolean,
    private readonly surroundings: RegionSurroundings,
    homes: readonly VectorHome[],
    private readonly isShort: boolean,
  ) {
    super(code, scratch, functions);
    this.flags = new RegionFlags(code, { ...regionLocals, vectors: vectorLocals }, functions.flags);
    this.vectors = new VectorRegisters(code, vectorLocals, homes);
    this.floats = new FloatOperations(new CodeByName(code), this.vectors, vectorLocals, {
      leave: () => this.leaveUnusual(),
      pushAddress: () => this.pushAddress(),
      pushInteger: (position) => this.pushInteger(position),
      setInteger: (push) => this.setInteger(push),
      call: (name) => code.call(functions.subroutines[name]),
      setOrder: (form) => this.setOrder(form),
    });
  }

  startBlock(known: KnownFlags, plain: ReadonlyMap<number, ScalarForm>, plan: CheckPlan): void {
    this.flags.startBlock(known);
    this.plan = plan;
    this.vectors.startBlock();
    this.floats.startBlock(plain);
  }

  /** `check`: for an instruction that may switch stacks. */
  emit(instruction: RegionInstruction, unspent: number, check?: SwitchCheck): void {
    const { code } = this;
    this.instruction = instruction;
    this.unspent = unspent;
    this.hasChanged = false;
    this.startInstruction();
    if (check) {
      this.getGeneral(stackPointer);
      code.set(regionLocals.oldStack);
    }
    forgetLocals(instruction.statements);
    // Other blocks find the vector registers at home.
    if (instruction.flow.kind !== "none") this.vectors.endBlock();
    if (instruction.vector && this.isShort) {
      this.statements(instruction.statements.filter(isOfAddress));
      this.floats.emit(instruction.vector, instruction.decoded);
    } else if (instruction.isGeneral) {
      this.wholeVectors(instruction);
      this.statements(instruction.statements);
    } else {
      this.leaveBefore();
    }
    if (instruction.loadsMxcsr && this.isShort) this.leaveUnlessOrdinary();
    if (check) this.checkStack(check);
  }

  /** Behind an instruction that sets MXCSR: leaves the region when its short ways no longer do. */
  private leaveUnlessOrdinary(): void {
    const { code } = this;
    pushIsOrdinary(code);
    this.operation("i32.eqz");
    code.open(op.if);
    this.leaveAt(BigInt(this.at.next), this.unspent - 1, outcomes.done);
    code.end();
  }

  /** Where something depends on conditions, the vector registers are the same whatever happens. */
  private wholeVectors({ statements, decoded }: RegionInstruction): void {
    if (!statements.some(({ kind }) => kind === "if")) return;
    for (const operand of decoded.operands) {
      if (operand.kind === "vector") this.vectors.bring(operand.index, "vector");
    }
  }

  /** Leaves the region before the instruction at hand. */
  private leaveBefore(): void {
    this.leaveAt(this.at.decoded.address, this.unspent, outcomes.interpret);
  }

  /** The same for a case that the short ways do not have. */
  private leaveUnusual(): void {
    const { code } = this;
    const site = this.surroundings.unusualSite();
    code.i32(0);
    code.i32(0);
    code.memory(op.i32Load, site);
    code.i32(1);
    this.operation("i32.add");
    code.memory(op.i32Store, site);
    this.leaveBefore();
  }

  private leaveAt(address: bigint, unspent: number, outcome: number): void {
    const { code } = this;
    this.vectors.emitHomecoming();
    this.flags.completeOnWayOut();
    code.i32(outcome);
    code.set(regionLocals.outcome);
    code.i64(address);
    code.set(regionLocals.instructionPointer);
    if (unspent > 0) {
      code.get(regionLocals.remaining);
      code.i32(unspent);
      this.operation("i32.add");
      code.set(regionLocals.remaining);
    }
    this.surroundings.leave();
  }

  protected override statement(statement: Statement): void {
    if (statement.kind !== "if") {
      super.statement(statement);
      this.hasChanged ||= changesState(statement);
      return;
    }
    const taken = constantOf(statement.condition, this.at.decoded, this.isShort);
    if (taken !== undefined) {
      this.branch(taken !== 0n ? statement.yes : statement.no);
      return;
    }
    const { code } = this;
    const { flags } = this;
    this.value(statement.condition);
    const setsFlags = setFlags(statement.yes) || setFlags(statement.no);
    if (setsFlags) flags.startConditional();
    const before = { flags: flags.state, hasChanged: this.hasChanged };
    code.open(op.if);
    this.branch(statement.yes);
    const yes = { known: flags.known, hasChanged: this.hasChanged };
    flags.state = before.flags;
    this.hasChanged = before.hasChanged;
    if (statement.no.length > 0) {
      code.else();
      this.branch(statement.no);
    }
    code.end();
    if (setsFlags) flags.endConditional(joined(statement, yes.known, flags.known));
    else flags.state = before.flags;
    this.hasChanged ||= yes.hasChanged;
  }

  private branch(list: readonly Statement[]): void {
    this.conditions++;
    if (leavesRegion(list)) this.leaveBefore();
    // A call costs registers in all of the function.
    else if (this.isShort && !this.hasChanged && callsHelper(list)) this.leaveUnusual();
    else this.statements(list);
    this.conditions--;
  }

  protected override ownStatement(statement: Statement): void {
    const { code } = this;
    switch (statement.kind) {
      case "setRegister":
        this.setRegister(statement);
        return;
      case "jump": {
        const target = constantOf(statement.target, this.at.decoded, this.isShort);
        if (statement.direct && target !== undefined) {
          this.surroundings.goTo(BigInt.asUintN(64, target));
          return;
        }
        this.value(statement.target);
        code.set(regionLocals.target);
        this.surroundings.goToTarget();
        return;
      }
      default:
        throw new Error(`a statement of kind ${statement.kind} is not compiled`);
    }
  }

  protected override ownValue(node: Node): void {
    const { code } = this;
    switch (node.kind) {
      case "register":
        this.getRegister(node.place, node.offset, node.width, node.signed);
        return;
      case "immediate":
        code.i64(immediateOf(this.at, node.position));
        return;
      case "effectiveAddress":
        this.effectiveAddress();
        return;
      case "instruction":
        switch (node.field) {
          case "nextAddress":
            code.i64(BigInt(this.at.next));
            return;
          case "segmentBase":
            this.segmentBase();
            return;
          case "addressMask":
            code.i64(this.at.decoded.addressSize32 ? lowHalf : -1n);
            return;
          case "scale":
            code.i64(BigInt(Math.log2(this.at.decoded.memory?.scale ?? 1)));
            return;
        }
        return;
      case "flag":
        this.flags.pushFlag(node.name);
        return;
      case "condition":
        this.flags.pushCondition(node.name);
        return;
      case "statusFlags":
        this.flags.pushAll();
        return;
      default:
        throw new Error(`a value of kind ${node.kind} is not compiled`);
    }
  }

  protected override floatMode(mode: FloatMode): void {
    if (!this.isShort) {
      super.floatMode(mode);
      return;
    }
    this.floats.readsMxcsr = true;
    this.code.i32(1);
  }

  protected override get decoded(): DecodedInstruction {
    return this.at.decoded;
  }

  private get at(): RegionInstruction {
    if (!this.instruction) throw new Error("code is emitted outside an instruction");
    return this.instruction;
  }

  protected override get isConditional(): boolean {
    return this.conditions > 0;
  }

  protected override vectorIsSet(index: number): void {
    this.floats.forget(index);
  }

  protected override check(access: MemoryAccess): void {
    const { address, size, write, alignment } = access;
    const planned = this.plan.checks.get(access);
    if (planned) this.checkRange(address, planned);
    else if (!this.plan.covered.has(access)) this.checkRange(address, { low: 0, size, write, first: undefined });
    this.checkAlignment(address, alignment);
  }

  /** Leaves the region unless all of the range may be accessed. */
  private checkRange(address: Value, check: PlannedCheck): void {
    const { code } = this;
    const leave = () => this.leaveBefore();
    if (check.first !== undefined) {
      emitConstantCheck(code, check.first, check, leave);
      return;
    }
    let { local } = address;
    if (local < 0 || check.low !== 0 || this.isKeptNarrow(address)) {
      local = this.newLocal("i64");
      this.value(address);
      this.addConstant(check.low);
      code.set(local);
    }
    emitRangeCheck(code, local, check, leave);
  }

  private addConstant(value: number): void {
    if (value === 0) return;
    this.code.i64(BigInt(value));
    this.operation("i64.add");
  }

  private checkAlignment(address: Value, alignment: number): void {
    const { code } = this;
    if (alignment === 1) return;
    this.value(address);
    this.operation("i32.wrap_i64");
    code.i32(alignment - 1);
    this.operation("i32.and");
    code.open(op.if);
    this.leaveBefore();
    code.end();
  }

  /** Where control enters the region. */
  guard(guards: readonly Guard[], leave: () => void): void {
    const { code } = this;
    for (const guard of guards) {
      this.startInstruction();
      if (guard.first !== undefined) {
        emitConstantCheck(code, guard.first, guard, leave);
        continue;
      }
      const local = this.newLocal("i64");
      this.getGeneral(guard.register);
      this.addConstant(guard.low);
      code.set(local);
      emitRangeCheck(code, local, guard, leave);
    }
  }

  protected override setFlags(source: FlagSource): void {
    const { flags } = this;
    const isWhole = flags.areConditional;
    this.keepsNarrow = !isWhole && isNarrow(source, this.decoded) ? source.kind : undefined;
    super.setFlags(source);
    if (this.keepsNarrow) this.setLowParts(source);
    flags.set(kindOf(source, this.decoded, isWhole), isWhole);
  }

  private setLowParts(source: FlagSource): void {
    const { code } = this;
    const set = (local: number, value: Value) => {
      this.pushLow(value);
      code.set(local);
    };
    if (source.kind === "explicit") return;
    set(regionLocals.lowResult, source.result);
    if (source.kind !== "add" && source.kind !== "subtract") return;
    set(regionLocals.lowA, source.a);
    set(regionLocals.lowB, source.b);
  }

  protected override setFlagPart(part: FlagPart, emit: () => void): void {
    // What is known of them says it, or their lower halves do.
    if (part === "kind" && !this.flags.areConditional) return;
    const narrow = this.keepsNarrow;
    if (narrow !== undefined && (part === "result" || ofTwoNumbers(narrow))) return;
    emit();
    this.code.set(regionLocals[part]);
  }

  private pushAddress(): void {
    const address = this.at.statements.find(isEffectiveAddress);
    if (address?.kind !== "value") throw new Error("the instruction has no operand in memory");
    this.value(address.value);
    this.operation("i32.wrap_i64");
  }

  private pushInteger(position: 1 | 2): void {
    const operand = this.at.decoded.operands[position];
    if (operand?.kind === "register") {
      this.getRegister({ kind: "operand", position }, 0, operand.width, true);
    } else {
      this.pushAddress();
      this.code.memory(loadOpcode(operand?.width ?? 8, true), 0);
    }
  }

  private setInteger(push: () => void): void {
    const { code } = this;
    const operand = this.at.decoded.operands[0];
    if (operand?.kind === "register") {
      push();
      this.registersWritten.add(operand.index);
      this.registersUsed.add(operand.index);
      code.set(regionLocals.general + operand.index);
    } else {
      this.pushAddress();
      push();
      code.memory(storeOpcode(operand?.width ?? 8), 0);
    }
  }

  private setOrder(form: ScalarForm): void {
    const { code } = this;
    const isTrue = (relation: "eq" | "lt") => emitOrder(new CodeByName(this.code), vectorLocals, form, relation);
    code.i32(flagKinds.explicit);
    code.set(regionLocals.kind);
    isTrue("eq");
    code.i32(6);
    this.operation("i32.shl");
    isTrue("lt");
    this.operation("i32.or");
    this.operation("i64.extend_i32_u");
    code.set(regionLocals.a);
    this.flags.set(knownOrder(form), true);
  }

  /** Leaves the region behind the instruction when rSP is outside the window, unless it is decided who runs now. */
  private checkStack(check: SwitchCheck): void {
    const { code } = this;
    this.getGeneral(stackPointer);
    code.i32(0);
    code.memory(op.i64Load, state.stackWindowLow);
    this.operation("i64.sub");
    code.i32(0);
    code.memory(op.i64Load, state.stackWindowSize);
    this.operation("i64.gt_u");
    if (check.isLoad) {
      code.i32(0);
      code.memory(op.i32Load, state.watchesLoads);
      this.operation("i32.or");
    }
    const inside = code.open(op.if);
    this.flags.completeOnWayOut();
    if (this.decidesSwitches && check.number !== 0) this.decideSwitch(check, inside);
    code.i32(0);
    code.get(regionLocals.oldStack);
    code.memory(op.i64Store, state.switchedFrom);
    code.i32(0);
    code.i32(check.record);
    code.memory(op.i32Store, state.record);
    this.leaveAt(BigInt(this.at.next), this.unspent - 1, outcomes.stackSwitch);
    code.end();
  }

  /** Branches to `decided` when another known thread goes on. */
  private decideSwitch(check: SwitchCheck, decided: number): void {
    const { code } = this;
    const locals = { i32: this.newLocal("i32"), i64: this.newLocal("i64") };
    for (let more = 1; more < switchLocals; more++) this.newLocal("i32");
    const emitter = new SwitchEmitter(
      code,
      locals,
      placeOf(code, check, (index) => this.getGeneral(index)),
      {
        general: (index) => this.getGeneral(index),
        flag: (part) => this.flags.pushPart(part),
        from: () => code.get(regionLocals.oldStack),
        count: () => this.countBehind(),
      },
      false,
    );
    const undecided = code.open(op.block);
    emitter.emit(undecided);
    code.branch(decided);
    code.end();
  }

  /** Pushes the instruction count behind the instruction at hand. */
  private countBehind(): void {
    const { code } = this;
    code.i32(0);
    code.memory(op.i64Load, state.countAtEnd);
    code.get(regionLocals.remaining);
    code.i32(this.unspent - 1);
    this.operation("i32.add");
    this.operation("i64.extend_i32_u");
    this.operation("i64.sub");
  }
}

/** Where a value was kept when the instruction was last compiled. */
function forgetLocals(list: readonly Statement[]): void {
  for (const statement of list) {
    if (statement.kind === "value") statement.value.local = -1;
    else if (statement.kind === "setVariable") statement.variable.local = -1;
    else if (statement.kind === "if") for (const branch of [statement.yes, statement.no]) forgetLocals(branch);
  }
}

function isEffectiveAddress(statement: Statement): boolean {
  return statement.kind === "value" && statement.value.node.kind === "effectiveAddress";
}

/** The statements that find the operand in memory. */
function isOfAddress(statement: Statement): boolean {
  return statement.kind === "check" || isEffectiveAddress(statement);
}

function immediateOf({ decoded }: RegionInstruction, position: number): bigint {
  const operand = decoded.operands[position];
  switch (operand?.kind) {
    case "immediate":
      return operand.value;
    case "branch":
      return operand.target;
    default:
      throw new Error(`operand ${position} is no constant`);
  }
}
