/**
 * What the program writes, as the client's `output` events. Characters may be cut in two by the program's writes; and
 * a program that writes byte by byte must not cause an event for each. An event links to the code that began its lines,
 * so lines that come from elsewhere are another event; whoever writes faster than anybody can read gets fewer links.
 */
import type { OutputOrigin } from "./output-origin.js";

type Stream = "stdout" | "stderr";
type Category = Stream | "console";

/** Where the text of an event comes from is found out by unwinding a stack: that often between two turns of the host, */
const mostOriginsAtOnce = 100;
/** and on the whole that often in each. */
const originsEachTurn = 10;

interface Line {
  /** The program has begun it and may go on with it. */
  isBegun: boolean;
  origin: OutputOrigin | undefined;
}

export class ProgramOutput {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #lines: Record<Stream, Line> = {
    stdout: { isBegun: false, origin: undefined },
    stderr: { isBegun: false, origin: undefined },
  };
  #pending: { category: Category; text: string; origin: OutputOrigin | undefined } | undefined;
  #isFlushPlanned = false;
  #originsLeft = mostOriginsAtOnce;

  constructor(private readonly send: (category: Category, text: string, origin: OutputOrigin | undefined) => void) {}

  /** Bytes of a standard stream, in UTF-8; `findOrigin` says whose they are, when that is asked. */
  write(stream: Stream, bytes: Uint8Array, findOrigin: () => OutputOrigin | undefined = () => undefined): void {
    const text = this.#decoders[stream].decode(bytes, { stream: true });
    const line = this.#lines[stream];
    // What goes on with a line belongs to whoever began it.
    const rest = line.isBegun ? text.indexOf("\n") + 1 || text.length : 0;
    this.#add(stream, text.slice(0, rest), line.origin);
    if (rest < text.length) {
      line.origin = this.#originsLeft > 0 ? findOrigin() : undefined;
      this.#originsLeft = Math.max(0, this.#originsLeft - 1);
      this.#add(stream, text.slice(rest), line.origin);
    }
    if (text !== "") line.isBegun = !text.endsWith("\n");
  }

  /** A line from the debugger itself. */
  note(text: string): void {
    this.#add("console", text.endsWith("\n") ? text : `${text}\n`, undefined);
  }

  /** Sends what is waiting: before each event that the client must see after the output. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.send(pending.category, pending.text, pending.origin);
  }

  /** The program has ended: half characters show as U+FFFD. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const line = this.#lines[stream];
      this.#add(stream, this.#decoders[stream].decode(), line.origin);
      this.#lines[stream] = { isBegun: false, origin: undefined };
    }
    this.flush();
  }

  #add(category: Category, text: string, origin: OutputOrigin | undefined): void {
    if (text === "") return;
    if (this.#pending !== undefined && !(this.#pending.category === category && isSame(this.#pending.origin, origin))) {
      this.flush();
    }
    this.#pending = { category, origin, text: (this.#pending?.text ?? "") + text };
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setTimeout(() => {
      this.#isFlushPlanned = false;
      this.#originsLeft = Math.min(mostOriginsAtOnce, this.#originsLeft + originsEachTurn);
      this.flush();
    }, 0);
  }
}

function isSame(one: OutputOrigin | undefined, other: OutputOrigin | undefined): boolean {
  return (
    one?.line === other?.line &&
    one?.column === other?.column &&
    one?.source.path === other?.source.path &&
    one?.source.sourceReference === other?.source.sourceReference
  );
}
