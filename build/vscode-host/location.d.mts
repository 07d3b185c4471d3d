export const versions: { codeServer: string; node: string };
export const nodePackage: string;
export function cacheDirectory(): string;
export function hostDirectory(): string;
export function findHost(): { node: string; codeServer: string } | undefined;
export function findChromium(): string | undefined;
