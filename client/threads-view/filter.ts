/** The filter of the tree, as a person types it: `ready worker`, `in:gt_yield`, `name:printer`, `#12`. */
import type { GreenThreadInfo, GreenThreadsFilter } from "../../debug-adapter/protocol.js";

const states: readonly GreenThreadInfo["state"][] = ["running", "ready", "new"];

/** What a text asks for: states, `#id`, `in:` a function, `name:`; the rest may be in any name. Undefined: for everything. */
export function parseFilter(text: string): GreenThreadsFilter | undefined {
  const filter: GreenThreadsFilter = {};
  const rest: string[] = [];
  for (const word of text.split(/\s+/)) {
    const id = /^#(\d+)$/.exec(word)?.[1];
    const [, key, value] = /^(state|in|function|name):(.+)$/i.exec(word) ?? [];
    const state = stateOf(key === undefined ? word : key.toLowerCase() === "state" ? (value ?? "") : "");
    if (state !== undefined) filter.state = state;
    else if (id !== undefined) filter.id = Number(id);
    else if (key?.toLowerCase() === "name") filter.name = value;
    else if (key !== undefined && key.toLowerCase() !== "state") filter.function = value;
    else if (word !== "") rest.push(word);
  }
  if (rest.length > 0) filter.text = rest.join(" ");
  return Object.keys(filter).length === 0 ? undefined : filter;
}

function stateOf(word: string): GreenThreadInfo["state"] | undefined {
  return states.find((state) => state === word.toLowerCase());
}

/** The filter in words: `ready, in gt_yield, “worker”`. */
export function describeFilter({ id, state, function: inFunction, name, text }: GreenThreadsFilter): string {
  return [
    id === undefined ? undefined : `#${id}`,
    state,
    inFunction && `in ${inFunction}`,
    name && `named ${name}`,
    text && `“${text}”`,
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
}
