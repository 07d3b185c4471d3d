/** The state of the x87 FPU: its stack of registers, control, status and tag word. Intel SDM vol. 1, 8.1. */
import { exceptions, FloatEnvironment } from "../float/environment.js";
import { format } from "../float/format.js";

/** Bits of the status word. The exceptions are in bits 0 to 5, the top of the stack in bits 11 to 13. */
export const statusBits = {
  stackFault: 0x40,
  /** An exception that is not masked is pending; busy is a copy of it. */
  summary: 0x80,
  c0: 0x100,
  c1: 0x200,
  c2: 0x400,
  c3: 0x4000,
  busy: 0x8000,
} as const;
const conditionBits = statusBits.c0 | statusBits.c1 | statusBits.c2 | statusBits.c3;
const exceptionMask = 0x3f;
const topShift = 11;
/** After FNINIT: all exceptions masked, 64 bits of precision, to nearest. */
export const initialControl = 0x37f;
/** Bits of the control word that exist; bit 6 always reads as one. */
const controlBits = 0x1f3f;
const reservedOne = 0x40;

/** Where things are, in 32-bit words; the registers come first, four words each. */
export const unitPlace = { control: 32, status: 33, tags: 34 } as const;
export const unitWords = 36;

const precisions = [format(15, 23), undefined, format(15, 52), undefined] as const;

/** The number of the register that ST(`index`) is. */
export function physicalRegister(status: number, index: number): number {
  return ((status >> topShift) + index) & 7;
}

export class X87Unit {
  /** `words`: the unit's part of the processor's state, `unitWords` words. */
  constructor(readonly words: Uint32Array) {}

  get control(): number {
    return this.word(unitPlace.control);
  }

  /** Masks may make exceptions pending, or settle them. */
  set control(value: number) {
    this.words[unitPlace.control] = (value & controlBits) | reservedOne;
    this.summarize();
  }

  get status(): number {
    return this.word(unitPlace.status);
  }

  set status(value: number) {
    this.words[unitPlace.status] = value & 0xffff;
    this.summarize();
  }

  get tags(): number {
    return this.word(unitPlace.tags);
  }

  set tags(value: number) {
    this.words[unitPlace.tags] = value & 0xff;
  }

  get top(): number {
    return physicalRegister(this.status, 0);
  }

  set top(value: number) {
    this.words[unitPlace.status] = (this.status & ~(7 << topShift)) | ((value & 7) << topShift);
  }

  /** FNINIT. */
  initialize(): void {
    this.words.fill(0, unitPlace.status, unitWords);
    this.words[unitPlace.control] = initialControl;
  }

  /** ST(i) is empty. */
  isEmpty(index: number): boolean {
    return (this.tags & (1 << this.physical(index))) === 0;
  }

  /** ST(i), 80 bits. */
  get(index: number): bigint {
    return this.registerAt(this.physical(index));
  }

  set(index: number, bits: bigint): void {
    const register = this.physical(index);
    this.setRegisterAt(register, bits);
    this.tags |= 1 << register;
  }

  /** A register by its own number. */
  registerAt(register: number): bigint {
    const at = 4 * register;
    return (BigInt(this.word(at + 2)) << 64n) | (BigInt(this.word(at + 1)) << 32n) | BigInt(this.word(at));
  }

  setRegisterAt(register: number, bits: bigint): void {
    const at = 4 * register;
    this.words[at] = Number(bits & 0xffffffffn);
    this.words[at + 1] = Number((bits >> 32n) & 0xffffffffn);
    this.words[at + 2] = Number((bits >> 64n) & 0xffffn);
  }

  /** Exchanges ST(0) and ST(i), their tags as well. */
  exchange(index: number): void {
    const [a, b] = [this.physical(0), this.physical(index)];
    for (let word = 0; word < 3; word++) {
      const kept = this.word(4 * a + word);
      this.words[4 * a + word] = this.word(4 * b + word);
      this.words[4 * b + word] = kept;
    }
  }

  push(bits: bigint): void {
    this.top = this.top - 1;
    this.set(0, bits);
  }

  pop(): void {
    this.free(0);
    this.top = this.top + 1;
  }

  /** Marks ST(i) empty. */
  free(index: number): void {
    this.tags &= ~(1 << this.physical(index));
  }

  /** What an operation computes under. */
  environment(): FloatEnvironment {
    const { control } = this;
    const environment = new FloatEnvironment(((control & exceptionMask) << 7) | (((control >> 10) & 3) << 13));
    environment.precisionControl = precisions[(control >> 8) & 3];
    return environment;
  }

  /** Sets the condition codes that are given and clears the others. */
  setConditions(bits: number): void {
    this.words[unitPlace.status] = (this.status & ~conditionBits) | bits;
  }

  setC1(isSet: boolean): void {
    this.words[unitPlace.status] = (this.status & ~statusBits.c1) | (isSet ? statusBits.c1 : 0);
  }

  /** Notes exceptions. False if one of them is not masked. */
  raise(raised: number): boolean {
    this.status |= raised;
    return (raised & ~this.control & exceptionMask) === 0;
  }

  /** An operand is missing, or there is no room for one. False if the exception is not masked. */
  raiseStackFault(isOverflow: boolean): boolean {
    this.setC1(isOverflow);
    return this.raise(exceptions.invalid | statusBits.stackFault);
  }

  /** The full tag word, two bits a register: 0 valid, 1 zero, 2 special, 3 empty. */
  fullTags(): number {
    let tags = 0;
    for (let register = 0; register < 8; register++) tags |= this.fullTag(register) << (2 * register);
    return tags;
  }

  setFullTags(tags: number): void {
    let valid = 0;
    for (let register = 0; register < 8; register++) {
      if (((tags >> (2 * register)) & 3) !== 3) valid |= 1 << register;
    }
    this.tags = valid;
  }

  private fullTag(register: number): number {
    if ((this.tags & (1 << register)) === 0) return 3;
    const exponent = this.word(4 * register + 2) & 0x7fff;
    const high = this.word(4 * register + 1);
    if (exponent === 0 && high === 0 && this.word(4 * register) === 0) return 1;
    return exponent === 0 || exponent === 0x7fff || high < 0x8000_0000 ? 2 : 0;
  }

  private summarize(): void {
    const { summary, busy } = statusBits;
    const pending = (this.status & ~this.control & exceptionMask) !== 0;
    this.words[unitPlace.status] = pending ? this.status | summary | busy : this.status & ~(summary | busy);
  }

  private physical(index: number): number {
    return physicalRegister(this.status, index);
  }

  private word(index: number): number {
    return this.words[index] ?? 0;
  }
}
