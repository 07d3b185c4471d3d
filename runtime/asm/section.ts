/**
 * A section while it is assembled: the bytes that are known, and between them fragments whose size is found at the end
 * (branches, alignment, gaps). A place is kept as an offset in the known bytes and a count of the fragments before it.
 */
import type { SourceSpan } from "../base/source.js";
import type { SectionFlags } from "./assembler.js";
import type { Location, Value } from "./symbols.js";

/** A jump that is short if its target is near. */
export interface BranchFragment {
  readonly kind: "branch";
  readonly at: number;
  readonly target: Value;
  /** The condition's number for `jcc`, −1 for `jmp`. */
  readonly condition: number;
  size: number;
  readonly span: SourceSpan;
}

export interface AlignFragment {
  readonly kind: "align";
  readonly at: number;
  readonly alignment: number;
  /** Undefined: NOPs. */
  readonly fill: bigint | undefined;
  /** Bytes of the fill pattern. */
  readonly fillSize: number;
  /** Do nothing when more bytes than this would be needed; 0: no limit. */
  readonly most: number;
  size: number;
  readonly span: SourceSpan;
}

/** `.skip`, `.space` and `.fill` with a count that is known at the end, and `.org`. */
export interface GapFragment {
  readonly kind: "gap" | "origin";
  readonly at: number;
  readonly count: Value;
  readonly fill: bigint;
  /** Bytes that one count stands for. */
  readonly unit: number;
  size: number;
  readonly span: SourceSpan;
}

export interface LebFragment {
  readonly kind: "leb";
  readonly at: number;
  readonly value: Value;
  readonly isSigned: boolean;
  size: number;
  readonly span: SourceSpan;
}

export type Fragment = BranchFragment | AlignFragment | GapFragment | LebFragment;

/** A field whose value is known at the end. */
export interface Fixup {
  /** Offset in the known bytes, and fragments before it. */
  readonly offset: number;
  readonly fragment: number;
  readonly size: number;
  readonly value: Value;
  /** Bytes from the field's start to where the processor counts from; −1: not relative to the place. */
  readonly relativeTo: number;
  /** The processor extends the sign to 64 bits. */
  readonly isSigned: boolean;
  readonly isBranch: boolean;
  readonly span: SourceSpan;
}

/** What kind of contents an ELF section has. */
export type SectionType = "progbits" | "nobits" | "note" | "init_array" | "fini_array" | "preinit_array" | "unwind";

export class Section {
  bytes = new Uint8Array(256);
  length = 0;
  readonly fragments: Fragment[] = [];
  readonly fixups: Fixup[] = [];
  alignment = 1;
  /** Bytes of one entry of a mergeable section. */
  entrySize = 0;
  isMergeable = false;
  isStrings = false;
  isThreadLocal = false;
  /** Triples: offset, fragment, index of the row's source and line in `lineSources`. */
  readonly lineOffsets: number[] = [];
  readonly lineFragments: number[] = [];
  readonly lineNumbers: number[] = [];
  readonly lineSources: number[] = [];
  /** Bytes of open size before each fragment; filled in by the layout. */
  sizesBefore: number[] = [0];

  /** The numbered pieces (`.text 1`) that follow this section's own contents, until they are joined. */
  readonly subsections = new Map<number, Section>();
  /** After `joinSubsections`, where a subsection's contents went. */
  private joined: { readonly root: Section; readonly offset: number; readonly fragment: number } | undefined;

  constructor(
    readonly name: string,
    public flags: SectionFlags,
    public type: SectionType,
    readonly index: number,
  ) {}

  /** The section itself, or what a subsection has become part of. */
  get root(): Section {
    return this.joined?.root ?? this;
  }

  /** The subsection with this number; 0 is the section itself. */
  subsection(number: number): Section {
    if (number === 0) return this;
    let found = this.subsections.get(number);
    if (found === undefined) {
      found = new Section(this.name, this.flags, this.type, this.index);
      found.isThreadLocal = this.isThreadLocal;
      this.subsections.set(number, found);
    }
    return found;
  }

  /** Appends the subsections in the order of their numbers. */
  joinSubsections(): void {
    for (const [, piece] of [...this.subsections].sort(([a], [b]) => a - b)) {
      const offset = this.length;
      const fragment = this.fragments.length;
      piece.joined = { root: this, offset, fragment };
      this.append(piece.bytes, piece.length);
      this.align(piece.alignment);
      for (const part of piece.fragments) this.fragments.push({ ...part, at: part.at + offset });
      for (const fixup of piece.fixups) {
        this.fixups.push({ ...fixup, offset: fixup.offset + offset, fragment: fixup.fragment + fragment });
      }
      piece.lineOffsets.forEach((lineOffset, i) => {
        this.lineOffsets.push(lineOffset + offset);
        this.lineFragments.push((piece.lineFragments[i] ?? 0) + fragment);
        this.lineNumbers.push(piece.lineNumbers[i] ?? 0);
        this.lineSources.push(piece.lineSources[i] ?? 0);
      });
    }
    this.subsections.clear();
  }

  get isZeroed(): boolean {
    return this.type === "nobits";
  }

  /** The place where the next byte goes. */
  here(): Location {
    return { section: this, offset: this.length, fragment: this.fragments.length };
  }

  /** Makes room for `count` bytes and returns where they start. */
  reserve(count: number): number {
    const start = this.length;
    this.length += count;
    if (!this.isZeroed && this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
    }
    return start;
  }

  append(bytes: Uint8Array, count = bytes.length): void {
    const start = this.reserve(count);
    if (this.isZeroed) return;
    for (let i = 0; i < count; i++) this.bytes[start + i] = bytes[i] ?? 0;
  }

  appendByte(byte: number): void {
    const start = this.reserve(1);
    if (!this.isZeroed) this.bytes[start] = byte;
  }

  /** Appends the low `size` bytes of `value`, little-endian. */
  appendInteger(value: bigint, size: number): void {
    const start = this.reserve(size);
    if (!this.isZeroed) writeInteger(this.bytes, start, value, size);
  }

  align(to: number): void {
    if (to > this.alignment) this.alignment = to;
  }

  /** The offset in the finished section; after the layout only. */
  finalOffset(offset: number, fragment: number): number {
    if (this.joined !== undefined) {
      return this.joined.root.finalOffset(offset + this.joined.offset, fragment + this.joined.fragment);
    }
    return offset + (this.sizesBefore[fragment] ?? 0);
  }

  /** The whole size after the layout. */
  get finalSize(): number {
    return this.finalOffset(this.length, this.fragments.length);
  }
}

/** Writes the low `size` bytes of `value`, little-endian. */
export function writeInteger(bytes: Uint8Array, at: number, value: bigint, size: number): void {
  if (size <= 4) {
    let low = Number(BigInt.asUintN(32, value));
    for (let i = 0; i < size; i++) {
      bytes[at + i] = low & 255;
      low >>>= 8;
    }
    return;
  }
  let rest = BigInt.asUintN(size * 8, value);
  for (let i = 0; i < size; i++) {
    bytes[at + i] = Number(rest & 255n);
    rest >>= 8n;
  }
}
