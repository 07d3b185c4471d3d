/**
 * Reads static x86-64 ELF executables: their load segments and symbols, as a program image. Everything else is refused
 * with a sentence that says what the file is and how to build one that works.
 */
import { addressPlus, guestAddress } from "../base/guest-address.js";
import type { ProgramHeaderTable, ProgramImage, ProgramSegment } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import * as elf from "./elf.js";
import { ElfCallFrames } from "./elf-call-frames.js";
import { ElfCodePlaces } from "./elf-code-places.js";
import { ExecutableSymbols } from "./executable-symbols.js";
import { ObjectFile } from "./object-file.js";

/** The file begins as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return elf.elfMagic.every((byte, index) => bytes[index] === byte);
}

/**
 * Makes a program image of the bytes of an ELF file; the error is a sentence for the user. `debugFile`: the file that
 * has its debug information and its symbols, where that is another one.
 */
export function readExecutable(bytes: Uint8Array, debugFile?: Uint8Array): Result<ProgramImage, string> {
  if (!isElf(bytes)) {
    return fail(
      "This is not an ELF file. Green Threads runs assembly sources and static x86-64 Linux executables (ELF).",
    );
  }
  try {
    return read(new elf.ElfFile(bytes), bytes, debugFile);
  } catch (error) {
    if (!(error instanceof elf.TruncatedFile)) throw error;
    return fail(
      "This ELF file is damaged or cut off: its headers point behind its end. Build it again, or copy it again.",
    );
  }
}

const buildAdvice = "Build with gcc -static (or link with ld and without shared libraries).";

/** Where a position-independent program (static-pie) is laid down: the usual address of the others. */
const positionIndependentBase = 0x400000n;

function read(file: elf.ElfFile, bytes: Uint8Array, debugFile: Uint8Array | undefined): Result<ProgramImage, string> {
  const refusal = refuseMachine(file.identification());
  if (refusal !== undefined) return fail(refusal);
  const header = file.header();
  const programHeaders = file.programHeaders(header);
  const typeRefusal = refuseType(header, programHeaders);
  if (typeRefusal !== undefined) return fail(typeRefusal);
  // The program's own startup code applies its relocations, so to load it elsewhere is to add to its addresses.
  const base = header.type === elf.ET_DYN ? positionIndependentBase : 0n;

  const segments: ProgramSegment[] = [];
  for (const segment of programHeaders) {
    if (segment.type !== elf.PT_LOAD || segment.memorySize === 0) continue;
    if (segment.memorySize < segment.fileSize) throw new elf.TruncatedFile();
    const execute = (segment.flags & elf.PF_X) !== 0;
    const write = (segment.flags & elf.PF_W) !== 0;
    segments.push({
      name: execute ? "code" : write ? "data" : "constants",
      address: guestAddress(base + segment.address),
      bytes: file.view(segment.offset, segment.fileSize),
      size: segment.memorySize,
      // x86-64 pages that can be written or executed can be read, too.
      permissions: { read: execute || write || (segment.flags & elf.PF_R) !== 0, write, execute },
    });
  }
  const object = opening(bytes);
  const debugObject = debugFile === undefined ? object : opening(debugFile);
  if (segments.length === 0) return fail(`This ELF file has no segments to load. ${buildAdvice}`);
  const symbols = symbolsOf(file, header, debugFile, base);
  return ok({
    entry: guestAddress(base + header.entry),
    segments,
    get symbols() {
      return symbols.all();
    },
    symbolNamed: (name) => symbols.named(name),
    symbolsWith: (part) => symbols.with(part),
    sources: [],
    lines: [],
    places: new ElfCodePlaces(debugObject, Number(base)),
    callFrames: new ElfCallFrames(object, Number(base), debugObject),
    ...programHeaderTable(header, programHeaders, base),
    file: bytes,
  });
}

/** The file, read when it is first asked for. */
function opening(bytes: Uint8Array): () => ObjectFile {
  let opened: ObjectFile | undefined;
  return () => {
    opened ??= new ObjectFile(bytes);
    return opened;
  };
}

/** Those of the debug file, unless it is damaged: of the executable they were taken away. */
function symbolsOf(
  file: elf.ElfFile,
  header: elf.FileHeader,
  debugFile: Uint8Array | undefined,
  base: bigint,
): ExecutableSymbols {
  if (debugFile !== undefined) {
    try {
      const separate = new elf.ElfFile(debugFile);
      return new ExecutableSymbols(separate, separate.header(), base);
    } catch (error) {
      if (!(error instanceof elf.TruncatedFile)) throw error;
    }
  }
  return new ExecutableSymbols(file, header, base);
}

/** The program headers in memory: they lie in the segment that was read from where they are in the file. */
function programHeaderTable(
  { programHeaders: { offset, entrySize, count } }: elf.FileHeader,
  headers: readonly elf.ProgramHeader[],
  base: bigint,
): { programHeaders?: ProgramHeaderTable } {
  const home = headers.find(
    (header) =>
      header.type === elf.PT_LOAD &&
      header.offset <= offset &&
      offset + entrySize * count <= header.offset + header.fileSize,
  );
  if (home === undefined) return {};
  const address = addressPlus(guestAddress(base + home.address), offset - home.offset);
  return { programHeaders: { address, entrySize, count } };
}

/** Why a file for another processor cannot be used; undefined for one that is for x86-64. */
export function refuseMachine(header: ReturnType<elf.ElfFile["identification"]>): string | undefined {
  if (header.machine !== elf.EM_X86_64) {
    const machine = elf.machineNames.get(header.machine) ?? `machine number ${header.machine}`;
    return `This ELF file is for another processor: ${machine}. Green Threads runs x86-64 programs: build it for x86-64 Linux.`;
  }
  if (header.elfClass !== elf.ELFCLASS64 || header.data !== elf.ELFDATA2LSB) {
    return "This ELF file is a 32-bit one (the x32 ABI). Green Threads runs 64-bit programs: build it without -mx32 or -m32.";
  }
  return undefined;
}

function refuseType(header: elf.FileHeader, segments: readonly elf.ProgramHeader[]): string | undefined {
  if (header.type === elf.ET_REL) {
    return "This ELF file is a relocatable object (.o), not yet a program. Link it first: ld -o program file.o, or gcc -static -no-pie.";
  }
  if (header.type === elf.ET_CORE) return "This ELF file is a core dump, not a program. Open the program that made it.";
  if (segments.some(({ type }) => type === elf.PT_INTERP)) {
    return `This program is linked dynamically: it needs shared libraries, which Green Threads does not load. ${buildAdvice}`;
  }
  if (header.type === elf.ET_DYN && header.entry === 0n) {
    return "This ELF file is a shared library, not a program: it has no entry. Open the program that uses it.";
  }
  if (header.type !== elf.ET_EXEC && header.type !== elf.ET_DYN)
    return `This ELF file is not an executable (type ${header.type}). ${buildAdvice}`;
  return undefined;
}
