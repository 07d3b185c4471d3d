/** The text of debug-adapter/generated/request-arguments.ts. */
export function generateRequestArguments(): string;
