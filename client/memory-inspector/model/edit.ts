/** What a person types into a cell of the inspector, as bytes. */

export type CellKind = "byte" | "word";

export type EditResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: string };

const cellBytes: Readonly<Record<CellKind, number>> = { byte: 1, word: 8 };

/** Reads hexadecimal digits, with or without `0x`, spaces and `_` between them; a word is stored little-endian. */
export function parseEdit(kind: CellKind, text: string): EditResult {
  const digits = text.replace(/[\s_]/g, "").replace(/^0x/i, "");
  const length = cellBytes[kind];
  const example = kind === "byte" ? "41" : "0x401000";
  if (digits === "") return { ok: false, error: `Type hexadecimal digits, such as ${example}, or press Escape.` };
  const wrong = /[^\da-f]/i.exec(digits)?.[0];
  if (wrong !== undefined) return { ok: false, error: `“${wrong}” is no hexadecimal digit (0 to 9, a to f).` };
  const significant = digits.replace(/^0+/, "");
  if (significant.length > 2 * length) {
    return { ok: false, error: `A ${kind} has ${2 * length} hexadecimal digits at most.` };
  }
  let value = BigInt(`0x${digits}`);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return { ok: true, bytes };
}

/** The text in the cell when editing starts. */
export function editText(kind: CellKind, value: bigint): string {
  return kind === "byte" ? value.toString(16).padStart(2, "0") : `0x${value.toString(16)}`;
}
