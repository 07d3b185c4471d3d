/** The area of XSAVE and what loads it, and what there is to be saved: Intel SDM vol. 1, chapter 13. Offsets in bytes. */

/** State components, as bits of XCR0. All of them are on. */
export const components = { x87: 1, sse: 2, avx: 4 } as const;
export const enabledComponents = components.x87 | components.sse | components.avx;

export const extendedArea = {
  /** The area of FXSAVE comes first. The header behind it says which components there are (XSTATE_BV). */
  features: 512,
  /** XCOMP_BV: which components a compacted area has room for, and with bit 63 that it is one. */
  compaction: 520,
  /** To the end of the header: reserved. */
  reserved: 528,
  headerEnd: 576,
  /** The upper halves of the YMM registers; in a compacted area, too, for they are the first of what follows. */
  upperHalves: 576,
  upperHalvesSize: 256,
  size: 832,
  alignment: 64,
} as const;
