/**
 * The frame that the kernel puts on the stack before it calls a signal handler, and takes from there in rt_sigreturn
 * (Linux, arch/x86: `struct rt_sigframe`, asm/sigcontext.h, asm/ucontext.h). Offsets are in bytes.
 */
import { guestAddress } from "../../base/guest-address.js";
import type { GeneralRegister, RegisterFile } from "../../engine/machine.js";
import { components, enabledComponents, extendedArea } from "../../x86/extended-area.js";
import { legacyArea, mxcsrBits } from "../../x86/x87/legacy-area.js";
import { physicalRegister } from "../../x86/x87/unit.js";
import type { UserMemory } from "../user-memory.js";
import {
  type AlternateStack,
  actionFlags,
  isOnAlternateStack,
  type SignalAction,
  type SignalInfo,
  SS_DISABLE,
  SS_ONSTACK,
} from "./signal-state.js";

const frame = { restorer: 0, context: 8, info: 312, size: 440 } as const;
/** In `struct ucontext`. */
const context = { flags: 0, link: 8, stack: 16, machine: 40, mask: 296 } as const;
/** The registers of `struct sigcontext`, in its order, from its start. */
const contextRegisters: readonly GeneralRegister[] = [
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
  "rdi",
  "rsi",
  "rbp",
  "rbx",
  "rdx",
  "rax",
  "rcx",
  "rsp",
];
/** In `struct sigcontext`, behind those. */
const machineContext = {
  rip: 128,
  flags: 136,
  segments: 144,
  error: 152,
  trap: 160,
  mask: 168,
  address: 176,
  state: 184,
};

/** UC_FP_XSTATE: extended state follows the 512 bytes; UC_SIGCONTEXT_SS and UC_STRICT_RESTORE_SS: the stack segment is there. */
const contextFlags = 7n;
/** Code segment 0x33, GS and FS 0, stack segment 0x2b. */
const userSegments = 0x002b_0000_0000_0033n;
const redZone = 128n;
/** TF, DF, RF: clear when a handler begins. */
const clearedFlags = (1n << 8n) | (1n << 10n) | (1n << 16n);

/** `struct _fpx_sw_bytes`, at the end of the 512 bytes, says what is behind them; a second magic number ends it all. */
const software = { magic: 464, extendedSize: 468, features: 472, size: 480 } as const;
const [magicOfStart, magicOfEnd] = [0x46505853, 0x46505845];
const floatingStateSize = extendedArea.size + 4;

/** What a frame takes at most, for AT_MINSIGSTKSZ. */
export const minimumSignalStackSize = BigInt(frame.size + floatingStateSize + extendedArea.alignment + 16);

export interface SignalFrameState {
  readonly mask: bigint;
  readonly alternateStack: AlternateStack;
}

/**
 * Makes the program continue in the handler of `action`, on a new frame below the stack (or on the alternate one).
 * False, and nothing changed, when there is no memory for the frame.
 */
export function enterHandler(
  registers: RegisterFile,
  memory: UserMemory,
  action: SignalAction,
  info: SignalInfo,
  state: SignalFrameState,
): boolean {
  const stackPointer = registers.general("rsp");
  const { alternateStack } = state;
  const isOnAlternate = isOnAlternateStack(alternateStack, stackPointer);
  const usesAlternate =
    (action.flags & actionFlags.SA_ONSTACK) !== 0n && !isOnAlternate && (alternateStack.flags & SS_DISABLE) === 0;
  const top = usesAlternate ? alternateStack.base + alternateStack.size : stackPointer - redZone;
  const stateAddress = (top - BigInt(floatingStateSize)) & -BigInt(extendedArea.alignment);
  // As at the entry of a function that was called: rsp + 8 is a multiple of 16.
  const frameAddress = ((stateAddress - BigInt(frame.size) + 8n) & -16n) - 8n;
  const bytes = new Uint8Array(Number(stateAddress - frameAddress) + floatingStateSize);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(frame.restorer, action.restorer, true);
  writeContext(view, registers, info, state, stackPointer, stateAddress);
  writeInfo(view, info);
  writeFloatingState(view, Number(stateAddress - frameAddress), registers);
  if (!memory.write(frameAddress, bytes)) return false;

  registers.setGeneral("rdi", BigInt(info.signal));
  registers.setGeneral("rsi", frameAddress + BigInt(frame.info));
  registers.setGeneral("rdx", frameAddress + BigInt(frame.context));
  registers.setGeneral("rax", 0n);
  registers.setGeneral("rsp", frameAddress);
  registers.flags &= ~clearedFlags;
  registers.rip = guestAddress(action.handler);
  registers.resetFloatingPoint();
  return true;
}

function writeContext(
  view: DataView,
  registers: RegisterFile,
  info: SignalInfo,
  state: SignalFrameState,
  stackPointer: bigint,
  stateAddress: bigint,
): void {
  const { alternateStack } = state;
  const at = frame.context;
  view.setBigUint64(at + context.flags, contextFlags, true);
  view.setBigUint64(at + context.stack, alternateStack.base, true);
  const onStack = isOnAlternateStack(alternateStack, stackPointer) ? SS_ONSTACK : 0;
  view.setInt32(at + context.stack + 8, alternateStack.flags | onStack, true);
  view.setBigUint64(at + context.stack + 16, alternateStack.size, true);
  const machine = at + context.machine;
  contextRegisters.forEach((register, index) => {
    view.setBigUint64(machine + index * 8, registers.general(register), true);
  });
  view.setBigUint64(machine + machineContext.rip, registers.rip, true);
  view.setBigUint64(machine + machineContext.flags, registers.flags, true);
  view.setBigUint64(machine + machineContext.segments, userSegments, true);
  view.setBigUint64(machine + machineContext.error, info.trap?.errorCode ?? 0n, true);
  view.setBigUint64(machine + machineContext.trap, BigInt(info.trap?.number ?? 0), true);
  view.setBigUint64(machine + machineContext.mask, state.mask, true);
  view.setBigUint64(machine + machineContext.address, info.trap?.address ?? 0n, true);
  view.setBigUint64(machine + machineContext.state, stateAddress, true);
  view.setBigUint64(at + context.mask, state.mask, true);
}

function writeInfo(view: DataView, info: SignalInfo): void {
  view.setInt32(frame.info, info.signal, true);
  view.setInt32(frame.info + 8, info.code, true);
  info.details.forEach((word, index) => {
    view.setBigUint64(frame.info + 16 + index * 8, BigInt.asUintN(64, word), true);
  });
}

function writeFloatingState(view: DataView, at: number, registers: RegisterFile): void {
  const { x87 } = registers;
  view.setUint16(at + legacyArea.control, x87.control, true);
  view.setUint16(at + legacyArea.status, x87.status, true);
  view.setUint8(at + legacyArea.tags, x87.tags);
  view.setUint32(at + legacyArea.mxcsr, registers.mxcsr, true);
  view.setUint32(at + legacyArea.mxcsrMask, mxcsrBits, true);
  for (let index = 0; index < 8; index++) {
    write128(view, at + legacyArea.registers + index * 16, x87.registers[physicalRegister(x87.status, index)] ?? 0n);
  }
  for (let index = 0; index < 16; index++) write128(view, at + legacyArea.xmm + index * 16, registers.xmm(index));
  let features: number = components.x87 | components.sse;
  for (let index = 0; index < 16; index++) {
    const upper = registers.ymmUpper(index);
    if (upper !== 0n) features |= components.avx;
    write128(view, at + extendedArea.upperHalves + index * 16, upper);
  }
  view.setUint32(at + extendedArea.features, features, true);
  view.setUint32(at + software.magic, magicOfStart, true);
  view.setUint32(at + software.extendedSize, floatingStateSize, true);
  view.setUint32(at + software.features, enabledComponents, true);
  view.setUint32(at + software.size, extendedArea.size, true);
  view.setUint32(at + extendedArea.size, magicOfEnd, true);
}

function write128(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setBigUint64(at + 8, value >> 64n, true);
}

function read128(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}

/**
 * Returns from a handler: `stackPointer` is `rsp` as the handler's `ret` left it, behind the address of the restorer.
 * Sets the registers from the frame and returns the rest of what it holds; undefined when the frame cannot be read.
 */
export function leaveHandler(
  registers: RegisterFile,
  memory: UserMemory,
  stackPointer: bigint,
): SignalFrameState | undefined {
  const bytes = memory.read(stackPointer - 8n, frame.size);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = frame.context + context.machine;
  const stateAddress = view.getBigUint64(machine + machineContext.state, true);
  if (stateAddress === 0n) {
    registers.resetFloatingPoint();
  } else {
    const state = readState(memory, stateAddress);
    if (!state || !restoreFloatingState(state, registers)) return undefined;
  }
  contextRegisters.forEach((register, index) => {
    registers.setGeneral(register, view.getBigUint64(machine + index * 8, true));
  });
  registers.rip = guestAddress(view.getBigUint64(machine + machineContext.rip, true));
  registers.flags = view.getBigUint64(machine + machineContext.flags, true);
  const stack = frame.context + context.stack;
  return {
    mask: view.getBigUint64(frame.context + context.mask, true),
    alternateStack: {
      base: view.getBigUint64(stack, true),
      flags: view.getInt32(stack + 8, true) & ~SS_ONSTACK,
      size: view.getBigUint64(stack + 16, true),
    },
  };
}

interface FloatingState {
  readonly view: DataView;
  /** Which components the frame has room for, as XCR0 numbers them. */
  readonly features: number;
  /** There is a header that says which of them are there. */
  readonly hasHeader: boolean;
}

/** The floating-point state of a frame: all of it, or the 512 bytes where what it says of the rest makes no sense. */
function readState(memory: UserMemory, address: bigint): FloatingState | undefined {
  const whole = memory.read(address, floatingStateSize);
  const bytes = whole ?? memory.read(address, legacyArea.size);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isExtended =
    whole !== undefined &&
    view.getUint32(software.magic, true) === magicOfStart &&
    view.getUint32(software.size, true) === extendedArea.size &&
    view.getUint32(software.extendedSize, true) >= extendedArea.size &&
    view.getUint32(extendedArea.size, true) === magicOfEnd;
  if (!isExtended) return { view, features: components.x87 | components.sse, hasHeader: false };
  return { view, hasHeader: true, features: view.getUint32(software.features, true) & enabledComponents };
}

/** False, and nothing changed, for what XRSTOR refuses. Components that are not there become what they were initially. */
function restoreFloatingState({ view, features, hasHeader }: FloatingState, registers: RegisterFile): boolean {
  const header = hasHeader ? view.getBigUint64(extendedArea.features, true) : BigInt(features);
  const mxcsr = view.getUint32(legacyArea.mxcsr, true);
  const isRefused =
    (header & ~BigInt(enabledComponents)) !== 0n || (hasHeader && read128(view, extendedArea.compaction) !== 0n);
  if (isRefused || (mxcsr & ~mxcsrBits) !== 0) return false;
  const present = Number(header) & features;
  registers.resetFloatingPoint();
  registers.mxcsr = mxcsr;
  if ((present & components.x87) !== 0) {
    const status = view.getUint16(legacyArea.status, true);
    const data = Array<bigint>(8).fill(0n);
    for (let index = 0; index < 8; index++) {
      data[physicalRegister(status, index)] = read128(view, legacyArea.registers + index * 16) & ((1n << 80n) - 1n);
    }
    registers.x87 = {
      registers: data,
      control: view.getUint16(legacyArea.control, true),
      status,
      tags: view.getUint8(legacyArea.tags),
    };
  }
  for (let index = 0; index < 16; index++) {
    if ((present & components.sse) !== 0) registers.setXmm(index, read128(view, legacyArea.xmm + index * 16));
    if ((present & components.avx) !== 0) {
      registers.setYmmUpper(index, read128(view, extendedArea.upperHalves + index * 16));
    }
  }
  return true;
}
