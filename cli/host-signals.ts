import { constants } from "node:os";

/** Signals of the command that are meant for the program it runs. */
const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGWINCH"] as const;

/** Signals that come to the command go to the program, which handles them or ends. */
export function passSignals(send: (signal: number) => void): void {
  for (const name of passedOn) {
    // Windows does not know them all.
    if (constants.signals[name] !== undefined) process.on(name, () => send(constants.signals[name]));
  }
}
