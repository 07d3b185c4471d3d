import type { OpenFile } from "./open-file.js";

export interface Descriptor {
  readonly file: OpenFile;
  closesOnExec: boolean;
}

/** File descriptors by number. */
export class DescriptorTable {
  /** RLIMIT_NOFILE: numbers lie below. */
  static readonly limit = 1024;
  private readonly slots: (Descriptor | undefined)[] = [];

  get(number: number): Descriptor | undefined {
    return this.slots[number];
  }

  file(number: number): OpenFile | undefined {
    return this.slots[number]?.file;
  }

  /** The lowest free number from `lowest` on now refers to `file`; undefined: none is free. */
  add(file: OpenFile, closesOnExec: boolean, lowest = 0): number | undefined {
    let number = lowest;
    while (this.slots[number] !== undefined) number++;
    if (number >= DescriptorTable.limit) return undefined;
    this.put(number, file, closesOnExec);
    return number;
  }

  /** `number` refers to `file`; what it referred to before is closed. */
  set(number: number, file: OpenFile, closesOnExec: boolean): void {
    file.references++;
    this.close(number);
    file.references--;
    this.put(number, file, closesOnExec);
  }

  /** False: nothing was open there. */
  close(number: number): boolean {
    const descriptor = this.slots[number];
    if (descriptor === undefined) return false;
    this.slots[number] = undefined;
    const { file } = descriptor;
    // Whichever descriptor of a file a process closes, its locks on the file are gone (fcntl(2)).
    file.node.locks?.release(this);
    if (--file.references === 0) {
      file.node.locks?.release(file);
      file.close();
    }
    return true;
  }

  /** The numbers that are open, ascending. */
  numbers(): number[] {
    return this.slots.flatMap((slot, number) => (slot === undefined ? [] : [number]));
  }

  /** Another table with the same numbers, which refer to the same open files. */
  fork(): DescriptorTable {
    const copy = new DescriptorTable();
    for (const number of this.numbers()) {
      const descriptor = this.slots[number];
      if (descriptor !== undefined) copy.put(number, descriptor.file, descriptor.closesOnExec);
    }
    return copy;
  }

  /** Closes those that another program does not get, or all of them. */
  closeAll(which: "closingOnExec" | "all"): void {
    for (const number of this.numbers()) {
      if (which === "all" || this.slots[number]?.closesOnExec) this.close(number);
    }
  }

  private put(number: number, file: OpenFile, closesOnExec: boolean): void {
    file.references++;
    this.slots[number] = { file, closesOnExec };
  }
}
