/** DWARF expressions and location descriptions (DWARF 5, sections 2.5 and 2.6), carried out on an abstract machine. */
import { ByteCursor, MalformedData } from "../byte-cursor.js";
import * as dw from "./constants.js";
import { Entry } from "./entry.js";
import type { ExpressionContext, Location, Piece } from "./location.js";
import { expressionAt } from "./location-lists.js";
import * as op from "./operations.js";
import { baseTypeOf, binary, convert, generic, type StackValue, truncated, Unavailable, unary } from "./stack-value.js";
import type { Unit } from "./unit.js";

export type { ExpressionContext, Location, Piece };

/** An expression that runs longer goes round in circles. */
const mostOperations = 20_000;
const deepestCall = 16;

/**
 * Carries out `expression`. `unit` is the one that it stands in (call frame tables have none); `initial` is on the stack
 * at first. Never throws.
 */
export function evaluate(
  expression: Uint8Array,
  unit: Unit | undefined,
  context: ExpressionContext,
  initial: readonly bigint[] = [],
): Location {
  try {
    const machine = new ExpressionMachine(unit, context, initial);
    machine.run(expression, 0);
    return machine.result();
  } catch (error) {
    if (error instanceof Unavailable) return { kind: "unavailable", reason: error.message };
    if (error instanceof MalformedData)
      return { kind: "unavailable", reason: `its location is damaged: ${error.message}` };
    throw error;
  }
}

/** What an expression leaves on the stack, for the places where it is a value; undefined when it cannot be known. */
export function evaluateValue(
  expression: Uint8Array,
  unit: Unit | undefined,
  context: ExpressionContext,
  initial: readonly bigint[] = [],
): bigint | undefined {
  const location = evaluate(expression, unit, context, initial);
  switch (location.kind) {
    case "memory":
      return location.address;
    case "value":
      return location.value;
    case "register":
      return context.register?.(location.register);
    default:
      return undefined;
  }
}

class ExpressionMachine {
  readonly #stack: StackValue[];
  readonly #pieces: Piece[] = [];
  /** What an operation said that is not a place in memory. */
  #location: Location | undefined;
  #operations = 0;

  constructor(
    readonly unit: Unit | undefined,
    readonly context: ExpressionContext,
    initial: readonly bigint[],
  ) {
    this.#stack = initial.map(generic);
  }

  result(): Location {
    return this.#pieces.length > 0 ? { kind: "pieces", pieces: this.#pieces } : this.#simple();
  }

  /** What was described so far, where it is no piece. */
  #simple(): Location {
    if (this.#location) return this.#location;
    const top = this.#stack.at(-1);
    return top ? { kind: "memory", address: top.bits } : { kind: "optimized-out" };
  }

  run(expression: Uint8Array, depth: number): void {
    if (depth > deepestCall) throw new Unavailable("its location calls itself");
    const cursor = new ByteCursor(expression);
    while (!cursor.isAtEnd) {
      if (++this.#operations > mostOperations) throw new Unavailable("its location takes too long to compute");
      this.#execute(cursor.u8(), cursor, depth);
    }
  }

  #execute(code: number, cursor: ByteCursor, depth: number): void {
    if (code >= op.DW_OP_lit0 && code < op.DW_OP_lit0 + 32) this.#push(BigInt(code - op.DW_OP_lit0));
    else if (code >= op.DW_OP_reg0 && code < op.DW_OP_reg0 + 32) this.#isRegister(code - op.DW_OP_reg0);
    else if (code >= op.DW_OP_breg0 && code < op.DW_OP_breg0 + 32) {
      this.#push(this.#register(code - op.DW_OP_breg0) + cursor.sleb64());
    } else if (!(this.#constant(code, cursor) || this.#stackOperation(code, cursor) || this.#place(code, cursor))) {
      this.#flow(code, cursor, depth);
    }
  }

  /** Operations that push what is known without the frame (section 2.5.1.1). */
  #constant(code: number, cursor: ByteCursor): boolean {
    switch (code) {
      case op.DW_OP_addr:
        this.#push(cursor.unsigned(this.unit?.addressSize ?? 8) + this.#bias);
        return true;
      case op.DW_OP_const1u:
        this.#push(cursor.unsigned(1));
        return true;
      case op.DW_OP_const1s:
        this.#push(BigInt(cursor.i8()));
        return true;
      case op.DW_OP_const2u:
        this.#push(cursor.unsigned(2));
        return true;
      case op.DW_OP_const2s:
        this.#push(BigInt(cursor.i16()));
        return true;
      case op.DW_OP_const4u:
        this.#push(cursor.unsigned(4));
        return true;
      case op.DW_OP_const4s:
        this.#push(BigInt(cursor.i32()));
        return true;
      case op.DW_OP_const8u:
      case op.DW_OP_const8s:
        this.#push(cursor.u64());
        return true;
      case op.DW_OP_constu:
        this.#push(cursor.uleb64());
        return true;
      case op.DW_OP_consts:
        this.#push(cursor.sleb64());
        return true;
      case op.DW_OP_addrx:
      case op.DW_OP_GNU_addr_index:
        this.#push(this.#indexed(cursor.uleb()) + this.#bias);
        return true;
      case op.DW_OP_constx:
      case op.DW_OP_GNU_const_index:
        this.#push(this.#indexed(cursor.uleb()));
        return true;
      case op.DW_OP_const_type:
      case op.DW_OP_GNU_const_type: {
        const type = baseTypeOf(this.#typeAt(cursor.uleb()));
        this.#stack.push({ bits: little(cursor.take(cursor.u8())), type });
        return true;
      }
      default:
        return false;
    }
  }

  /** Stack, arithmetic and conversions (sections 2.5.1.3 to 2.5.1.6). */
  #stackOperation(code: number, cursor: ByteCursor): boolean {
    const stack = this.#stack;
    switch (code) {
      case op.DW_OP_dup:
        stack.push(this.#peek(0));
        return true;
      case op.DW_OP_drop:
        this.#pop();
        return true;
      case op.DW_OP_over:
        stack.push(this.#peek(1));
        return true;
      case op.DW_OP_pick:
        stack.push(this.#peek(cursor.u8()));
        return true;
      case op.DW_OP_swap: {
        const [first, second] = [this.#pop(), this.#pop()];
        stack.push(first, second);
        return true;
      }
      case op.DW_OP_rot: {
        const [first, second, third] = [this.#pop(), this.#pop(), this.#pop()];
        stack.push(first, third, second);
        return true;
      }
      case op.DW_OP_abs:
      case op.DW_OP_neg:
      case op.DW_OP_not:
        stack.push(unary(code, this.#pop()));
        return true;
      case op.DW_OP_plus_uconst:
        stack.push(binary(op.DW_OP_plus, this.#pop(), generic(cursor.uleb64())));
        return true;
      case op.DW_OP_and:
      case op.DW_OP_div:
      case op.DW_OP_minus:
      case op.DW_OP_mod:
      case op.DW_OP_mul:
      case op.DW_OP_or:
      case op.DW_OP_plus:
      case op.DW_OP_shl:
      case op.DW_OP_shr:
      case op.DW_OP_shra:
      case op.DW_OP_xor:
      case op.DW_OP_eq:
      case op.DW_OP_ge:
      case op.DW_OP_gt:
      case op.DW_OP_le:
      case op.DW_OP_lt:
      case op.DW_OP_ne: {
        const [second, first] = [this.#pop(), this.#pop()];
        stack.push(binary(code, first, second));
        return true;
      }
      case op.DW_OP_convert:
      case op.DW_OP_GNU_convert:
      case op.DW_OP_reinterpret:
      case op.DW_OP_GNU_reinterpret: {
        const offset = cursor.uleb();
        const type = offset === 0 ? undefined : baseTypeOf(this.#typeAt(offset));
        const value = this.#pop();
        const isConversion = code === op.DW_OP_convert || code === op.DW_OP_GNU_convert;
        stack.push(isConversion ? convert(value, type) : truncated(value.bits, type));
        return true;
      }
      case op.DW_OP_deref:
        this.#dereference(8);
        return true;
      case op.DW_OP_deref_size:
        this.#dereference(cursor.u8());
        return true;
      case op.DW_OP_deref_type:
      case op.DW_OP_GNU_deref_type: {
        this.#dereference(cursor.u8());
        const type = baseTypeOf(this.#typeAt(cursor.uleb()));
        stack.push(truncated(this.#pop().bits, type));
        return true;
      }
      default:
        return false;
    }
  }

  /** What asks the frame, and what describes a place (sections 2.5.1.2 and 2.6.1). */
  #place(code: number, cursor: ByteCursor): boolean {
    switch (code) {
      case op.DW_OP_fbreg:
        this.#push(known(this.context.frameBase?.(), "the base of its frame is not known") + cursor.sleb64());
        return true;
      case op.DW_OP_bregx:
        this.#push(this.#register(cursor.uleb()) + cursor.sleb64());
        return true;
      case op.DW_OP_regx:
        this.#isRegister(cursor.uleb());
        return true;
      case op.DW_OP_regval_type:
      case op.DW_OP_GNU_regval_type: {
        const bits = this.#register(cursor.uleb());
        this.#stack.push(truncated(bits, baseTypeOf(this.#typeAt(cursor.uleb()))));
        return true;
      }
      case op.DW_OP_call_frame_cfa:
        this.#push(known(this.context.canonicalFrameAddress?.(), "the address of its frame is not known"));
        return true;
      case op.DW_OP_push_object_address:
        this.#push(known(this.context.objectAddress, "the object that it belongs to is not in memory"));
        return true;
      case op.DW_OP_form_tls_address:
      case op.DW_OP_GNU_push_tls_address: {
        const offset = this.#pop().bits;
        this.#push(known(this.context.threadLocal?.(offset), "the thread's own storage is not known"));
        return true;
      }
      case op.DW_OP_entry_value:
      case op.DW_OP_GNU_entry_value: {
        const value = this.context.entryValue?.(cursor.take(cursor.uleb()));
        this.#push(known(value, "it was passed in a register that has been used for something else since"));
        return true;
      }
      case op.DW_OP_stack_value:
        this.#location = { kind: "value", value: this.#pop().bits };
        return true;
      case op.DW_OP_implicit_value:
        this.#location = { kind: "bytes", bytes: cursor.take(cursor.uleb()) };
        return true;
      case op.DW_OP_implicit_pointer:
      case op.DW_OP_GNU_implicit_pointer: {
        const size = (this.unit?.version ?? 5) <= 2 ? 8 : (this.unit?.offsetSize ?? 4);
        this.#location = {
          kind: "implicit-pointer",
          entry: this.#entryAt(cursor.offset(size)),
          offset: cursor.sleb(),
        };
        return true;
      }
      case op.DW_OP_piece:
        this.#piece(cursor.uleb() * 8, 0);
        return true;
      case op.DW_OP_bit_piece:
        this.#piece(cursor.uleb(), cursor.uleb());
        return true;
      default:
        return false;
    }
  }

  /** Jumps and calls (section 2.5.1.5); the rest cannot be carried out. */
  #flow(code: number, cursor: ByteCursor, depth: number): void {
    switch (code) {
      case op.DW_OP_skip:
        this.#jump(cursor, cursor.i16());
        return;
      case op.DW_OP_bra: {
        const distance = cursor.i16();
        if (this.#pop().bits !== 0n) this.#jump(cursor, distance);
        return;
      }
      case op.DW_OP_call2:
        this.#call(this.unit && Entry.at(this.unit, this.unit.offset + cursor.u16()), depth);
        return;
      case op.DW_OP_call4:
        this.#call(this.unit && Entry.at(this.unit, this.unit.offset + cursor.u32()), depth);
        return;
      case op.DW_OP_call_ref:
        this.#call(this.#entryAt(cursor.offset(this.unit?.offsetSize ?? 4)), depth);
        return;
      case op.DW_OP_nop:
      case op.DW_OP_GNU_uninit:
        return;
      default:
        throw new Unavailable(`its location has an operation that is not known (0x${code.toString(16)})`);
    }
  }

  #jump(cursor: ByteCursor, distance: number): void {
    const target = cursor.position + distance;
    if (target < 0 || target > cursor.end) throw new MalformedData("a jump out of the expression");
    cursor.position = target;
  }

  #call(entry: Entry | undefined, depth: number): void {
    const expression = entry && expressionAt(entry, dw.DW_AT_location, this.context.address);
    if (expression) this.run(expression, depth + 1);
  }

  #piece(bitSize: number, bitOffset: number): void {
    this.#pieces.push({ location: this.#simple(), bitSize, bitOffset });
    this.#location = undefined;
    this.#stack.pop();
  }

  #isRegister(register: number): void {
    this.#location = { kind: "register", register };
  }

  #register(number: number): bigint {
    return known(this.context.register?.(number), "it is in a register whose value is not known in this frame");
  }

  #dereference(size: number): void {
    const address = this.#pop().bits;
    const bytes = this.context.memory?.(address, size);
    this.#push(little(known(bytes, "it is behind a pointer that leads nowhere")));
  }

  #indexed(index: number): bigint {
    return BigInt(known(this.unit?.indexedAddress(index), "its address is missing from the debug information"));
  }

  /** The entry of a base type, by its offset from the unit's header. */
  #typeAt(offset: number): Entry {
    return Entry.at(known(this.unit, "its type is missing"), (this.unit?.offset ?? 0) + offset);
  }

  #entryAt(offset: number): Entry | undefined {
    const unit = this.unit?.file.unitAt(offset);
    return unit && Entry.ifAt(unit, offset);
  }

  get #bias(): bigint {
    return BigInt(this.unit?.file.addresses.bias ?? 0);
  }

  #push(value: bigint): void {
    this.#stack.push(generic(value));
  }

  #pop(): StackValue {
    const value = this.#stack.pop();
    if (!value) throw new MalformedData("an operation without its operand");
    return value;
  }

  #peek(depth: number): StackValue {
    const value = this.#stack.at(-1 - depth);
    if (!value) throw new MalformedData("an operation without its operand");
    return value;
  }
}

function known<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Unavailable(otherwise);
  return value;
}

/** Bytes as a number, the lowest first. */
export function little(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return value;
}
