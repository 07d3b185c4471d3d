import type { Entry } from "./entry.js";

/** Where something is, or what it is when it is nowhere. Registers have DWARF's numbers. */
export type Location =
  | { readonly kind: "memory"; readonly address: bigint }
  | { readonly kind: "register"; readonly register: number }
  /** The value itself, its low 64 bits; the program keeps it nowhere. */
  | { readonly kind: "value"; readonly value: bigint }
  /** The bytes of the value; the program keeps them nowhere. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** A pointer that was optimised out, to the thing that the entry stands for and `offset` bytes behind. */
  | { readonly kind: "implicit-pointer"; readonly entry: Entry | undefined; readonly offset: number }
  /** Parts, the lowest bits first. */
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  | { readonly kind: "optimized-out" }
  /** The reason is for the user. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** A part of a value: `bitSize` bits, taken from `bitOffset` bits into the place. */
export interface Piece {
  readonly location: Location;
  readonly bitSize: number;
  readonly bitOffset: number;
}

/** What an expression may ask of the frame that it is about. Whatever is undefined is not known there. */
export interface ExpressionContext {
  /** The value that a register has in the frame, by DWARF's number. */
  register?(number: number): bigint | undefined;
  memory?(address: bigint, size: number): Uint8Array | undefined;
  /** The base that `DW_AT_frame_base` tells. */
  frameBase?(): bigint | undefined;
  canonicalFrameAddress?(): bigint | undefined;
  /** The address of what is `offset` bytes into the thread's own storage. */
  threadLocal?(offset: bigint): bigint | undefined;
  /** What the expression was when the function was entered. */
  entryValue?(expression: Uint8Array): bigint | undefined;
  /** The object that a member's or type's expression is about. */
  readonly objectAddress?: bigint;
  /** The instruction, for the lists that expressions call. */
  readonly address?: number;
}
