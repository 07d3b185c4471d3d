/**
 * The flags that instructions write, by mnemonic: `w` from the result, `0` cleared, `1` set, `u` undefined after it.
 * Only those where that holds for every form. SDM vol. 1, appendix A.
 */
export const flagsWritten: Readonly<Record<string, string>> = {};

const rows: readonly [flags: string, mnemonics: string][] = [
  ["w:OSZAPC", "add adc sub sbb cmp neg cmpxchg xadd cmpsb cmpsw cmpsd cmpsq scasb scasw scasd scasq"],
  ["w:OSZAP", "inc dec"],
  ["w:SZP 0:OC u:A", "and or xor test"],
  ["w:OC u:SZAP", "mul imul"],
  ["u:OSZAPC", "div idiv"],
  ["w:Z", "cmpxchg8b cmpxchg16b"],
  ["w:C u:OSAP", "bt btc btr bts"],
  ["w:C", "cmc adcx"],
  ["w:O", "adox"],
  ["0:C", "clc"],
  ["1:C", "stc"],
  ["0:D", "cld"],
  ["1:D", "std"],
  ["w:Z u:OSAPC", "bsf bsr"],
  ["w:ZC u:OSAP", "lzcnt tzcnt"],
  ["w:Z 0:OSAPC", "popcnt"],
  ["w:SZ 0:OC u:AP", "andn"],
  ["w:SZAPC", "sahf"],
  ["w:ZPC 0:OSA", "comiss comisd ucomiss ucomisd vcomiss vcomisd vucomiss vucomisd"],
];

for (const [flags, mnemonics] of rows) {
  for (const mnemonic of mnemonics.split(" ")) (flagsWritten as Record<string, string>)[mnemonic] = flags;
}

const order = "OSZAPCD";

/** In words: `OF SF ZF AF PF CF from the result`; undefined when nothing is known. */
export function describeFlags(mnemonic: string): string | undefined {
  const text = flagsWritten[mnemonic];
  if (text === undefined) return undefined;
  const words: Readonly<Record<string, string>> = {
    w: "from the result",
    0: "cleared",
    1: "set",
    u: "undefined",
  };
  return text
    .split(" ")
    .map((part) => {
      const [how = "", which = ""] = part.split(":");
      const names = [...which].sort((a, b) => order.indexOf(a) - order.indexOf(b)).map((flag) => `${flag}F`);
      return `${names.join(" ")} ${words[how] ?? ""}`;
    })
    .join("; ");
}
