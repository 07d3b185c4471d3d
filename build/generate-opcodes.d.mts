/** The text of runtime/x86/generated/opcodes.ts. */
export function generateOpcodes(): Promise<string>;
