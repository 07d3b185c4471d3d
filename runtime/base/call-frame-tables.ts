/** How to get from a frame to its caller's, by tables that a program brings along (`.eh_frame`). */

/** Where the value is that a register has in the caller's frame. */
export type SavedRegister =
  | { readonly kind: "memory"; readonly address: bigint }
  /** Still in this register of the frame, by the hardware's number. */
  | { readonly kind: "register"; readonly number: number }
  | { readonly kind: "value"; readonly value: bigint };

export interface CallerRegisters {
  /** `rsp` before the call. */
  readonly canonicalFrameAddress: bigint;
  /** Where the frame's function returns to; undefined at the bottom of a stack. */
  readonly returnAddress: bigint | undefined;
  /** By the hardware's numbers; undefined where the value is lost. */
  readonly registers: readonly (SavedRegister | undefined)[];
  /** A signal made the frame: its return address is the next instruction itself, not one behind a call. */
  readonly isSignalFrame: boolean;
}

export interface CallFrameTables {
  /** What is damaged in the tables, as far as they have been read. */
  readonly notes: readonly string[];
  /**
   * The caller of the frame whose instruction is at `address` (of a call that has not returned: within the call).
   * `register` has the frame's values by the hardware's numbers. Undefined where the tables say nothing, or what they
   * need is not known.
   */
  callerOf(
    address: number,
    register: (number: number) => bigint | undefined,
    memory: (address: bigint, size: number) => Uint8Array | undefined,
  ): CallerRegisters | undefined;

  /**
   * How the address of a frame (CFA) whose instruction is at `address` is computed, looked up once. Undefined where the
   * tables say nothing.
   */
  frameAddressAt(address: number): FrameAddressRule | undefined;
}

/** The address of a frame, of its registers by the hardware's numbers; undefined where it needs one that is not known. */
export type FrameAddressRule = (
  register: (number: number) => bigint | undefined,
  memory: (address: bigint, size: number) => Uint8Array | undefined,
) => bigint | undefined;
