/** Work that takes long enough for the client to show that something is being done, and a way to end it. */
import type { Session } from "./session.js";
import type { Work } from "./work.js";

/** Milliseconds before anything is shown: most work is over by then. */
const patience = 1000;

export class Progress {
  readonly #begin = performance.now();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #id: string;
  #message: string | undefined;
  #isShown = false;

  constructor(
    private readonly session: Session,
    private readonly work: Work,
    private readonly title: string,
  ) {
    this.#id = `request ${work.requestId}`;
    this.#timer = setTimeout(() => this.#show(), patience);
  }

  /** What comes next. Between two things the client's messages are read; throws when it has cancelled the work. */
  async next(message: string): Promise<void> {
    this.#message = message;
    if (this.#isShown) this.session.emitEvent("progressUpdate", { progressId: this.#id, message });
    else if (performance.now() - this.#begin >= patience) this.#show();
    this.work.check();
    if (this.work.isDue) await this.work.breathe();
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#isShown) this.session.emitEvent("progressEnd", { progressId: this.#id });
    this.#isShown = false;
    this.session.progressing.delete(this.#id);
  }

  #show(): void {
    if (this.#isShown || !this.session.conventions.supportsProgressReporting) return;
    this.#isShown = true;
    this.session.progressing.set(this.#id, this.work);
    this.session.emitEvent("progressStart", {
      progressId: this.#id,
      title: this.title,
      requestId: this.work.requestId,
      cancellable: true,
      ...(this.#message !== undefined && { message: this.#message }),
    });
  }
}
