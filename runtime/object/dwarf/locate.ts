/** Where a variable is in a frame that is being looked at. */
import { attempt } from "../byte-cursor.js";
import { calledEntry, callSiteAt, isEntryOf } from "./call-sites.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import { evaluate, evaluateValue } from "./expression.js";
import type { DebugFunction } from "./function.js";
import type { ExpressionContext, Location } from "./location.js";
import { expressionAt } from "./location-lists.js";
import { attributeOf } from "./names.js";

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

/** Where the variable is at the frame's instruction. `home` is the function with the code. Never throws. */
export function locate(entry: Entry, home: DebugFunction | undefined, frame: FrameValues): Location {
  const found = attempt(entry.unit.file.note, "the place of a variable", (): Location => {
    const holder = attributeOf(entry, dw.DW_AT_location);
    const expression = holder && expressionAt(holder, dw.DW_AT_location, frame.address);
    if (holder && expression) return evaluate(expression, holder.unit, contextOf(home, frame));
    return (holder ? undefined : constantOf(entry)) ?? { kind: "optimized-out" };
  });
  return found ?? { kind: "unavailable", reason: "its debug information is damaged" };
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
