/**
 * Requests are answered one after the other, in the order in which they came. Those that end what others do are not
 * made to wait: `cancel`, and the ends of a session.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { Work } from "./work.js";

export const urgentCommands: ReadonlySet<unknown> = new Set(["cancel", "terminate", "disconnect"]);

export class RequestQueue {
  readonly #waiting: { readonly request: DebugProtocol.Request; readonly work: Work }[] = [];
  /** What requests that have not been answered are about, by their numbers. */
  readonly #open = new Map<number, Work>();
  #isServing = false;

  /** `serve` answers a request; a promise says when it has. It fails with nothing. */
  constructor(private readonly serve: (request: DebugProtocol.Request, work: Work) => Promise<void> | undefined) {}

  /** What came in one piece is read before the first of it is answered, so that a `cancel` can overtake. */
  add(request: DebugProtocol.Request): void {
    const work = new Work(request.seq);
    if (urgentCommands.has(request.command)) {
      this.serve(request, work);
      return;
    }
    this.#open.set(request.seq, work);
    this.#waiting.push({ request, work });
    if (this.#isServing) return;
    this.#isServing = true;
    queueMicrotask(() => this.#next());
  }

  /** The client does not want the answer any more. One that has been given stands. */
  cancel(requestId: number): void {
    this.#open.get(requestId)?.cancel();
  }

  /** Nobody wants any of them. */
  cancelAll(): void {
    for (const work of this.#open.values()) work.cancel();
  }

  #next(): void {
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) {
      const { request, work } = first;
      const isDone = () => {
        if (this.#open.get(request.seq) === work) this.#open.delete(request.seq);
      };
      const answered = this.serve(request, work);
      if (answered !== undefined) {
        answered.then(() => {
          isDone();
          this.#next();
        });
        return;
      }
      isDone();
    }
    this.#isServing = false;
  }
}
