/** The 512 bytes that FXSAVE stores, in its 64-bit form: Intel SDM vol. 1, table 10-2. Offsets in bytes. */
export const legacyArea = {
  control: 0,
  status: 2,
  /** A bit for each register that is not empty. */
  tags: 4,
  opcode: 6,
  instruction: 8,
  operand: 16,
  mxcsr: 24,
  mxcsrMask: 28,
  /** ST(0) to ST(7), 16 bytes each, of which 10 are used. */
  registers: 32,
  /** XMM0 to XMM15. */
  xmm: 160,
  size: 512,
  alignment: 16,
} as const;

/** The bits of MXCSR that exist. */
export const mxcsrBits = 0xffff;
