/** Where a variable is in a frame that is being looked at. */
import { attempt, ByteCursor } from "../byte-cursor.js";
import { calledEntry, callSiteAt, isEntryOf } from "./call-sites.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import { evaluate, evaluateValue } from "./expression.js";
import type { DebugFunction } from "./function.js";
import type { ExpressionContext, Location } from "./location.js";
import { expressionAt } from "./location-lists.js";
import { attributeOf } from "./names.js";
import * as op from "./operations.js";

/** What is known of a frame. Registers have DWARF's numbers; undefined is not known. */
export interface FrameValues {
  /**
   * The instruction: next to run in the innermost frame, otherwise the return address less one (the call itself), so
   * that lists are looked up for the call.
   */
  readonly address: number;
  register(number: number): bigint | undefined;
  memory(address: bigint, size: number): Uint8Array | undefined;
  /** `rsp` before the call that made the frame (CFA). */
  readonly canonicalFrameAddress: bigint | undefined;
  /** The address of what is `offset` bytes into the thread's own storage. */
  threadLocal?(offset: bigint): bigint | undefined;
  /** The frame that called this one, for what was passed and is no longer kept. */
  caller?(): CallingFrame | undefined;
}

/** A frame, the function that it belongs to, and where the call returns to. */
export interface CallingFrame {
  readonly frame: FrameValues;
  readonly home: DebugFunction;
  readonly returnAddress: number;
}

/** Where a variable is in a frame, or what it is. Never throws. */
export type Locator = (frame: FrameValues) => Location;

/**
 * Tells where the variable is in frames whose instruction is at `address`. `home` is the function with the code. The
 * usual kinds of places are told by a sum, without carrying out an expression each time. Never throws.
 */
export function locatorOf(entry: Entry, home: DebugFunction | undefined, address: number): Locator {
  const note = entry.unit.file.note;
  const damaged: Location = { kind: "unavailable", reason: "its debug information is damaged" };
  const found = attempt(note, "the place of a variable", (): Locator => {
    const holder = attributeOf(entry, dw.DW_AT_location);
    const expression = holder && expressionAt(holder, dw.DW_AT_location, address);
    if (!holder || !expression) {
      const location = (holder ? undefined : constantOf(entry)) ?? ({ kind: "optimized-out" } as const);
      return () => location;
    }
    if (expression[0] === op.DW_OP_addr && expression.length === 1 + holder.unit.addressSize) {
      const location = evaluate(expression, holder.unit, {});
      return () => location;
    }
    return (
      simpleLocator(expression, home, address) ??
      ((frame) =>
        attempt(note, "the place of a variable", () => evaluate(expression, holder.unit, contextOf(home, frame))) ??
        damaged)
    );
  });
  return found ?? (() => damaged);
}

/** For `fbreg` with a frame base that is a sum, and for a register and an offset; undefined for everything else. */
function simpleLocator(expression: Uint8Array, home: DebugFunction | undefined, address: number): Locator | undefined {
  const single = singleOperation(expression);
  if (single === undefined) return undefined;
  const { code, offset } = single;
  if (code >= op.DW_OP_reg0 && code < op.DW_OP_reg0 + 32) {
    const location: Location = { kind: "register", register: code - op.DW_OP_reg0 };
    return () => location;
  }
  if (code !== op.DW_OP_fbreg) return sum(code, offset);
  const holder = home && attributeOf(home.entry, dw.DW_AT_frame_base);
  const base = holder && expressionAt(holder, dw.DW_AT_frame_base, address);
  const baseOperation = base && singleOperation(base);
  if (baseOperation === undefined) return undefined;
  const isRegister = baseOperation.code >= op.DW_OP_reg0 && baseOperation.code < op.DW_OP_reg0 + 32;
  return isRegister
    ? sum(baseOperation.code - op.DW_OP_reg0 + op.DW_OP_breg0, offset)
    : sum(baseOperation.code, offset + baseOperation.offset);
}

/** What lies `offset` bytes behind the frame's address (CFA), or behind where a register points to (`breg`). */
function sum(code: number, offset: bigint): Locator | undefined {
  const isFrameAddress = code === op.DW_OP_call_frame_cfa;
  if (!isFrameAddress && !(code >= op.DW_OP_breg0 && code < op.DW_OP_breg0 + 32)) return undefined;
  const register = code - op.DW_OP_breg0;
  const reason = isFrameAddress
    ? "the address of its frame is not known"
    : "it is in a register whose value is not known in this frame";
  return (frame) => {
    const base = isFrameAddress ? frame.canonicalFrameAddress : frame.register(register);
    if (base === undefined) return { kind: "unavailable", reason };
    return { kind: "memory", address: BigInt.asUintN(64, base + offset) };
  };
}

/** The one operation that an expression has, with its operand where it is an offset. */
function singleOperation(expression: Uint8Array): { readonly code: number; readonly offset: bigint } | undefined {
  const cursor = new ByteCursor(expression);
  const code = cursor.u8();
  const hasOffset = code === op.DW_OP_fbreg || (code >= op.DW_OP_breg0 && code < op.DW_OP_breg0 + 32);
  const offset = hasOffset ? cursor.sleb64() : 0n;
  return cursor.isAtEnd ? { code, offset } : undefined;
}

/** What expressions of the function ask of the frame. */
export function contextOf(home: DebugFunction | undefined, frame: FrameValues): ExpressionContext {
  const plain: ExpressionContext = {
    address: frame.address,
    register: (number) => frame.register(number),
    memory: (address, size) => frame.memory(address, size),
    canonicalFrameAddress: () => frame.canonicalFrameAddress,
    threadLocal: (offset) => frame.threadLocal?.(offset),
    entryValue: (expression) => (home ? entryValue(expression, home, frame) : undefined),
  };
  return { ...plain, frameBase: () => home && frameBaseOf(home, plain) };
}

function frameBaseOf(home: DebugFunction, context: ExpressionContext): bigint | undefined {
  const holder = attributeOf(home.entry, dw.DW_AT_frame_base);
  const expression = holder && expressionAt(holder, dw.DW_AT_frame_base, context.address);
  return holder && expression && evaluateValue(expression, holder.unit, context);
}

/** A variable whose value the compiler knows (`DW_AT_const_value`). */
function constantOf(entry: Entry): Location | undefined {
  const holder = attributeOf(entry, dw.DW_AT_const_value);
  if (!holder) return undefined;
  const bytes = holder.block(dw.DW_AT_const_value);
  if (bytes) return { kind: "bytes", bytes };
  const value = holder.constant(dw.DW_AT_const_value);
  if (value !== undefined) return { kind: "value", value: BigInt.asUintN(64, value) };
  const text = holder.text(dw.DW_AT_const_value);
  return text === undefined ? undefined : { kind: "bytes", bytes: new TextEncoder().encode(`${text}\0`) };
}

/** What `expression`, a register as a rule, was when the function was entered: what the call site passed in it. */
function entryValue(expression: Uint8Array, home: DebugFunction, frame: FrameValues): bigint | undefined {
  const caller = frame.caller?.();
  const site = caller && callSiteAt(caller.home.scope, caller.returnAddress);
  if (!caller || !site || !callsFunction(site, home, caller)) return undefined;
  for (const parameter of site.children()) {
    if (parameter.tag !== dw.DW_TAG_call_site_parameter && parameter.tag !== dw.DW_TAG_GNU_call_site_parameter)
      continue;
    const register = parameter.block(dw.DW_AT_location);
    if (!register || !sameBytes(register, expression)) continue;
    const value = parameter.block(dw.DW_AT_call_value) ?? parameter.block(dw.DW_AT_GNU_call_site_value);
    return value && evaluateValue(value, parameter.unit, contextOf(caller.home, caller.frame));
  }
  return undefined;
}

/** Whether the call leads to the function itself: through a tail call, another one was passed the parameters. */
function callsFunction(site: Entry, home: DebugFunction, caller: CallingFrame): boolean {
  const target = calledEntry(site);
  if (target) return isEntryOf(target, home);
  const computed = site.block(dw.DW_AT_call_target) ?? site.block(DW_AT_GNU_call_site_target);
  const address = computed && evaluateValue(computed, site.unit, contextOf(caller.home, caller.frame));
  return address !== undefined && Number(address) === home.entryAddress;
}

const DW_AT_GNU_call_site_target = 0x2113;

function sameBytes(one: Uint8Array, two: Uint8Array): boolean {
  return one.length === two.length && one.every((byte, index) => byte === two[index]);
}
