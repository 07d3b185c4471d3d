/**
 * What an instruction's semantics are recorded as: values (a graph of pure operations over what was read) and
 * statements (what happens, in order). A back end turns them into code: the interpreter's, or a compiled region's.
 */
import type { ConditionName, FlagName } from "./flags.js";
import type { OperationName, ValueType } from "./operations.js";
import type { SubroutineName } from "./subroutines.js";

/** In bytes. 16 is an SSE register. 32, a YMM register, is a width of operands only: they are accessed by halves. */
export type Width = 1 | 2 | 4 | 8 | 16 | 32;
export type IntegerWidth = 1 | 2 | 4 | 8;

/** The operands of an instruction by position. */
export type OperandPosition = 0 | 1 | 2 | 3;

/** Where a register is: named by the semantics, or by an operand of the instruction at hand. */
export type RegisterPlace =
  | { readonly kind: "general"; readonly index: number }
  | { readonly kind: "vector"; readonly index: number }
  | { readonly kind: "operand"; readonly position: OperandPosition };

/** Fields of the processor's state that are neither general registers nor status flags. */
export type StateField = "otherFlags" | "mxcsr" | "x87Status" | "x87Tags" | "x87Control" | "fsBase" | "gsBase";

/** In bytes. */
export function stateWidth(field: StateField): 4 | 8 {
  return field === "fsBase" || field === "gsBase" ? 8 : 4;
}

/**
 * Facts about MXCSR that arithmetic asks for. Rounds to nearest: and the precision exception is masked. The other bits
 * say what happens to denormal numbers and in exceptions that the common case does not have.
 */
export type FloatMode = "roundsToNearest" | "precisionNoted";

/** Facts about the instruction at hand that its semantics may ask for. */
export type InstructionField =
  /** Address of the following instruction. */
  | "nextAddress"
  /** Base of the segment that the memory operand or string source is in. */
  | "segmentBase"
  /** For string and loop instructions: all ones, or 2³²−1 under an address-size prefix. */
  | "addressMask"
  /** log2 of what the memory operand's indices are multiplied by. */
  | "scale";

/** TypeScript functions that rare instructions call (`helpers.ts`). */
export type HelperName = "divideUnsigned128" | "divideSigned128" | "divideSigned128Overflows" | "cpuid" | "crc32";

export type Node =
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "operation"; readonly name: OperationName; readonly inputs: readonly Value[] }
  | { readonly kind: "select"; readonly condition: Value; readonly yes: Value; readonly no: Value }
  | { readonly kind: "shuffle"; readonly lanes: readonly number[]; readonly first: Value; readonly second: Value }
  | { readonly kind: "lane"; readonly lane: 0 | 1; readonly vector: Value }
  | { readonly kind: "splat"; readonly half: Value }
  | { readonly kind: "replaceLane"; readonly lane: 0 | 1; readonly vector: Value; readonly half: Value }
  | {
      readonly kind: "register";
      readonly place: RegisterPlace;
      readonly offset: number;
      readonly width: Width;
      readonly signed: boolean;
    }
  | { readonly kind: "immediate"; readonly position: OperandPosition }
  /** An operand of any kind behind its address: see `location` among the statements. */
  | {
      readonly kind: "loadLocation";
      readonly location: Value;
      readonly offset: number;
      readonly width: Width;
      readonly signed: boolean;
    }
  | {
      readonly kind: "load";
      readonly address: Value;
      readonly offset: number;
      readonly width: Width;
      readonly signed: boolean;
    }
  | { readonly kind: "effectiveAddress" }
  | { readonly kind: "resolvedLocation" }
  /** Holds the current value of a variable; see the statement `setVariable`. */
  | { readonly kind: "variable" }
  | { readonly kind: "getVariable"; readonly variable: Value }
  | { readonly kind: "state"; readonly field: StateField }
  | { readonly kind: "floatMode"; readonly mode: FloatMode }
  /** A data register of the x87 unit by its own number, 16 bytes of which 10 are used. */
  | { readonly kind: "x87Register"; readonly index: Value }
  | { readonly kind: "instruction"; readonly field: InstructionField }
  | { readonly kind: "flag"; readonly name: FlagName }
  | { readonly kind: "condition"; readonly name: ConditionName }
  | { readonly kind: "statusFlags" }
  | { readonly kind: "instructionCount" }
  | { readonly kind: "helper"; readonly name: HelperName; readonly inputs: readonly Value[] }
  /** Calls a vector helper (`vector-helpers.ts`); the value is what it returns, 32 bits. */
  | {
      readonly kind: "vectorHelper";
      readonly id: number;
      readonly first: Value;
      readonly second: Value;
      readonly control: Value;
      readonly third: Value | undefined;
    }
  /** What a subroutine computes (`subroutines.ts`): pure, too long to be repeated where it is used. */
  | { readonly kind: "call"; readonly name: SubroutineName; readonly inputs: readonly Value[] }
  /** The vector that the last vector helper left. */
  | { readonly kind: "helperResult" };

/** A value; back ends note in `uses` and `local` what they need to place it. */
export class Value {
  uses = 0;
  local = -1;
  constructor(
    readonly type: ValueType,
    readonly node: Node,
  ) {}
}

/** A place in guest memory that an instruction touches; what it needs is gathered while the semantics are recorded. */
export interface MemoryAccess {
  readonly address: Value;
  readonly size: number;
  write: boolean;
  /** Raise #GP unless the address is a multiple of this. */
  alignment: number;
}

/** A location that is found when the instruction runs: register, immediate or memory. */
export interface LocationAccess {
  readonly position: OperandPosition;
  readonly size: number;
  /** Where the linear address goes. */
  readonly result: Value;
  write: boolean;
  alignment: number;
}

/** How the six status flags follow from a result; nobody computes them until somebody looks. */
export type FlagSource =
  /** The flags of a + b (+ CF), a − b, or a − b − CF. All three values sign-extended to 64 bits. */
  | {
      readonly kind: "add" | "subtract" | "subtractWithBorrow";
      readonly a: Value;
      readonly b: Value;
      readonly result: Value;
    }
  /** INC and DEC: as an addition or subtraction of 1 to `a`, but CF (0 or 1, 64 bits) is given. */
  | { readonly kind: "increment" | "decrement"; readonly a: Value; readonly carry: Value; readonly result: Value }
  /** SF, ZF, PF of `result` (sign-extended); CF, AF, OF are bits of `others`, at their places in RFLAGS. */
  | { readonly kind: "result"; readonly result: Value; readonly others: Value }
  /** All six as bits of RFLAGS. */
  | { readonly kind: "explicit"; readonly bits: Value };

export type SemanticFault =
  | "divideError"
  | "breakpointTrap"
  | "debugTrap"
  | "invalidOpcode"
  | "privilegedInstruction"
  | "reservedBits"
  | "nonCanonicalAddress"
  | "simdException"
  | "x87Exception";

export type Statement =
  /** Here `value` is read or, if used more than once, computed. */
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "check"; readonly access: MemoryAccess }
  | { readonly kind: "location"; readonly access: LocationAccess }
  | {
      readonly kind: "setRegister";
      readonly place: RegisterPlace;
      readonly offset: number;
      readonly width: Width;
      readonly value: Value;
    }
  | {
      readonly kind: "store";
      readonly address: Value;
      readonly offset: number;
      readonly width: Width;
      readonly value: Value;
    }
  | {
      readonly kind: "storeLocation";
      readonly location: Value;
      readonly offset: number;
      readonly width: Width;
      readonly value: Value;
      /** A 32-bit result clears the upper half of a register. */
      readonly extendsRegister: boolean;
    }
  | { readonly kind: "setVariable"; readonly variable: Value; readonly value: Value }
  | { readonly kind: "setState"; readonly field: StateField; readonly value: Value }
  | { readonly kind: "setX87Register"; readonly index: Value; readonly value: Value }
  | { readonly kind: "flags"; readonly source: FlagSource }
  | {
      readonly kind: "if";
      readonly condition: Value;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
    }
  /** Do `body` while `again` is not zero. */
  | { readonly kind: "loop"; readonly body: readonly Statement[]; readonly again: Value }
  | { readonly kind: "fault"; readonly fault: SemanticFault }
  /** Ends the instruction at another one. `direct`: the target is a constant of the instruction. */
  | { readonly kind: "jump"; readonly target: Value; readonly direct: boolean }
  /** Both end the instruction, and the run: a system call, or that the trap flag has been set. */
  | { readonly kind: "systemCall" | "trapFlag" };
