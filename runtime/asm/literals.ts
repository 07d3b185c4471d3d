/** Numbers, character constants and strings as GNU as writes them ("Constants" in its manual). */
import { type Cursor, isDigit } from "./cursor.js";

const simpleEscapes: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '"': 34, "\\": 92 };

const utf8 = new TextEncoder();

/** Reads what follows a backslash; the cursor stands behind the backslash. */
function readEscape(cursor: Cursor): number {
  const character = cursor.text.charAt(cursor.at);
  const simple = simpleEscapes[character];
  if (simple !== undefined) {
    cursor.at++;
    return simple;
  }
  if (character === "x" || character === "X") {
    cursor.at++;
    const digits = /^[0-9a-fA-F]*/.exec(cursor.text.slice(cursor.at, cursor.end))?.[0] ?? "";
    cursor.at += digits.length;
    return digits === "" ? 0 : Number.parseInt(digits.slice(-2), 16);
  }
  const octal = /^[0-7]{1,3}/.exec(cursor.text.slice(cursor.at, cursor.end))?.[0];
  if (octal !== undefined) {
    cursor.at += octal.length;
    return Number.parseInt(octal, 8) & 255;
  }
  const start = cursor.at - 1;
  cursor.at = Math.min(cursor.end, cursor.at + 1);
  cursor.problems.push({
    range: cursor.rangeFrom(start),
    message: `Unknown escape \\${character} in a string; GNU as takes it for "${character}". Write \\\\ for a backslash.`,
    severity: "warning",
  });
  return character.charCodeAt(0) & 255;
}

/** Reads a string in double quotes; the cursor stands at the quote. Bytes are the text in UTF-8. */
export function readString(cursor: Cursor): Uint8Array {
  const start = cursor.at;
  cursor.at++;
  const bytes: number[] = [];
  let plainStart = cursor.at;
  const flush = () => {
    if (plainStart >= cursor.at) return;
    for (const byte of utf8.encode(cursor.text.slice(plainStart, cursor.at))) bytes.push(byte);
  };
  for (;;) {
    if (cursor.at >= cursor.end) {
      cursor.fail('This string has no closing quote (").', { start, end: cursor.end });
    }
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === 34) break;
    if (code === 92) {
      flush();
      cursor.at++;
      if (cursor.at >= cursor.end) cursor.fail('This string has no closing quote (").', { start, end: cursor.end });
      bytes.push(readEscape(cursor));
      plainStart = cursor.at;
    } else cursor.at++;
  }
  flush();
  cursor.at++;
  return Uint8Array.from(bytes);
}

/** Reads `'a`, `'a'`, `'\n`; the cursor stands at the quote. */
export function readCharacter(cursor: Cursor): bigint {
  const start = cursor.at;
  cursor.at++;
  if (cursor.at >= cursor.end) cursor.fail("A character must follow the quote, as in 'a'.", cursor.rangeFrom(start));
  let value: number;
  if (cursor.peek() === 92) {
    cursor.at++;
    value = cursor.peek() === 39 ? 39 : -1;
    if (value < 0) value = readEscape(cursor);
    else cursor.at++;
  } else {
    const bytes = utf8.encode(String.fromCodePoint(cursor.text.codePointAt(cursor.at) ?? 0));
    value = bytes[0] ?? 0;
    cursor.at += bytes.length === 4 ? 2 : 1;
  }
  cursor.take("'");
  return BigInt(value);
}

/** What a number turned out to be: an integer, or a reference to a numeric label. */
export type NumberLiteral =
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "local"; readonly label: number; readonly direction: "f" | "b" };

const hexadecimal = /0[xX][0-9a-fA-F]+/y;
const binary = /0[bB][01]+/y;
const decimal = /[0-9]+/y;

function matchAt(pattern: RegExp, cursor: Cursor): string | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  return match && cursor.at + match[0].length <= cursor.end ? match[0] : undefined;
}

const isWordCode = (code: number) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;

/** Reads a number; the cursor stands at its first digit. */
export function readNumber(cursor: Cursor): NumberLiteral {
  const start = cursor.at;
  const prefixed = matchAt(hexadecimal, cursor) ?? matchAt(binary, cursor);
  if (prefixed !== undefined) {
    cursor.at += prefixed.length;
    rejectTail(cursor, start);
    return { kind: "integer", value: BigInt(prefixed) };
  }
  const digits = matchAt(decimal, cursor) ?? "0";
  cursor.at += digits.length;
  const next = cursor.peek();
  if ((next === 98 || next === 102) && !isWordCode(cursor.peek(1))) {
    cursor.at++;
    return { kind: "local", label: Number(digits), direction: next === 98 ? "b" : "f" };
  }
  rejectTail(cursor, start);
  if (digits.length > 1 && digits.startsWith("0")) {
    if (/[89]/.test(digits)) {
      cursor.fail(
        `${digits} starts with 0, so it is octal, and octal digits are 0 to 7. Drop the 0 for a decimal number.`,
        cursor.rangeFrom(start),
      );
    }
    return { kind: "integer", value: BigInt(`0o${digits}`) };
  }
  return { kind: "integer", value: BigInt(digits) };
}

function rejectTail(cursor: Cursor, start: number): void {
  if (!isWordCode(cursor.peek())) return;
  while (isWordCode(cursor.peek())) cursor.at++;
  const text = cursor.text.slice(start, cursor.at);
  const hint = /^[0-9][0-9a-fA-F]*[hH]?$/.test(text)
    ? ` Write hexadecimal numbers as 0x${text.replace(/[hH]$/, "")}.`
    : "";
  cursor.fail(`${text} is not a number.${hint}`, cursor.rangeFrom(start));
}
