import type { Plugin } from "esbuild";

export function generateImage(): Promise<{ readonly bytes: Uint8Array; readonly sources: readonly string[] }>;
export const engineEsbuildPlugin: Plugin;
