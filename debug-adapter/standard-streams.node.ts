/**
 * A session over standard input and output. Node's streams cost more than most answers do, so that this reads without
 * them where it can, and writes to the descriptor.
 */
import { fstatSync, writeSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { MessageReader } from "./message-reader.node.js";
import type { Session } from "./session.js";

const [input, output] = [0, 1];
const bufferSize = 1 << 16;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Speaks until standard input ends, which `ended` is told. */
export function speakOnStandardStreams(session: Session, ended: () => void): void {
  session.onDidSendMessage((message) => {
    // A client that is gone hears nothing more; that its requests have ended is told apart.
    if (!write(JSON.stringify(message))) session.onDidSendMessage(() => {});
  });
  const reader = new MessageReader((text) => {
    try {
      session.handleMessage(JSON.parse(text));
    } catch (error) {
      session.receivedGarbage(error instanceof Error ? error.message : String(error));
    }
  });
  if (!isPipe(input)) {
    process.stdin.on("data", (bytes: Buffer) => reader.take(bytes)).on("end", ended);
    return;
  }
  const callback = (length: number, buffer: Uint8Array): boolean => {
    reader.take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
    return true;
  };
  // The constructor takes what `connect` is documented to pass on to it.
  const options: SocketConstructorOpts & Pick<ConnectOpts, "onread"> = {
    fd: input,
    readable: true,
    writable: false,
    onread: { buffer: new Uint8Array(bufferSize), callback },
  };
  const socket = new Socket(options);
  socket.on("end", ended).on("error", ended);
  socket.resume();
}

function isPipe(descriptor: number): boolean {
  const status = fstatSync(descriptor);
  return status.isFIFO() || status.isSocket();
}

/** False when nobody reads any more. */
function write(json: string): boolean {
  const bytes = Buffer.from(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(output, bytes, done);
    } catch (error) {
      // Otherwise the descriptor does not wait, and the client reads more slowly than we write.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return false;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
  return true;
}
