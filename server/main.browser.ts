/** The language server as a web worker of the browser's extension host. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from "vscode-languageserver/browser";
import { startServer } from "./server.js";

// The DOM library types `self` as a window; to the message streams it is a port like any other.
const worker = self as unknown as MessagePort;
startServer(createConnection(new BrowserMessageReader(worker), new BrowserMessageWriter(worker)));
