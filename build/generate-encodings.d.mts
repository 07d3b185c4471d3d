/** The text of runtime/asm/generated/encodings.ts. */
export function generateEncodings(): string;
