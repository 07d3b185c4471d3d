/**
 * What the program writes, as the client's `output` events. Characters may be cut in two by the program's writes; and
 * a program that writes byte by byte must not cause an event for each.
 */
type Category = "stdout" | "stderr" | "console";

export class ProgramOutput {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #pending: { category: Category; text: string } | undefined;
  #isFlushPlanned = false;

  constructor(private readonly send: (category: Category, text: string) => void) {}

  /** Bytes of a standard stream, in UTF-8. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    this.#add(stream, this.#decoders[stream].decode(bytes, { stream: true }));
  }

  /** A line from the debugger itself. */
  note(text: string): void {
    this.#add("console", text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Sends what is waiting: before each event that the client must see after the output. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.send(pending.category, pending.text);
  }

  /** The program has ended: half characters show as U+FFFD. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) this.#add(stream, this.#decoders[stream].decode());
    this.flush();
  }

  #add(category: Category, text: string): void {
    if (text === "") return;
    if (this.#pending !== undefined && this.#pending.category !== category) this.flush();
    this.#pending = { category, text: (this.#pending?.text ?? "") + text };
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setTimeout(() => {
      this.#isFlushPlanned = false;
      this.flush();
    }, 0);
  }
}
