/** The language server as a Node program: over stdio, a pipe or Node's IPC, as the client's command line says. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { startServer } from "./server.js";

startServer(createConnection(ProposedFeatures.all));
