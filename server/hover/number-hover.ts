/** A number in the notations that people compare: decimal, hexadecimal, binary, and as a character. */

/** `text`: a literal in lower case. Undefined for what is not an integer. */
export function numberHover(text: string): string | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  const rows = [
    ["decimal", String(value)],
    ["hexadecimal", `0x${value.toString(16)}`],
  ];
  if (value >= 1n << 63n && value < 1n << 64n) rows.push(["signed, 8 bytes", String(BigInt.asIntN(64, value))]);
  if (value >= 1n << 31n && value < 1n << 32n) rows.push(["signed, 4 bytes", String(BigInt.asIntN(32, value))]);
  if (value < 1n << 16n) rows.push(["binary", `0b${value.toString(2)}`]);
  if (value >= 32n && value < 127n) rows.push(["character", `'${String.fromCharCode(Number(value))}'`]);
  return rows.map(([name, form]) => `${name} \`${form}\``).join("  \n");
}

function parse(text: string): bigint | undefined {
  if (/^0x[0-9a-f]+$|^0b[01]+$|^[1-9]\d*$|^0$/.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  const suffixed = /^(\d[0-9a-f]*)h$/.exec(text)?.[1];
  return suffixed === undefined ? undefined : BigInt(`0x${suffixed}`);
}
