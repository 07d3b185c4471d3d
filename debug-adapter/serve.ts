/** The debug adapter on Node's streams: standard input and output, or a port. */
import { type AddressInfo, createServer } from "node:net";
import { nodeHostFiles } from "./host-files.node.js";
import { createSession } from "./session.js";
import { speakOnStandardStreams } from "./standard-streams.node.js";
import { optimiseLater, optimiseNow, withPatientInterpreter } from "./start-flags.node.js";

/** Milliseconds until JavaScript is optimised as usual: somebody waits for the first stop, and steps. */
const patience = 1000;

/** Speaks over standard input and output, and ends with the session. */
export function serveStandardStreams(): void {
  optimiseLater(patience);
  const session = createSession({
    files: nodeHostFiles(),
    whileLoading: withPatientInterpreter,
    whenBusy: optimiseNow,
  });
  const end = () => {
    session.dispose();
    process.exit(0);
  };
  session.onDisconnected = end;
  speakOnStandardStreams(session, end);
}

/** A session for each connection on a port of this machine; 0 takes a free one. Tells which on standard error. */
export function servePort(port: number): void {
  const server = createServer((socket) => {
    const session = createSession({ files: nodeHostFiles(), whileLoading: withPatientInterpreter });
    session.onDisconnected = () => socket.end();
    socket.on("close", () => session.dispose());
    socket.on("error", () => session.dispose());
    session.start(socket, socket);
  });
  server.on("error", (error) => {
    console.error(`The debug adapter cannot listen on port ${port}: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, "127.0.0.1", () => {
    console.error(`The debug adapter listens on 127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}
