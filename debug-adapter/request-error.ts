/** A request that cannot be carried out: the dispatcher answers it with DAP's error response. */
export class RequestError extends Error {
  /** `message` says what is wrong and what to do. `showUser`: the client shows it in a dialog. */
  constructor(
    message: string,
    readonly showUser = false,
  ) {
    super(message);
    this.name = "RequestError";
  }
}
