/** What kind of thing has gone wrong, with the number that stands for it in DAP's error responses. */
export const errorIds = {
  /** It cannot be done, or not as it was asked for. */
  refused: 1,
  /** The adapter itself has failed: a mistake of ours. */
  failed: 2,
  unknownRequest: 3,
  malformedArguments: 4,
  /** It must wait for `initialize`. */
  tooEarly: 10,
  /** It must wait for a program to be launched. */
  notLaunched: 5,
  /** It must wait for the program to stop. */
  notStopped: 6,
  /** It comes after the program's end. */
  ended: 7,
  /** A program cannot be launched as the launch configuration has it. */
  cannotLaunch: 8,
  /** The client does not want it any more. */
  cancelled: 9,
} as const;

export type ErrorKind = keyof typeof errorIds;

/** A request that cannot be carried out: the dispatcher answers it with DAP's error response. */
export class RequestError extends Error {
  /** `message` says what is wrong and what to do. `showUser`: the client shows it in a dialog. */
  constructor(
    message: string,
    readonly showUser = false,
    readonly kind: ErrorKind = showUser ? "cannotLaunch" : "refused",
  ) {
    super(message);
    this.name = "RequestError";
  }
}
