/** The operands of an instruction as its semantics see them: whatever they are, they are read and written alike. */
import type { Builder } from "./builder.js";
import type { LocationAccess, MemoryAccess, OperandPosition, RegisterPlace, Value, Width } from "./value.js";

export interface Operand {
  /** In bytes. */
  readonly width: Width;
  /** Known while the semantics are recorded. An operand of unknown kind is none of the three. */
  readonly isRegister: boolean;
  readonly isMemory: boolean;
  readonly isMmx: boolean;
  /** A relative branch target. */
  readonly isDirectTarget: boolean;
  /** Written by the semantics. */
  readonly isWritten: boolean;
  /** Sign-extended; a vector when `width` is 16. */
  read(): Value;
  readUnsigned(): Value;
  /** Takes the low `width` bytes. Writing 32 bits to a general register clears its upper half. */
  write(value: Value): void;
  /** `width` bytes at `offset` of a wide operand, zero-extended. */
  readPart(offset: number, width: Width): Value;
  writePart(offset: number, width: Width, value: Value): void;
  /** Raises #GP when it is in memory and not aligned. Before the first read or write. */
  requireAlignment(bytes: number): void;
}

abstract class BaseOperand implements Operand {
  readonly isRegister: boolean = false;
  readonly isMemory: boolean = false;
  readonly isMmx: boolean = false;
  readonly isDirectTarget: boolean = false;
  isWritten = false;

  constructor(
    protected readonly b: Builder,
    readonly width: Width,
  ) {}

  read(): Value {
    return this.load(0, this.width, true);
  }

  readUnsigned(): Value {
    return this.load(0, this.width, false);
  }

  readPart(offset: number, width: Width): Value {
    return this.load(offset, width, false);
  }

  write(value: Value): void {
    this.isWritten = true;
    this.store(0, this.width, value);
  }

  writePart(offset: number, width: Width, value: Value): void {
    this.isWritten = true;
    this.store(offset, width, value);
  }

  requireAlignment(_bytes: number): void {}

  protected abstract load(offset: number, width: Width, signed: boolean): Value;
  protected abstract store(offset: number, width: Width, value: Value): void;
}

/** A register: the semantics' own, or one that the instruction's encoding names. */
export class RegisterOperand extends BaseOperand {
  override readonly isRegister = true;

  constructor(
    b: Builder,
    private readonly place: RegisterPlace,
    width: Width,
    override readonly isMmx = false,
  ) {
    super(b, width);
  }

  protected load(offset: number, width: Width, signed: boolean): Value {
    return this.b.getRegister(this.place, offset, width, signed);
  }

  protected store(offset: number, width: Width, value: Value): void {
    const isGeneral = this.place.kind === "general" || this.width < 16;
    if (width === 4 && isGeneral && offset === 0) {
      this.b.setRegister(this.place, 0, 8, this.b.zeroExtend(value, 4));
    } else {
      this.b.setRegister(this.place, offset, width, value);
    }
  }
}

export class FixedRegisterOperand extends RegisterOperand {
  constructor(b: Builder, index: number, width: Width) {
    super(b, { kind: "general", index }, width);
  }
}

/** A constant of the instruction. */
export class ImmediateOperand extends BaseOperand {
  constructor(
    b: Builder,
    private readonly position: OperandPosition,
    width: Width,
    override readonly isDirectTarget = false,
  ) {
    super(b, width);
  }

  protected load(_offset: number, width: Width, signed: boolean): Value {
    const value = this.b.immediate(this.position);
    return signed ? value : this.b.zeroExtend(value, width);
  }

  protected store(): void {
    throw new Error("the semantics write to an immediate operand");
  }
}

/** Memory at the instruction's effective address, or at a given linear address. */
export class MemoryOperand extends BaseOperand {
  override readonly isMemory = true;
  private access: MemoryAccess | undefined;
  private alignment = 1;

  constructor(
    b: Builder,
    width: Width,
    private readonly address?: Value,
  ) {
    super(b, width);
  }

  override requireAlignment(bytes: number): void {
    this.alignment = bytes;
  }

  override write(value: Value): void {
    this.resolve().write = true;
    super.write(value);
  }

  override writePart(offset: number, width: Width, value: Value): void {
    this.resolve().write = true;
    super.writePart(offset, width, value);
  }

  protected load(offset: number, width: Width, signed: boolean): Value {
    return this.b.loadChecked(this.resolve().address, offset, width, signed);
  }

  protected store(offset: number, width: Width, value: Value): void {
    this.b.storeChecked(this.resolve().address, offset, width, value);
  }

  private resolve(): MemoryAccess {
    if (!this.access) {
      const address = this.address ?? this.b.effectiveAddress();
      this.access = { address, size: this.width, write: false, alignment: this.alignment };
      this.b.check(this.access);
    }
    return this.access;
  }
}

/** An operand whose kind is found out when the instruction runs. For back ends that serve all kinds by one piece of code. */
export class LocationOperand extends BaseOperand {
  private access: LocationAccess | undefined;
  private alignment = 1;

  constructor(
    b: Builder,
    private readonly position: OperandPosition,
    width: Width,
  ) {
    super(b, width);
  }

  override requireAlignment(bytes: number): void {
    this.alignment = bytes;
  }

  override write(value: Value): void {
    this.resolve().write = true;
    super.write(value);
  }

  override writePart(offset: number, width: Width, value: Value): void {
    this.resolve().write = true;
    super.writePart(offset, width, value);
  }

  protected load(offset: number, width: Width, signed: boolean): Value {
    return this.b.loadLocation(this.resolve().result, offset, width, signed);
  }

  protected store(offset: number, width: Width, value: Value): void {
    const extendsRegister = width === 4 && this.width === 4;
    this.b.storeLocation(this.resolve().result, offset, width, value, extendsRegister);
  }

  private resolve(): LocationAccess {
    if (!this.access) {
      this.access = this.b.locate(this.position, this.width);
      this.access.alignment = this.alignment;
    }
    return this.access;
  }
}
