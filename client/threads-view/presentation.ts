/** How a green thread is written in the tree: pure text, for eyes and for screen readers. */
import type { CodePlace, GreenThreadInfo } from "../../debug-adapter/protocol.js";

/** `96 B`, `2.5 KiB`, `64 KiB`, `2 MiB`: at most one digit behind the point. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** `96 B of 64 KiB`; what is unknown is left out. */
export function formatStackUse(thread: GreenThreadInfo): string | undefined {
  if (thread.stackUsed === undefined) return undefined;
  const used = formatBytes(thread.stackUsed);
  return thread.stackSize === undefined ? used : `${used} of ${formatBytes(thread.stackSize)}`;
}

/** The part of a name that the entry function does not repeat: `thread 2` of `thread 2: counter_two`. */
export function shortName(thread: GreenThreadInfo): string {
  const suffix = thread.entryName === undefined ? undefined : `: ${thread.entryName}`;
  return suffix !== undefined && thread.name.endsWith(suffix) ? thread.name.slice(0, -suffix.length) : thread.name;
}

/** The grey text behind the name: `ready in gt_yield · counter_two · 96 B of 64 KiB`, with a number where the name has none. */
export function describeThread(thread: GreenThreadInfo): string {
  const entry = shortName(thread) === thread.name ? undefined : thread.entryName;
  const where = thread.switchedOutAt && ` in ${thread.switchedOutAt.name}`;
  // Threads without a number of their runtime's have the names of their functions, often all the same.
  const number = thread.slot === undefined ? `#${thread.id}` : undefined;
  return [number, thread.state + (where ?? ""), entry, formatStackUse(thread)]
    .filter((part) => part !== undefined)
    .join(" · ");
}

/** One sentence that a screen reader speaks. */
export function speakThread(thread: GreenThreadInfo): string {
  const use = formatStackUse(thread);
  return [thread.name, thread.state, ...(use === undefined ? [] : [`stack used ${use}`])].join(", ");
}

const stateMeanings: Readonly<Record<GreenThreadInfo["state"], string>> = {
  running: "owns the processor",
  ready: "waits for its turn",
  new: "has been spawned and has not run yet",
};

/** English numbers with groups of three digits, the same on every machine. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The tooltip, in Markdown: all that is known, one row a fact. */
export function threadTooltip(thread: GreenThreadInfo): string {
  const rows: [string, string | undefined][] = [
    ["State", `${thread.state}: ${stateMeanings[thread.state]}`],
    ["Slot", thread.slot === undefined ? undefined : String(thread.slot)],
    [
      "Entry",
      thread.entryName === undefined
        ? thread.entryReference && code(thread.entryReference)
        : [code(thread.entryName), thread.entryReference && code(thread.entryReference)].filter(Boolean).join(" at "),
    ],
    ["Created by", thread.creator && describeCreator(thread.creator)],
    ["Switched out at", thread.switchedOutAt && code(describePlace(thread.switchedOutAt))],
    ["System thread", thread.systemThread === undefined ? undefined : String(thread.systemThread)],
    ["Stack pointer", code(thread.stackPointerReference)],
    ["Stack used", formatStackUse(thread)],
    ["Most used", thread.stackHighWaterMark === undefined ? undefined : formatBytes(thread.stackHighWaterMark)],
    [
      "Stack bounds",
      thread.stackLowReference && thread.stackHighReference
        ? `${code(thread.stackLowReference)} to ${code(thread.stackHighReference)}`
        : undefined,
    ],
    ["Switched to", thread.runs === 1 ? "once" : `${formatCount(thread.runs)} times`],
    ["Instructions", formatCount(thread.instructions)],
  ];
  const body = rows.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [`| ${name} | ${value} |`]));
  return [`**${escapeMarkdown(thread.name)}**`, "", "| | |", "|:--|:--|", ...body].join("\n");
}

function describeCreator({ threadId, place }: NonNullable<GreenThreadInfo["creator"]>): string {
  return `thread #${threadId}${place ? ` in ${code(describePlace(place))}` : ""}`;
}

/** `main (counters.s:20)`, or with the address where there is no source. */
export function describePlace({ name, source, line, instructionReference }: CodePlace): string {
  return `${name} (${source?.name === undefined ? instructionReference : `${source.name}:${line}`})`;
}

const code = (text: string): string => `\`${text.replace(/[`|]/g, "")}\``;

const escapeMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>]/g, "\\$&");
