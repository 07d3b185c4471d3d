/** What a decoder makes of bytes. Names are those of the definitions: forms that differ in meaning differ in name. */
import type { Width } from "./value.js";

export type DecodedOperand =
  /** `index` in hardware order. `isHigh`: AH to DH, which are bits 8 to 15 of registers 0 to 3. */
  | { readonly kind: "register"; readonly index: number; readonly isHigh: boolean; readonly width: Width }
  | { readonly kind: "vector"; readonly index: number; readonly width: 16 | 32 }
  | { readonly kind: "mmx"; readonly index: number; readonly width: 8 }
  | { readonly kind: "memory"; readonly width: Width }
  /** Sign-extended to 64 bits from the operand size. */
  | { readonly kind: "immediate"; readonly value: bigint; readonly width: Width }
  | { readonly kind: "branch"; readonly target: bigint; readonly width: 8 };

export interface MemoryReference {
  /** Register in hardware order. */
  readonly base?: number;
  readonly index?: number;
  /** 1, 2, 4 or 8. */
  readonly scale: number;
  /** Signed; absolute for rIP-relative operands. */
  readonly displacement: bigint;
}

export interface DecodedInstruction {
  readonly address: bigint;
  /** In bytes. */
  readonly length: number;
  /** As the definitions name it; undefined when the bytes are no instruction. */
  readonly name: string | undefined;
  readonly operands: readonly DecodedOperand[];
  readonly memory?: MemoryReference;
  /** Of the memory operand or string source, where it has a base other than zero. */
  readonly segment?: "fs" | "gs";
  /** Under an address-size prefix: addresses and counts are of 32 bits. */
  readonly addressSize32: boolean;
  /**
   * The same number: the same name, kinds and widths of operands, and whether memory is addressed with a segment base or
   * 32 bits. Absent where the table does not have the instruction.
   */
  readonly shape?: number;
  /** Control never reaches the instruction behind it. */
  readonly endsRun: boolean;
}
