import type { Command } from "./command.js";

export const languageServerCommand: Command = {
  name: "lsp",
  synopsis: "lsp --stdio",
  summary: "Serve the Language Server Protocol for x86-64 assembly.",
  details: "Serves the Language Server Protocol over standard input and output, for any editor that speaks it.",
  async run(words) {
    // The server's library takes its transport from the command line, where this word must be.
    if (words.length !== 1 || words[0] !== "--stdio") return { usageError: "the only transport is --stdio" };
    await import("../server/main.js");
    return undefined;
  },
};
