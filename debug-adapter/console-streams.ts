/**
 * The program's standard streams in a debug session: all of them are the Debug Console, which is a terminal to the
 * program, so that C libraries write out each line when it is there. Input is what the user types.
 */
import type { HostInput, HostOutput, HostTerminal } from "../runtime/debuggee.js";

/** Nobody knows how wide the console is: what programs assume of terminals that do not tell. */
const terminalSize = { rows: 24, columns: 80 };

export function consoleTerminal(): HostTerminal {
  return { size: () => terminalSize };
}

export function consoleOutput(terminal: HostTerminal, take: (bytes: Uint8Array) => void): HostOutput {
  return {
    kind: "terminal",
    terminal,
    write(bytes) {
      take(bytes);
      return undefined;
    },
    isFull: false,
    ready: () => Promise.resolve(),
  };
}

/** Standard input that is typed while the program runs. As from a terminal, a read takes one line at most. */
export class ConsoleInput implements HostInput {
  readonly kind = "terminal";
  readonly #lines: Uint8Array[] = [];
  #hasEnded = false;
  #wasAwaited = false;
  #waiting: (() => void)[] = [];

  /** `awaited` is called when the program waits for input for the first time. */
  constructor(
    readonly terminal: HostTerminal,
    private readonly awaited: () => void,
  ) {}

  /** The program has asked for input that was not there: what is typed while it runs is for it. */
  get wasAwaited(): boolean {
    return this.#wasAwaited;
  }

  /** A line that the user has typed, without its end. */
  type(line: string): void {
    this.#lines.push(new TextEncoder().encode(`${line}\n`));
    this.#wake();
  }

  /** What Ctrl-D is at a terminal: the program reads the end of its input behind what was typed before. */
  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  get available(): number {
    return this.#lines[0]?.length ?? 0;
  }

  look(): "bytes" | "end" | "nothing" {
    if (this.#lines.length > 0) return "bytes";
    return this.#hasEnded ? "end" : "nothing";
  }

  read(count: number): Uint8Array | undefined {
    const line = this.#lines[0];
    if (line === undefined) {
      return this.#hasEnded ? new Uint8Array() : undefined;
    }
    if (count < line.length) this.#lines[0] = line.subarray(count);
    else this.#lines.shift();
    return line.slice(0, count);
  }

  ready(): Promise<void> {
    if (this.look() !== "nothing") return Promise.resolve();
    if (!this.#wasAwaited) this.awaited();
    this.#wasAwaited = true;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
