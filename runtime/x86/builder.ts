/**
 * The interface that instruction semantics are written against. It records values and statements; it knows nothing of
 * the interpreter or of compiled regions. Integers are 64 bits wide inside; narrower ones are kept sign-extended unless
 * a name says unsigned. Bits (conditions, single flags) are 32-bit integers, 0 or 1.
 */
import type { ConditionName, FlagName } from "./flags.js";
import { FixedRegisterOperand, type Operand } from "./operands.js";
import { type OperationName, operations } from "./operations.js";
import type { SubroutineName } from "./subroutines.js";
import {
  type FlagSource,
  type FloatMode,
  type HelperName,
  type InstructionField,
  type IntegerWidth,
  type LocationAccess,
  type MemoryAccess,
  type Node,
  type OperandPosition,
  type RegisterPlace,
  type SemanticFault,
  type StateField,
  type Statement,
  Value,
  type Width,
} from "./value.js";
import { type VectorHelperName, vectorHelperId } from "./vector-helpers/index.js";

/** The registers that instructions name implicitly. */
export const implicitRegisters = { a: 0, c: 1, d: 2, b: 3, sp: 4, bp: 5, si: 6, di: 7, r11: 11 } as const;
export type ImplicitRegister = keyof typeof implicitRegisters;

/** A sum or difference, with what its flags follow from. */
export interface ArithmeticResult {
  readonly value: Value;
  readonly flags: FlagSource;
}

export interface Variable {
  get(): Value;
  set(value: Value): void;
}

export class Builder {
  private statements: Statement[] = [];
  private depth = 0;
  /** Where an instruction that is computed in parts gathers the floating-point exceptions of all of them. */
  gatheredExceptions: Variable | undefined;

  /**
   * `width`: the operand width of the instruction at hand, in bytes. `immediateAt`: of the one instruction that is
   * compiled, the immediate operands; what is interpreted is recorded for all that have the form.
   */
  constructor(
    readonly width: Width,
    private readonly immediateAt: (position: OperandPosition) => bigint | undefined = () => undefined,
  ) {}

  /** What the value is for every instruction that is being recorded, if that is known. */
  known({ node }: Value): bigint | undefined {
    switch (node.kind) {
      case "constant":
        return node.value;
      case "immediate":
        return this.immediateAt(node.position);
      case "operation": {
        const [a, b] = node.inputs.map((input) => this.known(input));
        return node.name === "i64.and" && a !== undefined && b !== undefined ? a & b : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Everything recorded. */
  finish(): readonly Statement[] {
    return this.statements;
  }

  // Pure values.

  constant(value: number | bigint): Value {
    return new Value("i64", { kind: "constant", value: BigInt(value) });
  }

  bit(value: number): Value {
    return new Value("i32", { kind: "constant", value: BigInt(value) });
  }

  operation(name: OperationName, ...inputs: Value[]): Value {
    return this.place(new Value(operations[name][1], { kind: "operation", name, inputs: this.use(inputs) }));
  }

  add(a: Value, b: Value): Value {
    return this.operation("i64.add", a, b);
  }

  subtract(a: Value, b: Value): Value {
    return this.operation("i64.sub", a, b);
  }

  multiply(a: Value, b: Value): Value {
    return this.operation("i64.mul", a, b);
  }

  and(a: Value, b: Value): Value {
    return this.operation("i64.and", a, b);
  }

  or(a: Value, b: Value): Value {
    return this.operation("i64.or", a, b);
  }

  xor(a: Value, b: Value): Value {
    return this.operation("i64.xor", a, b);
  }

  not(a: Value): Value {
    return this.xor(a, this.constant(-1));
  }

  shiftLeft(a: Value, count: Value | number): Value {
    return this.operation("i64.shl", a, this.toValue(count));
  }

  /** Zeroes come in from the left. */
  shiftRight(a: Value, count: Value | number): Value {
    return this.operation("i64.shr_u", a, this.toValue(count));
  }

  /** Copies of the sign come in from the left. */
  shiftRightArithmetic(a: Value, count: Value | number): Value {
    return this.operation("i64.shr_s", a, this.toValue(count));
  }

  isZero(a: Value): Value {
    return this.operation(a.type === "i32" ? "i32.eqz" : "i64.eqz", a);
  }

  equal(a: Value, b: Value): Value {
    return this.operation("i64.eq", a, b);
  }

  notEqual(a: Value, b: Value): Value {
    return this.operation("i64.ne", a, b);
  }

  lessUnsigned(a: Value, b: Value): Value {
    return this.operation("i64.lt_u", a, b);
  }

  select(condition: Value, yes: Value, no: Value): Value {
    this.use([condition, yes, no]);
    return this.place(new Value(yes.type, { kind: "select", condition, yes, no }));
  }

  /** A bit, or any 32-bit value, as an unsigned 64-bit integer. */
  extend(bit: Value): Value {
    return this.operation("i64.extend_i32_u", bit);
  }

  /** Bit `index` of `a` as a 64-bit 0 or 1. */
  bitOf(a: Value, index: Value | number): Value {
    return this.and(this.shiftRight(a, index), this.constant(1));
  }

  /** The top bit, as a 64-bit 0 or 1. */
  sign(a: Value): Value {
    return this.shiftRight(a, 63);
  }

  signExtend(a: Value, width: Width): Value {
    switch (width) {
      case 1:
        return this.operation("i64.extend8_s", a);
      case 2:
        return this.operation("i64.extend16_s", a);
      case 4:
        return this.operation("i64.extend32_s", a);
      default:
        return a;
    }
  }

  zeroExtend(a: Value, width: Width): Value {
    return width >= 8 ? a : this.and(a, this.constant((1n << BigInt(8 * width)) - 1n));
  }

  shuffle(lanes: readonly number[], first: Value, second: Value): Value {
    this.use([first, second]);
    return this.place(new Value("v128", { kind: "shuffle", lanes, first, second }));
  }

  /** Lower (0) or upper (1) half of a vector. */
  lane(vector: Value, lane: 0 | 1): Value {
    this.use([vector]);
    return this.place(new Value("i64", { kind: "lane", lane, vector }));
  }

  /** Both halves the same. */
  splat(half: Value): Value {
    this.use([half]);
    return this.place(new Value("v128", { kind: "splat", half }));
  }

  replaceLane(vector: Value, lane: 0 | 1, half: Value): Value {
    this.use([vector, half]);
    return this.place(new Value("v128", { kind: "replaceLane", lane, vector, half }));
  }

  // Arithmetic with flags: operands sign-extended to 64 bits, `width` as given or the instruction's.

  addWithCarry(a: Value, b: Value, carry?: Value, width = this.width): ArithmeticResult {
    const sum = this.add(a, b);
    const result = this.signExtend(carry ? this.add(sum, this.extend(carry)) : sum, width);
    return { value: result, flags: { kind: "add", a, b, result } };
  }

  subtractWithBorrow(a: Value, b: Value, borrow?: Value, width = this.width): ArithmeticResult {
    const difference = this.subtract(a, b);
    const result = this.signExtend(borrow ? this.subtract(difference, this.extend(borrow)) : difference, width);
    return { value: result, flags: { kind: borrow ? "subtractWithBorrow" : "subtract", a, b, result } };
  }

  // Flags.

  flag(name: FlagName): Value {
    return this.read(new Value("i32", { kind: "flag", name }));
  }

  condition(name: ConditionName): Value {
    return this.read(new Value("i32", { kind: "condition", name }));
  }

  /** The six status flags at their places in RFLAGS, 64 bits. */
  statusFlags(): Value {
    return this.read(new Value("i64", { kind: "statusFlags" }));
  }

  setFlags(source: FlagSource): void {
    for (const value of Object.values(source)) if (value instanceof Value) this.use([value]);
    this.statements.push({ kind: "flags", source });
  }

  /** SF, ZF and PF of `result`; CF, AF and OF clear. */
  setLogicFlags(result: Value): void {
    this.setFlags({ kind: "result", result, others: this.constant(0) });
  }

  // The instruction's surroundings.

  register(name: ImplicitRegister, width: Width = this.width): Operand {
    return new FixedRegisterOperand(this, implicitRegisters[name], width);
  }

  instruction(field: InstructionField): Value {
    return this.read(new Value("i64", { kind: "instruction", field }));
  }

  state(field: StateField): Value {
    return this.read(new Value("i64", { kind: "state", field }));
  }

  setState(field: StateField, value: Value): void {
    this.use([value]);
    this.statements.push({ kind: "setState", field, value });
  }

  x87Register(index: Value): Value {
    this.use([index]);
    return this.read(new Value("v128", { kind: "x87Register", index }));
  }

  setX87Register(index: Value, value: Value): void {
    this.use([index, value]);
    this.statements.push({ kind: "setX87Register", index, value });
  }

  /** A fact about MXCSR, 0 or 1. */
  floatMode(mode: FloatMode): Value {
    return this.read(new Value("i32", { kind: "floatMode", mode }));
  }

  instructionCount(): Value {
    return this.read(new Value("i64", { kind: "instructionCount" }));
  }

  // Memory. An access is checked, then made; the check raises the fault before anything has changed.

  /** Reads `width` bytes at the linear address `address`, sign-extended. */
  loadFrom(address: Value, width: IntegerWidth): Value {
    this.check({ address, size: width, write: false, alignment: 1 });
    return this.loadChecked(address, 0, width, true);
  }

  check(access: MemoryAccess): void {
    this.use([access.address, access.address, access.address]);
    this.statements.push({ kind: "check", access });
  }

  checkWrite(address: Value, size: number): void {
    this.check({ address, size, write: true, alignment: 1 });
  }

  loadChecked(address: Value, offset: number, width: Width, signed: boolean): Value {
    this.use([address]);
    return this.read(new Value(width === 16 ? "v128" : "i64", { kind: "load", address, offset, width, signed }));
  }

  storeChecked(address: Value, offset: number, width: Width, value: Value): void {
    this.use([address, value]);
    this.statements.push({ kind: "store", address, offset, width, value });
  }

  // Control.

  if(condition: Value, yes: () => void, no: () => void = () => {}): void {
    this.use([condition]);
    this.statements.push({ kind: "if", condition, yes: this.block(yes), no: this.block(no) });
  }

  /** Does `body` as long as `condition` holds before it. */
  while(condition: () => Value, body: () => void): void {
    this.if(condition(), () =>
      this.doWhile(() => {
        body();
        return condition();
      }),
    );
  }

  /** What is recorded now is done under a condition only. */
  get isConditional(): boolean {
    return this.depth > 0;
  }

  /** A value that changes, for loops inside an instruction. */
  variable(initial: Value): Variable {
    const variable = this.unsetVariable(initial.type);
    variable.set(initial);
    return variable;
  }

  /** The same without a value: it is set on every way to where it is read. */
  unsetVariable(type: Value["type"]): Variable {
    const holder = new Value(type, { kind: "variable" });
    return {
      get: () => this.read(new Value(type, { kind: "getVariable", variable: holder })),
      set: (value) => {
        this.use([value]);
        this.statements.push({ kind: "setVariable", variable: holder, value });
      },
    };
  }

  /** Does `body` while the bit that it returns is set. */
  doWhile(body: () => Value): void {
    let again: Value | undefined;
    const statements = this.block(() => {
      again = body();
      this.use([again]);
    });
    if (again) this.statements.push({ kind: "loop", body: statements, again });
  }

  /** Raises #GP for a branch to an address whose upper 17 bits differ. */
  requireCanonical(address: Value): void {
    const extended = this.shiftRightArithmetic(this.shiftLeft(address, 16), 16);
    this.if(this.notEqual(extended, address), () => this.fault("nonCanonicalAddress"));
  }

  fault(fault: SemanticFault): void {
    this.statements.push({ kind: "fault", fault });
  }

  /** Goes on at `target`. */
  jump(target: Operand): void {
    const value = target.read();
    this.use([value]);
    this.statements.push({ kind: "jump", target: value, direct: target.isDirectTarget });
  }

  jumpTo(target: Value): void {
    this.use([target]);
    this.statements.push({ kind: "jump", target, direct: false });
  }

  systemCall(): void {
    this.statements.push({ kind: "systemCall" });
  }

  /** Ends the instruction, which has set the trap flag: there will be a trap behind the next one. */
  startTracing(): void {
    this.statements.push({ kind: "trapFlag" });
  }

  helper(name: HelperName, ...inputs: Value[]): Value {
    return this.read(new Value("i64", { kind: "helper", name, inputs: this.use(inputs) }));
  }

  call(name: SubroutineName, ...inputs: Value[]): Value {
    return this.place(new Value("v128", { kind: "call", name, inputs: this.use(inputs) }));
  }

  /** Calls a vector helper: what it returns (32 bits), and the vector that it leaves. */
  vectorHelper(
    name: VectorHelperName,
    first: Value,
    second: Value,
    control: Value,
    third?: Value,
  ): [status: Value, result: Value] {
    this.use(third ? [first, second, control, third] : [first, second, control]);
    const node: Node = { kind: "vectorHelper", id: vectorHelperId(name), first, second, control, third };
    const status = this.read(new Value("i32", node));
    // It must be called even where nobody looks at the status.
    this.use([status]);
    return [status, this.read(new Value("v128", { kind: "helperResult" }))];
  }

  // For operands.

  effectiveAddress(): Value {
    return this.read(new Value("i64", { kind: "effectiveAddress" }));
  }

  immediate(position: OperandPosition): Value {
    return this.read(new Value("i64", { kind: "immediate", position }));
  }

  getRegister(place: RegisterPlace, offset: number, width: Width, signed: boolean): Value {
    return this.read(new Value(width === 16 ? "v128" : "i64", { kind: "register", place, offset, width, signed }));
  }

  setRegister(place: RegisterPlace, offset: number, width: Width, value: Value): void {
    this.use([value]);
    this.statements.push({ kind: "setRegister", place, offset, width, value });
  }

  locate(position: OperandPosition, size: number): LocationAccess {
    const access: LocationAccess = {
      position,
      size,
      result: new Value("i32", { kind: "resolvedLocation" }),
      write: false,
      alignment: 1,
    };
    this.statements.push({ kind: "location", access });
    return access;
  }

  loadLocation(location: Value, offset: number, width: Width, signed: boolean): Value {
    const node: Node = { kind: "loadLocation", location, offset, width, signed };
    return this.read(new Value(width === 16 ? "v128" : "i64", node));
  }

  storeLocation(location: Value, offset: number, width: Width, value: Value, extendsRegister: boolean): void {
    this.use([value]);
    this.statements.push({ kind: "storeLocation", location, offset, width, value, extendsRegister });
  }

  private toValue(count: Value | number): Value {
    return typeof count === "number" ? this.constant(count) : count;
  }

  private block(body: () => void): Statement[] {
    const outer = this.statements;
    const inner: Statement[] = [];
    this.statements = inner;
    this.depth++;
    body();
    this.depth--;
    this.statements = outer;
    return inner;
  }

  private use(values: readonly Value[]): readonly Value[] {
    for (const value of values) value.uses++;
    return values;
  }

  private place(value: Value): Value {
    this.statements.push({ kind: "value", value });
    return value;
  }

  /** Something that must be read here and now: later statements may change it. */
  private read(value: Value): Value {
    return this.place(value);
  }
}
