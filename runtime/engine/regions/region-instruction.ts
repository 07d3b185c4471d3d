/** An instruction as a region compiles it: its recorded semantics, and where control goes from it. */
import { Builder } from "../../x86/builder.js";
import type { DecodedInstruction, DecodedOperand } from "../../x86/decode.js";
import { ImmediateOperand, MemoryOperand, type Operand, RegisterOperand } from "../../x86/operands.js";
import type { Node, OperandPosition, Statement, Value, Width } from "../../x86/value.js";
import { vectorHelperId } from "../../x86/vector-helpers/index.js";
import { type InstructionForm, stackMoveOf, touchesRest } from "../record-writer.js";
import { type VectorOperation, vectorOperation } from "./vector-forms.js";

export interface RegionInstruction {
  readonly decoded: DecodedInstruction;
  readonly address: number;
  /** Address of the following instruction. */
  readonly next: number;
  readonly statements: readonly Statement[];
  /** It may switch stacks, and must be followed by a check. */
  readonly movesStack: boolean;
  /** See `switching.restChanged`. */
  readonly touchesRest: boolean;
  readonly flow: Flow;
  /** There is a short way to compute it, for the common case. */
  readonly vector: VectorOperation | undefined;
  /** It may change how what follows rounds. */
  readonly loadsMxcsr: boolean;
  /** It can be compiled from its semantics: whatever the case. */
  readonly isGeneral: boolean;
}

/** Where control goes. Targets are addresses below 4 GiB; others are left to the interpreter. */
export interface Flow {
  readonly kind: "none" | "jump" | "call" | "return";
  /** Of a direct jump or call. */
  readonly target?: number;
  /** The following instruction is reached, too (for a call: when it returns). */
  readonly falls: boolean;
}

/** Undefined when a region cannot hold the instruction: the interpreter executes it. */
export function regionInstruction(
  decoded: DecodedInstruction,
  form: InstructionForm | undefined,
): RegionInstruction | undefined {
  if (!form) return undefined;
  const b = new Builder(form.widths[0] ?? 8, (position) => {
    const operand = decoded.operands[position];
    return operand?.kind === "immediate" ? operand.value : undefined;
  });
  const operands = decoded.operands.map((operand, position) =>
    operandOf(b, operand, position as OperandPosition, form.widths[position] ?? 8),
  );
  const [first, second, third, fourth] = operands;
  // As many operands as the definition's variants have.
  form.definition.semantics(b, first as Operand, second as Operand, third as Operand, fourth as Operand);
  const statements = b.finish();
  const vector = vectorOperation(decoded);
  const isGeneral = canCompile(statements);
  if (!isGeneral && !vector) return undefined;
  const address = Number(decoded.address);
  return {
    decoded,
    address,
    next: address + decoded.length,
    statements,
    movesStack: stackMoveOf(decoded, form.handler) !== "none",
    touchesRest: touchesRest(decoded),
    flow: flowOf(decoded, statements),
    vector,
    loadsMxcsr: decoded.name === "ldmxcsr" || decoded.name === "vldmxcsr",
    isGeneral,
  };
}

function operandOf(b: Builder, operand: DecodedOperand, position: OperandPosition, width: Width): Operand {
  switch (operand.kind) {
    case "register":
    case "vector":
    case "mmx":
      return new RegisterOperand(b, { kind: "operand", position }, width, operand.kind === "mmx");
    case "memory":
      return new MemoryOperand(b, width);
    case "immediate":
      return new ImmediateOperand(b, position, width);
    case "branch":
      return new ImmediateOperand(b, position, width, true);
  }
}

const compiledNodes = new Set<Node["kind"]>([
  "constant",
  "operation",
  "select",
  "shuffle",
  "lane",
  "splat",
  "replaceLane",
  "register",
  "immediate",
  "load",
  "effectiveAddress",
  "getVariable",
  "state",
  "instruction",
  "flag",
  "condition",
  "statusFlags",
  "call",
  "floatMode",
  "x87Register",
  "helper",
  "vectorHelper",
  "helperResult",
]);
const compiledTypes = new Set<Value["type"]>(["i32", "i64", "v128"]);

/** Loops inside an instruction, system calls and unconditional faults are the interpreter's. */
function canCompile(statements: readonly Statement[], progress = { hasChanged: false }): boolean {
  for (const statement of statements) {
    switch (statement.kind) {
      case "value":
        if (!compiledNodes.has(statement.value.node.kind) || !compiledTypes.has(statement.value.type)) return false;
        break;
      case "if": {
        const branches = [statement.yes, statement.no].map((list) => ({ list, hasChanged: progress.hasChanged }));
        for (const branch of branches) {
          // Such a branch leaves the region, which it can only before anything has changed.
          if (leavesRegion(branch.list) ? progress.hasChanged : !canCompile(branch.list, branch)) return false;
        }
        progress.hasChanged = branches.some(({ hasChanged }) => hasChanged);
        break;
      }
      case "setRegister":
      case "store":
      case "setState":
      case "setX87Register":
      case "flags":
      case "check":
      case "setVariable":
      case "jump":
        break;
      default:
        return false;
    }
    progress.hasChanged ||= changesState(statement);
  }
  return true;
}

const x87 = vectorHelperId("x87");

/**
 * Executed once more from its start, the instruction might do something else. Not so behind exceptions noted in MXCSR:
 * they are noted again.
 */
export function changesState(statement: Statement): boolean {
  switch (statement.kind) {
    case "setRegister":
    case "store":
    case "setX87Register":
    case "flags":
      return true;
    case "setState":
      return statement.field !== "mxcsr";
    case "value":
      return statement.value.node.kind === "vectorHelper" && statement.value.node.id === x87;
    default:
      return false;
  }
}

/** The branch of a condition is not compiled: where it is taken, the interpreter executes the instruction. */
export function leavesRegion(branch: readonly Statement[]): boolean {
  return branch.some(({ kind }) => kind === "fault" || kind === "trapFlag");
}

/** What happens in the branch is rare, and done in TypeScript. Not so of the x87 unit, which needs it often. */
export function callsHelper(branch: readonly Statement[]): boolean {
  return branch.some((statement) => {
    if (statement.kind !== "value") return false;
    const { node } = statement.value;
    return node.kind === "helper" || (node.kind === "vectorHelper" && node.id !== x87);
  });
}

function flowOf(decoded: DecodedInstruction, statements: readonly Statement[]): Flow {
  const last = statements.at(-1);
  const isConditional = last?.kind === "if" && last.yes.at(-1)?.kind === "jump";
  if (last?.kind !== "jump" && !isConditional) return { kind: "none", falls: true };
  const branch = decoded.operands.find((operand) => operand.kind === "branch");
  const target = branch && branch.target < 2n ** 32n ? { target: Number(branch.target) } : {};
  if (decoded.name === "call") return { kind: "call", falls: true, ...target };
  if (decoded.name === "ret" || decoded.name === "ret imm") return { kind: "return", falls: false };
  return { kind: "jump", falls: isConditional, ...target };
}
