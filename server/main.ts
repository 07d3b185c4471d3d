/** The language server as a Node program: over stdio, a pipe or Node's IPC, as the client's command line says. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { findFiles } from "./find-files.node.js";
import { startServer } from "./server.js";

startServer(createConnection(ProposedFeatures.all), {
  readFile: (uri) => readFile(fileURLToPath(uri), "utf8"),
  findFiles,
});
