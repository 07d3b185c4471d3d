/** What iced-x86 knows of an instruction: flags that it reads, writes and leaves undefined, registers, text. */
import {
  CpuidFeature,
  Decoder,
  DecoderError,
  Formatter,
  FormatterSyntax,
  Instruction,
  InstructionInfoFactory,
  Mnemonic,
  OpAccess,
  Register,
  RegisterExt,
  RflagsBits,
} from "iced-x86";
import { initialiseIced } from "iced-x86/init";

export interface Inspected {
  readonly length: number;
  /** Undefined for what is no instruction. */
  readonly mnemonic: string | undefined;
  readonly text: string;
  /** Bits of RFLAGS. */
  readonly flagsRead: number;
  readonly flagsUndefined: number;
  readonly flagsModified: number;
  /** The flags may stay as they are: a count of zero. */
  readonly keepsFlagsSometimes: boolean;
  /** Hardware numbers of the general registers written. */
  readonly writes: readonly number[];
  readonly features: readonly string[];
}

/** What can only be said once iced-x86 is loaded: bits of RFLAGS by its own bits, and accesses that write. */
function makeTools() {
  initialiseIced();
  const flagBits: readonly (readonly [number, number])[] = [
    [RflagsBits.CF, 0x1],
    [RflagsBits.PF, 0x4],
    [RflagsBits.AF, 0x10],
    [RflagsBits.ZF, 0x40],
    [RflagsBits.SF, 0x80],
    [RflagsBits.DF, 0x400],
    [RflagsBits.OF, 0x800],
  ];
  return {
    instruction: new Instruction(),
    factory: new InstructionInfoFactory(),
    formatter: new Formatter(FormatterSyntax.Gas),
    writing: new Set([OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite]),
    toFlags: (bits: number) => flagBits.reduce((all, [bit, flag]) => (bits & bit ? all | flag : all), 0),
  };
}
const generalCount = 16;

let tools: ReturnType<typeof makeTools> | undefined;

/** The instruction at the beginning of `bytes`; undefined where they end before it does. */
export function inspect(bytes: Uint8Array, address = 0n): Inspected | undefined {
  tools ??= makeTools();
  const { instruction, factory, formatter, writing, toFlags } = tools;
  const decoder = new Decoder(64, bytes, 0);
  try {
    decoder.ip = address;
    decoder.decodeOut(instruction);
    if (decoder.lastError === DecoderError.NoMoreBytes) return undefined;
    const isValid = decoder.lastError === DecoderError.None;
    const mnemonic = isValid ? Mnemonic[instruction.mnemonic]?.toLowerCase() : undefined;
    const text = isValid ? formatter.format(instruction) : "(bad)";
    const info = factory.info(instruction);
    const writes = new Set<number>();
    for (const used of info.usedRegisters()) {
      if (writing.has(used.access) && RegisterExt.isGPR(used.register)) {
        writes.add((RegisterExt.fullRegister(used.register) - Register.RAX) & (generalCount - 1));
      }
      used.free();
    }
    info.free();
    const isRepeated = instruction.hasRepePrefix || instruction.hasRepnePrefix;
    const shifts = /^(sh[lr]d?|sal|sar|rc[lr]|ro[lr])$/.test(mnemonic ?? "");
    return {
      length: instruction.length,
      mnemonic,
      text,
      flagsRead: toFlags(instruction.rflagsRead),
      flagsUndefined: toFlags(instruction.rflagsUndefined),
      flagsModified: toFlags(instruction.rflagsModified),
      keepsFlagsSometimes: isRepeated || shifts,
      writes: [...writes],
      features: isValid ? [...instruction.cpuidFeatures()].map((feature) => CpuidFeature[feature] ?? "") : [],
    };
  } finally {
    decoder.free();
  }
}
