/** The status flags that arithmetic sets, with their bit in RFLAGS (Intel SDM vol. 1, 3.4.3). */
export const flagBits = { cf: 0, pf: 2, af: 4, zf: 6, sf: 7, of: 11 } as const;
export type FlagName = keyof typeof flagBits;
export const flagNames = Object.keys(flagBits) as FlagName[];

/** All six status flags as a mask of RFLAGS. */
export const statusFlags = 0x8d5;
/** Bits of RFLAGS that user code can change with POPF besides the status flags: TF, DF, NT, AC, ID. */
export const otherUserFlags = 0x244500;
export const trapFlag = 0x100;
export const directionFlag = 0x400;
/** Bits that always read as set in user mode: bit 1 and IF. */
export const fixedFlags = 0x202;

/** The condition codes in the order of their encoding (Intel SDM vol. 1, appendix B), as the mnemonics end. */
export const conditionNames = [
  "o",
  "no",
  "b",
  "ae",
  "e",
  "ne",
  "be",
  "a",
  "s",
  "ns",
  "p",
  "np",
  "l",
  "ge",
  "le",
  "g",
] as const;
export type ConditionName = (typeof conditionNames)[number];
