/** Finds the sizes of fragments (branches short where they reach, alignment, gaps) and lays sections out. */
import { resolveSymbol, resolveValue } from "./evaluate.js";
import type { Fragment, Section } from "./section.js";
import type { AssemblySymbol, Value } from "./symbols.js";

export type ReportProblem = (fragment: Fragment, message: string) => void;

/** Whether another object may define or replace the symbol, so that its place must be left to the linker. */
export function isPreemptible(symbol: AssemblySymbol): boolean {
  return symbol.binding !== "local" || symbol.type === "ifunc";
}

/** Jumps to global symbols of their own section count on them; only weak ones and IFUNCs are left to the linker. */
const isReplaceable = (symbol: AssemblySymbol) => symbol.binding === "weak" || symbol.type === "ifunc";

/** The offset in `section` that a branch may count on; undefined when the linker decides. */
export function localTarget(value: Value, section: Section): number | undefined {
  if (value.symbol !== undefined && isReplaceable(value.symbol)) return undefined;
  const resolved = resolveValue(value);
  if (resolved.kind !== "section" || resolved.section !== section || isReplaceable(resolved.symbol)) return undefined;
  return Number(resolved.offset);
}

/** Larger than any section a person assembles; a mistyped count must not exhaust the memory. */
export const largestSection = 0x4000_0000;

function sizeOf(section: Section, fragment: Fragment, address: number, report: ReportProblem | undefined): number {
  switch (fragment.kind) {
    case "branch": {
      const long = fragment.condition < 0 ? 5 : 6;
      if (fragment.size === long) return long;
      const target = localTarget(fragment.target, section);
      if (target === undefined) return long;
      const distance = target - (address + 2);
      return distance >= -128 && distance <= 127 ? 2 : long;
    }
    case "align": {
      const needed = -address & (fragment.alignment - 1);
      return fragment.most > 0 && needed > fragment.most ? 0 : needed;
    }
    case "gap":
    case "origin": {
      const resolved = resolveValue(fragment.count);
      let size: bigint;
      if (resolved.kind === "absolute") {
        size = fragment.kind === "origin" ? resolved.value - BigInt(address) : resolved.value * BigInt(fragment.unit);
      } else if (fragment.kind === "origin" && resolved.kind === "section" && resolved.section === section) {
        size = resolved.offset - BigInt(address);
      } else {
        report?.(fragment, "The size of this gap is not a number: its symbols must be labels of one section.");
        return 0;
      }
      if (size < 0n) {
        report?.(
          fragment,
          fragment.kind === "origin" ? "`.org` cannot move backwards." : `The size of this gap is negative (${size}).`,
        );
        return 0;
      }
      if (size > BigInt(largestSection)) {
        report?.(fragment, `This gap of ${size} bytes is too large (1 GiB is the limit).`);
        return 0;
      }
      return Number(size);
    }
    case "leb":
      return lebBytes(lebValue(fragment.value, fragment, report), fragment.isSigned).length;
  }
}

function lebValue(value: Value, fragment: Fragment, report: ReportProblem | undefined): bigint {
  const resolved = resolveValue(value);
  if (resolved.kind === "absolute") return resolved.value;
  report?.(fragment, "This value must be a number when the file has been read.");
  return 0n;
}

/** LEB128 (DWARF 5, 7.6). */
export function lebBytes(value: bigint, isSigned: boolean): number[] {
  const bytes: number[] = [];
  let rest = isSigned ? value : BigInt.asUintN(64, value);
  for (;;) {
    const byte = Number(rest & 127n);
    rest >>= 7n;
    const isLast = isSigned ? (rest === 0n && byte < 64) || (rest === -1n && byte >= 64) : rest === 0n;
    bytes.push(isLast ? byte : byte | 128);
    if (isLast) return bytes;
  }
}

function sumSizes(section: Section): void {
  const before = new Array<number>(section.fragments.length + 1);
  let sum = 0;
  before[0] = 0;
  section.fragments.forEach((fragment, i) => {
    sum += fragment.size;
    before[i + 1] = sum;
  });
  section.sizesBefore = before;
}

/** Settles all sizes: everything starts small and grows until nothing changes. */
export function layOut(sections: readonly Section[], report: ReportProblem): void {
  const open = sections.filter((section) => section.fragments.length > 0);
  for (const section of sections) sumSizes(section);
  // Branches only grow, so this ends; gaps that depend on each other could go round for ever.
  const most = 64 + open.reduce((count, { fragments }) => count + fragments.length, 0);
  for (let round = 0; round < most; round++) {
    let changed = false;
    for (const section of open) {
      let shift = 0;
      section.fragments.forEach((fragment, i) => {
        const address = fragment.at + (section.sizesBefore[i] ?? 0);
        const size = sizeOf(section, fragment, address + (fragment.kind === "branch" ? 0 : shift), undefined);
        if (size !== fragment.size) {
          shift += size - fragment.size;
          fragment.size = size;
          changed = true;
        }
      });
      if (shift !== 0 || changed) sumSizes(section);
    }
    if (!changed) break;
  }
  for (const section of open) {
    section.fragments.forEach((fragment, i) => {
      sizeOf(section, fragment, fragment.at + (section.sizesBefore[i] ?? 0), report);
    });
  }
}

/** The NOPs that GNU as pads code with for x86-64, by length. */
const nops: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];
const longestNop = nops.length - 1;

/** Writes `count` bytes of padding for code: long NOPs, jumped over when there are more than seven. */
function writeNops(bytes: Uint8Array, start: number, count: number): void {
  let at = start;
  let left = count;
  if (Math.floor(count / longestNop) > 7) {
    const distance = count - 2;
    if (distance <= 127) {
      bytes[at] = 0xeb;
      bytes[at + 1] = distance;
      at += 2;
      left -= 2;
    } else {
      left -= 5;
      bytes[at] = 0xe9;
      for (let i = 0; i < 4; i++) bytes[at + 1 + i] = (left >> (8 * i)) & 255;
      at += 5;
    }
  }
  while (left > 0) {
    const nop = nops[Math.min(left, longestNop)] ?? [];
    bytes.set(nop, at);
    at += nop.length;
    left -= nop.length;
  }
}

function writePattern(bytes: Uint8Array, start: number, count: number, fill: bigint, unit: number): void {
  if (fill === 0n) return;
  // What does not fill a whole pattern comes first, as zeros.
  const rest = unit > 1 ? count % unit : 0;
  for (let i = rest; i < count; i++) {
    bytes[start + i] = Number((fill >> BigInt(8 * ((i - rest) % unit))) & 255n);
  }
}

/** The finished bytes of a section; branch displacements to places in the section are filled in. */
export function sectionBytes(section: Section): Uint8Array {
  if (section.isZeroed) return new Uint8Array(0);
  const bytes = new Uint8Array(section.finalSize);
  let copied = 0;
  section.fragments.forEach((fragment, i) => {
    const shift = section.sizesBefore[i] ?? 0;
    bytes.set(section.bytes.subarray(copied, fragment.at), copied + shift);
    copied = fragment.at;
    const address = fragment.at + shift;
    switch (fragment.kind) {
      case "branch": {
        const target = localTarget(fragment.target, section);
        const distance = (target ?? 0) - (address + fragment.size);
        if (fragment.size === 2) {
          bytes[address] = fragment.condition < 0 ? 0xeb : 0x70 | fragment.condition;
          bytes[address + 1] = distance & 255;
        } else {
          let at = address;
          if (fragment.condition < 0) bytes[at++] = 0xe9;
          else {
            bytes[at++] = 0x0f;
            bytes[at++] = 0x80 | fragment.condition;
          }
          for (let b = 0; b < 4; b++) bytes[at + b] = target === undefined ? 0 : (distance >> (8 * b)) & 255;
        }
        break;
      }
      case "align":
        if (fragment.fill === undefined) {
          if (section.flags.execute) writeNops(bytes, address, fragment.size);
        } else writePattern(bytes, address, fragment.size, fragment.fill, fragment.fillSize);
        break;
      case "gap":
      case "origin":
        writePattern(bytes, address, fragment.size, fragment.fill, fragment.unit);
        break;
      case "leb":
        bytes.set(lebBytes(lebValue(fragment.value, fragment, undefined), fragment.isSigned), address);
        break;
    }
  });
  bytes.set(section.bytes.subarray(copied, section.length), copied + (section.sizesBefore.at(-1) ?? 0));
  return bytes;
}

/** The final offset of a symbol in its section, or its absolute value; undefined when it is neither. */
export function symbolPlace(symbol: AssemblySymbol): { section: Section | undefined; value: bigint } | undefined {
  const resolved = resolveSymbol(symbol);
  if (resolved.kind === "section") return { section: resolved.section, value: resolved.offset };
  if (resolved.kind === "absolute") return { section: undefined, value: resolved.value };
  return undefined;
}
