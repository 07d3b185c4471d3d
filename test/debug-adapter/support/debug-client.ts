/** Microsoft's test client, with its messages checked as those of our own. */
import { DebugClient } from "@vscode/debugadapter-testsupport";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { observeMessages } from "./checked-messages.js";
import type { Message } from "./client.js";

export class CheckedDebugClient extends DebugClient {
  constructor(program: string) {
    super(process.execPath, program, "green-threads", undefined, true);
    const observer = observeMessages();
    // It keeps both of these to itself; TypeScript does not see them.
    const inner = this as unknown as {
      dispatch(body: string): void;
      outputStream: { write(text: string): void };
      connect(input: unknown, output: { write(text: string): void }): void;
    };
    const { dispatch, connect } = inner;
    inner.dispatch = (body) => {
      observer.received(JSON.parse(body) as Message);
      dispatch.call(this, body);
    };
    inner.connect = (input, output) =>
      connect.call(this, input, {
        write: (text: string) => {
          const json = text.slice(text.indexOf("\r\n\r\n") + 4);
          observer.sent(JSON.parse(json) as DebugProtocol.Request, false);
          return output.write(text);
        },
      });
  }
}
