import { equalBytes } from "../base/bytes.js";
import { addressPlus, formatAddress, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage, ProgramSegment } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import { helpers } from "../engine/helpers.js";
import type { Machine } from "../engine/machine.js";
import { layout, pageEnd, pageSize, pageStart, stackLow } from "./address-space.js";
import { minimumSignalStackSize } from "./signals/signal-frame.js";
import { wordBytes } from "./user-memory.js";

export interface ProcessImageOptions {
  /** `argv`, the program's name first; without the zero bytes at their ends. */
  readonly arguments: readonly Uint8Array[];
  /** `NAME=value` */
  readonly environment: readonly Uint8Array[];
  /** Where the program lies in its file system, for AT_EXECFN. */
  readonly executablePath: string;
  /** For AT_RANDOM: 16 bytes. */
  readonly randomBytes: Uint8Array;
}

/**
 * Lays a program down in the machine's memory as the kernel's `execve` does, with its main stack, and sets `rip` and
 * `rsp` for its first instruction. Fails, with a sentence for the user, when the program does not fit in the guest's
 * address space.
 */
export function layDownProcessImage(
  machine: Machine,
  image: ProgramImage,
  options: ProcessImageOptions,
): Result<void, string> {
  for (const segment of image.segments) {
    if (isInPlace(machine, segment)) continue;
    const start = pageStart(segment.address);
    const end = segmentEnd(segment);
    const overlapsStack = start < layout.stackHigh && end > stackLow;
    if (
      start < layout.lowest ||
      end > layout.mmapEnd ||
      overlapsStack ||
      !mapSegmentPages(machine, start, end, segment.permissions)
    ) {
      return fail(explainPlace(segment));
    }
    machine.memory.write(segment.address, segment.bytes);
  }
  machine.memory.map(stackLow, layout.stackSize, { read: true, write: true, execute: false });
  const stackPointer = writeInitialStack(machine, image, options);
  if (stackPointer === undefined) {
    return fail(
      `The program cannot be started: its arguments and environment take more than half of its stack ` +
        `(${layout.stackSize} bytes). Pass fewer or shorter ones.`,
    );
  }
  machine.registers.setGeneral("rsp", stackPointer);
  machine.registers.rip = image.entry;
  return ok(undefined);
}

/** Why a segment cannot be where its linker put it, and how to link it elsewhere. lld begins at 0x200000, GNU ld does not. */
function explainPlace({ name, address, size }: ProgramSegment): string {
  const place = `${formatAddress(address)} to ${formatAddress(address + BigInt(size))}`;
  const why =
    address < layout.lowest
      ? `what is below ${formatAddress(layout.lowest)} is taken by the emulator itself`
      : `programs may use ${formatAddress(layout.lowest)} to ${formatAddress(stackLow)}`;
  return (
    `The program cannot be loaded: its segment ${name} lies at ${place}, and ${why}. Link it at the usual address: ` +
    "-Wl,--image-base=0x400000 (lld; of rustc, -Clink-arg=-Wl,--image-base=0x400000) or -Wl,-Ttext-segment=0x400000 " +
    "(GNU ld). Or let it have no address of its own: -static-pie (of rustc, without -Crelocation-model=static)."
  );
}

/** Behind the last page of a segment. */
export function segmentEnd({ address, size }: ProgramSegment): GuestAddress {
  return pageEnd(address + BigInt(size));
}

/** An earlier process on the machine had the segment, too, and could not change it. */
export function isInPlace({ memory }: Machine, segment: ProgramSegment): boolean {
  const { address, bytes, size, permissions } = segment;
  if (!permissions.execute || permissions.write || bytes.length !== size) return false;
  for (let page = pageStart(address); page < segmentEnd(segment); page = addressPlus(page, pageSize)) {
    const found = memory.permissionsAt(page);
    if (!found?.execute || found.write || found.read !== permissions.read) return false;
  }
  return equalBytes(memory.read(address, size), bytes);
}

/** Segments may share a page: what an earlier one put there stays, and the page permits what either asks for. */
function mapSegmentPages(
  machine: Machine,
  start: GuestAddress,
  end: GuestAddress,
  permissions: ProgramSegment["permissions"],
): boolean {
  const { memory } = machine;
  let from = start;
  const shared = memory.permissionsAt(start);
  if (shared !== undefined && end > start) {
    const both = {
      read: shared.read || permissions.read,
      write: shared.write || permissions.write,
      execute: shared.execute || permissions.execute,
    };
    from = addressPlus(start, pageSize);
    if (!memory.protect(start, pageSize, both)) return false;
  }
  return from >= end || memory.map(from, Number(end - from), permissions);
}

/** Kinds of auxiliary values (elf.h). There is no vDSO. */
const auxiliary = {
  AT_NULL: 0n,
  AT_PHDR: 3n,
  AT_PHENT: 4n,
  AT_PHNUM: 5n,
  AT_PAGESZ: 6n,
  AT_BASE: 7n,
  AT_FLAGS: 8n,
  AT_ENTRY: 9n,
  AT_UID: 11n,
  AT_EUID: 12n,
  AT_GID: 13n,
  AT_EGID: 14n,
  AT_PLATFORM: 15n,
  AT_HWCAP: 16n,
  AT_CLKTCK: 17n,
  AT_SECURE: 23n,
  AT_RANDOM: 25n,
  AT_HWCAP2: 26n,
  AT_EXECFN: 31n,
  AT_MINSIGSTKSZ: 51n,
} as const;

/**
 * The stack that a process begins with (System V ABI, AMD64 supplement, 3.4.1), from `rsp` up: the number of
 * arguments, their addresses, a zero word, the addresses of the environment's strings, a zero word, the auxiliary
 * vector; above them the strings. Returns `rsp`, a multiple of 16.
 */
function writeInitialStack(
  machine: Machine,
  image: ProgramImage,
  options: ProcessImageOptions,
): GuestAddress | undefined {
  const encoder = new TextEncoder();
  let top = layout.stackHigh;
  const lowest = addressPlus(layout.stackHigh, -layout.stackSize / 2);
  const push = (bytes: Uint8Array): GuestAddress => {
    top = addressPlus(top, -bytes.length);
    if (top >= lowest) machine.memory.write(top, bytes);
    return top;
  };
  const pushString = (text: Uint8Array): GuestAddress => {
    push(new Uint8Array(1));
    return push(text);
  };

  const fileName = pushString(encoder.encode(options.executablePath));
  const platform = pushString(encoder.encode("x86_64"));
  const environment = options.environment.map(pushString);
  const argumentAddresses = options.arguments.map(pushString);
  const random = push(options.randomBytes);

  const table = image.programHeaders;
  const programHeaders =
    table === undefined
      ? []
      : [
          [auxiliary.AT_PHDR, table.address],
          [auxiliary.AT_PHENT, BigInt(table.entrySize)],
          [auxiliary.AT_PHNUM, BigInt(table.count)],
        ];
  const words: bigint[] = [
    BigInt(argumentAddresses.length),
    ...argumentAddresses,
    0n,
    ...environment,
    0n,
    ...[
      [auxiliary.AT_HWCAP, helpers.cpuid(1n, 0n, 3n)],
      [auxiliary.AT_PAGESZ, BigInt(pageSize)],
      [auxiliary.AT_CLKTCK, 100n],
      ...programHeaders,
      [auxiliary.AT_BASE, 0n],
      [auxiliary.AT_FLAGS, 0n],
      [auxiliary.AT_ENTRY, image.entry],
      [auxiliary.AT_UID, 1000n],
      [auxiliary.AT_EUID, 1000n],
      [auxiliary.AT_GID, 1000n],
      [auxiliary.AT_EGID, 1000n],
      [auxiliary.AT_SECURE, 0n],
      [auxiliary.AT_RANDOM, random],
      [auxiliary.AT_HWCAP2, 0n],
      [auxiliary.AT_EXECFN, fileName],
      [auxiliary.AT_PLATFORM, platform],
      [auxiliary.AT_MINSIGSTKSZ, minimumSignalStackSize],
      [auxiliary.AT_NULL, 0n],
    ].flat(),
  ];
  const stackPointer = guestAddress((top - BigInt(words.length * 8)) & -16n);
  if (stackPointer < lowest) return undefined;
  machine.memory.write(stackPointer, wordBytes(words));
  return stackPointer;
}
