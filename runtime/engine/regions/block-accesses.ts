/**
 * Where a block accesses memory, relative to what its registers hold when it begins. Registers are followed through
 * moves, LEA and additions of constants; whatever else is computed is a value of its own.
 */
import type { DecodedInstruction } from "../../x86/decode.js";
import type { MemoryAccess, RegisterPlace, Statement, Value } from "../../x86/value.js";
import { guestSpaceEnd, pageShift, pageSize } from "../layout.js";
import { constantOf } from "./constants.js";
import type { Block } from "./control-flow.js";
import type { RegionInstruction } from "./region-instruction.js";

/** A number that is only known as the program runs, plus a constant; or a constant, by pages. */
export interface Place {
  /** A general register as the block begins (0 to 15), a number of the block's own (from 16 on), or see `pageRoot`. */
  readonly root: number;
  readonly offset: number;
}

const registerCount = 16;

/** The root of constant addresses in a page of guest memory. */
const pageRoot = (page: number): number => -1 - page;

/** Of a root that is not a number in the running program: the address. */
export function constantRoot(root: number): number | undefined {
  return root < 0 ? (-1 - root) * pageSize : undefined;
}

/** An access whose check is not conditional. */
export interface BlockAccess {
  readonly access: MemoryAccess;
  readonly place: Place;
}

export interface BlockAccesses {
  readonly accesses: readonly BlockAccess[];
  /** What the general registers hold behind the block. */
  readonly registers: readonly Place[];
}

/** Offsets are small enough to be exact as numbers. */
const farthest = 2 ** 40;

/** `isShort`: see `constantOf`. */
export function accessesOf({ instructions }: Block, isShort: boolean): BlockAccesses {
  const walk = new BlockWalk(isShort);
  for (const instruction of instructions) walk.instruction(instruction);
  return walk;
}

class BlockWalk implements BlockAccesses {
  readonly accesses: BlockAccess[] = [];
  readonly registers: Place[] = Array.from({ length: registerCount }, (_, i) => ({ root: i, offset: 0 }));
  private looksIntoBranches = true;
  private next = registerCount;
  /** Sums of two roots, of which the second is multiplied, by both and the scale. */
  private readonly sums = new Map<number, number>();
  /** The values of the instruction at hand. */
  private readonly places = new Map<Value, Place>();

  constructor(private readonly isShort: boolean) {}

  instruction({ decoded, statements, vector }: RegionInstruction): void {
    this.places.clear();
    // The short ways make no access but those of all cases.
    this.looksIntoBranches = !(vector && this.isShort);
    this.statements(statements, decoded);
  }

  private statements(list: readonly Statement[], decoded: DecodedInstruction): void {
    for (const statement of list) {
      switch (statement.kind) {
        case "value": {
          const place = this.placeOfNode(statement.value, decoded);
          if (place) this.places.set(statement.value, place);
          break;
        }
        case "check":
          this.accesses.push({ access: statement.access, place: this.placeOf(statement.access.address, decoded) });
          break;
        case "setRegister": {
          const index = generalRegister(statement.place, decoded);
          if (index === undefined) break;
          const isWhole = statement.width === 8 && statement.offset === 0 && !isHigh(statement.place, decoded);
          this.registers[index] = isWhole ? this.placeOf(statement.value, decoded) : this.own();
          break;
        }
        case "if": {
          const taken = this.looksIntoBranches ? constantOf(statement.condition, decoded, this.isShort) : undefined;
          if (taken !== undefined) {
            this.statements(taken !== 0n ? statement.yes : statement.no, decoded);
          } else {
            this.forgetSet(statement.yes, decoded);
            this.forgetSet(statement.no, decoded);
          }
          break;
        }
      }
    }
  }

  /** Registers that are set on one way only. */
  private forgetSet(list: readonly Statement[], decoded: DecodedInstruction): void {
    for (const statement of list) {
      if (statement.kind === "setRegister") {
        const index = generalRegister(statement.place, decoded);
        if (index !== undefined) this.registers[index] = this.own();
      } else if (statement.kind === "if") {
        this.forgetSet(statement.yes, decoded);
        this.forgetSet(statement.no, decoded);
      } else if (statement.kind === "loop") {
        this.forgetSet(statement.body, decoded);
      }
    }
  }

  private own(): Place {
    return { root: this.next++, offset: 0 };
  }

  private placeOf(value: Value, decoded: DecodedInstruction): Place {
    let place = this.places.get(value);
    if (!place) {
      const constant = constantOf(value, decoded, this.isShort);
      place = constant === undefined ? this.own() : (placeOfConstant(constant) ?? this.own());
      this.places.set(value, place);
    }
    return place;
  }

  /** Undefined for what is a number of its own, if anybody asks. */
  private placeOfNode({ node }: Value, decoded: DecodedInstruction): Place | undefined {
    switch (node.kind) {
      case "register": {
        const index = generalRegister(node.place, decoded);
        const isWhole = node.width === 8 && node.offset === 0 && !isHigh(node.place, decoded);
        return index !== undefined && isWhole ? this.registers[index] : undefined;
      }
      case "effectiveAddress":
        return this.effectiveAddress(decoded);
      case "operation": {
        if (node.name !== "i64.add" && node.name !== "i64.sub") return undefined;
        const [first, second] = node.inputs;
        const start = first && this.places.get(first);
        const constant = second && constantOf(second, decoded, this.isShort);
        if (!start || start.root < 0 || constant === undefined) return undefined;
        return moved(start, node.name === "i64.add" ? constant : -constant);
      }
      default:
        return undefined;
    }
  }

  private effectiveAddress({ memory, addressSize32, segment }: DecodedInstruction): Place | undefined {
    if (addressSize32 || segment) return undefined;
    const { base, index, scale, displacement } = memory ?? { scale: 1, displacement: 0n };
    const start = base === undefined ? undefined : this.registers[base];
    const steps = index === undefined ? undefined : this.registers[index];
    if (!steps) return start ? moved(start, displacement) : placeOfConstant(displacement);
    // A multiple of a register has its number as a sum, too: that of nothing and the multiple.
    const [root, offset] = start ? [start.root, start.offset] : [nothing, 0];
    const sum = { root: this.sumOf(root, steps.root, scale), offset: offset + steps.offset * scale };
    return moved(sum, displacement);
  }

  private sumOf(first: number, second: number, scale: number): number {
    const key = (first * 2 ** 24 + second) * 16 + scale;
    let root = this.sums.get(key);
    if (root === undefined) {
      root = this.next++;
      this.sums.set(key, root);
    }
    return root;
  }
}

const nothing = 2 ** 23;

function placeOfConstant(value: bigint): Place | undefined {
  if (value < 0n || value >= BigInt(guestSpaceEnd)) return undefined;
  const address = Number(value);
  return { root: pageRoot(address >>> pageShift), offset: address & (pageSize - 1) };
}

function moved({ root, offset }: Place, by: bigint): Place | undefined {
  const page = constantRoot(root);
  if (page !== undefined) return placeOfConstant(BigInt(page + offset) + by);
  const sum = offset + Number(by);
  return Math.abs(sum) < farthest ? { root, offset: sum } : undefined;
}

function generalRegister(place: RegisterPlace, { operands }: DecodedInstruction): number | undefined {
  if (place.kind === "general") return place.index;
  if (place.kind === "vector") return undefined;
  const operand = operands[place.position];
  return operand?.kind === "register" ? operand.index : undefined;
}

function isHigh(place: RegisterPlace, { operands }: DecodedInstruction): boolean {
  if (place.kind !== "operand") return false;
  const operand = operands[place.position];
  return operand?.kind === "register" && operand.isHigh;
}
