/** Colours on a terminal, plain text elsewhere (https://no-color.org). */
const wantsColour =
  process.env.NO_COLOR === undefined || process.env.NO_COLOR === ""
    ? (process.env.FORCE_COLOR ?? "0") !== "0" || process.stdout.isTTY === true
    : false;

const style = (code: string) => (text: string) => (wantsColour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);

export const paint = {
  title: style("1;36"),
  strong: style("1"),
  faint: style("2"),
  good: style("32"),
  bad: style("1;31"),
  running: style("1;32"),
  ready: style("33"),
  fresh: style("36"),
  number: style("35"),
  name: style("34"),
};

/** The width of text on the screen, without what colours it. */
export function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins every colour
  return [...text.replace(/\x1b\[[0-9;]*m/g, "")].length;
}

/** `text` filled up with spaces. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

/** Bytes in the unit that people would use. */
export function bytes(count: number): string {
  if (count >= 1 << 20) return `${trim(count / (1 << 20))} MiB`;
  if (count >= 1 << 10) return `${trim(count / (1 << 10))} KiB`;
  return `${count} bytes`;
}

const trim = (number: number) => String(Math.round(number * 10) / 10);
