/** The instructions of the guest as regions compile them, kept from one region to the next. */
import { InstructionDecoder } from "../../x86/decode.js";
import type { CodeCache } from "../code-cache.js";
import type { PagedMemory } from "../paged-memory.js";
import { type RegionInstruction, regionInstruction } from "./region-instruction.js";

/** In bytes. */
const decodedAtOnce = 512;
const longestInstruction = 15;
/** Beyond, all are forgotten: one takes some kilobytes. */
const mostKept = 8000;

export class InstructionSource {
  /** Undefined: a region cannot hold what is there. */
  private readonly kept = new Map<number, RegionInstruction | undefined>();
  private decoder: InstructionDecoder | undefined;
  /** Where the decoder stands. */
  private next = -1;

  constructor(
    private readonly code: CodeCache,
    private readonly guest: PagedMemory,
  ) {}

  /** Undefined for what a region must not hold. `decodes`: it may be what the interpreter has not seen. */
  at(address: number, decodes: boolean): RegionInstruction | undefined {
    if (this.code.hasBreakpoint(address)) return undefined;
    // What the interpreter has not seen is likely to be cold; and only what has a record is told of changes.
    if (this.code.recordOf(address) === undefined && !(decodes && "record" in this.code.find(address))) {
      return undefined;
    }
    const known = this.kept.get(address);
    if (known || this.kept.has(address)) return known;
    const decoded = this.decode(address);
    const instruction = decoded && regionInstruction(decoded, this.code.writer.formOf(decoded));
    if (this.kept.size >= mostKept) this.kept.clear();
    this.kept.set(address, instruction);
    return instruction;
  }

  /** Nothing more is asked for now: the bytes may change. */
  rest(): void {
    this.decoder = undefined;
    this.next = -1;
  }

  /** The bytes from `start` to `end` (exclusive) change. */
  forget(start: number, end: number): void {
    const first = start - longestInstruction;
    if (end - first > this.kept.size) {
      for (const address of this.kept.keys()) if (address > first && address < end) this.kept.delete(address);
    } else {
      for (let address = first + 1; address < end; address++) this.kept.delete(address);
    }
  }

  forgetAll(): void {
    this.kept.clear();
  }

  private decode(address: number) {
    let decoded = address === this.next ? this.decoder?.next() : undefined;
    if (!decoded) {
      this.decoder = new InstructionDecoder(this.guest.executableBytes(address, decodedAtOnce), BigInt(address));
      decoded = this.decoder.next();
    }
    this.next = decoded ? address + decoded.length : -1;
    return decoded;
  }
}
