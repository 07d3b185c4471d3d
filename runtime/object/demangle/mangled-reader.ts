/** Takes the letters of a mangled C++ name one after the other, and remembers what later ones refer to. */
import type { Node } from "./itanium-nodes.js";

/** Thrown inside this folder: the symbol is not a mangled name, or not one that is known here. */
export class NotMangled extends Error {}

const deepest = 200;

export abstract class MangledReader {
  protected at = 0;
  protected depth = 0;
  protected readonly substitutions: Node[] = [];

  constructor(readonly source: string) {}

  protected constness(): string {
    const match = /^r?V?K?/.exec(this.rest)?.[0] ?? "";
    this.at += match.length;
    const words = { r: " restrict", V: " volatile", K: " const" };
    return [...match]
      .reverse()
      .map((letter) => words[letter as keyof typeof words])
      .join("");
  }

  /** Keeps a node for the references that mean it. */
  protected known<Kept extends Node>(node: Kept): Kept {
    this.substitutions.push(node);
    return node;
  }

  protected nested<Value>(read: () => Value): Value {
    if (++this.depth > deepest) throw new NotMangled();
    const value = read();
    this.depth--;
    return value;
  }

  protected digits(): number {
    const digits = /^\d+/.exec(this.source.slice(this.at, this.at + 10))?.[0];
    if (digits === undefined) throw new NotMangled();
    this.at += digits.length;
    return Number(digits);
  }

  protected integer(): void {
    this.eat("n");
    this.digits();
  }

  protected get rest(): string {
    return this.source.slice(this.at);
  }

  protected peek(): string | undefined {
    return this.source[this.at];
  }

  protected starts(code: string): boolean {
    return this.source.startsWith(code, this.at);
  }

  protected eat(code: string): boolean {
    if (!this.starts(code)) return false;
    this.at += code.length;
    return true;
  }

  protected expect(code: string): void {
    if (!this.eat(code)) throw new NotMangled();
  }
}
