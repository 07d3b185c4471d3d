/** What is being done for a request. Whatever may take long asks here, now and then, whether it is still wanted. */
import { RequestError } from "./request-error.js";

/** Milliseconds after which the client's messages are read, a `cancel` among them. */
const longestBreath = 25;

export class Work {
  #lastBreath = performance.now();
  #isCancelled = false;

  constructor(readonly requestId: number) {}

  cancel(): void {
    this.#isCancelled = true;
  }

  /** It is time to `breathe`. Loops ask this at each step, since waiting costs more. */
  get isDue(): boolean {
    return performance.now() - this.#lastBreath > longestBreath;
  }

  /** Lets the host read what has come; throws when the client has cancelled the work. */
  async breathe(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#lastBreath = performance.now();
    this.check();
  }

  /** Throws when the client has cancelled the work. */
  check(): void {
    if (this.#isCancelled) throw new RequestError("This was cancelled.", false, "cancelled");
  }
}
