import type { ErrorName } from "../errors.js";
import { AnonymousNode, type NodeClock } from "./nodes.js";
import { OpenFile, openFlags, type Readiness } from "./open-file.js";

/** Events of poll(2) and epoll(7); the numbers are the same. */
export const pollEvents = {
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 0x10,
  POLLNVAL: 0x20,
  POLLRDNORM: 0x40,
  POLLWRNORM: 0x100,
  POLLRDHUP: 0x2000,
} as const;
const EPOLLET = 0x80000000;
const EPOLLONESHOT = 0x40000000;

/** What of the wanted events has happened; errors and hang-ups are always wanted. */
export function happened(readiness: Readiness, wanted: number): number {
  const readable = readiness.readable ? pollEvents.POLLIN | pollEvents.POLLRDNORM : 0;
  const writable = readiness.writable ? pollEvents.POLLOUT | pollEvents.POLLWRNORM : 0;
  return (
    ((readable | writable | (readiness.readHangUp ? pollEvents.POLLRDHUP : 0)) & wanted) |
    (readiness.hangUp ? pollEvents.POLLHUP : 0) |
    (readiness.error ? pollEvents.POLLERR : 0)
  );
}

interface Interest {
  readonly file: OpenFile;
  events: number;
  data: bigint;
  /** Activity of the file when it was last reported, for edge-triggered interests. */
  reportedRead: number;
  reportedWrite: number;
}

/** An epoll instance: open files and what of them is of interest. */
export class EventPoll extends OpenFile {
  readonly description = "an epoll instance";
  private readonly interests = new Map<number, Interest>();

  constructor(clock: NodeClock) {
    super(new AnonymousNode(0, 0o600, clock), openFlags.O_RDWR);
  }

  add(descriptor: number, file: OpenFile, events: number, data: bigint): ErrorName | undefined {
    if (this.current(descriptor, file) !== undefined) return "EEXIST";
    this.interests.set(descriptor, { file, events, data, reportedRead: -1, reportedWrite: -1 });
    return undefined;
  }

  change(descriptor: number, file: OpenFile, events: number, data: bigint): ErrorName | undefined {
    const interest = this.current(descriptor, file);
    if (interest === undefined) return "ENOENT";
    Object.assign(interest, { events, data, reportedRead: -1, reportedWrite: -1 });
    return undefined;
  }

  remove(descriptor: number, file: OpenFile): ErrorName | undefined {
    if (this.current(descriptor, file) === undefined) return "ENOENT";
    this.interests.delete(descriptor);
    return undefined;
  }

  /** At most `limit` events that have happened; those asked for once or on edges are not reported again. */
  collect(limit: number): { readonly events: number; readonly data: bigint }[] {
    const found: { readonly events: number; readonly data: bigint }[] = [];
    for (const [descriptor, interest] of [...this.interests]) {
      if (found.length >= limit) break;
      if (interest.file.references === 0) this.interests.delete(descriptor);
      const events = this.eventsOf(interest);
      if (events === 0) continue;
      found.push({ events, data: interest.data });
      interest.reportedRead = interest.file.readNews;
      interest.reportedWrite = interest.file.writeActivity;
      if ((interest.events & EPOLLONESHOT) !== 0) interest.events = 0;
      // In turn: who was reported goes to the end.
      this.interests.delete(descriptor);
      this.interests.set(descriptor, interest);
    }
    return found;
  }

  read(): ErrorName {
    return "EINVAL";
  }

  write(): ErrorName {
    return "EINVAL";
  }

  override readiness(): Readiness {
    return { readable: [...this.interests.values()].some((one) => this.eventsOf(one) !== 0), writable: false };
  }

  private current(descriptor: number, file: OpenFile): Interest | undefined {
    const interest = this.interests.get(descriptor);
    return interest?.file === file ? interest : undefined;
  }

  private eventsOf(interest: Interest): number {
    const { file, events } = interest;
    if (file.references === 0 || events === 0) return 0;
    if ((events & EPOLLET) !== 0 && !hasNews(interest)) return 0;
    return happened(file.readiness(), events);
  }
}

const writeEvents = pollEvents.POLLOUT | pollEvents.POLLWRNORM;

/** Something has happened since the last report that may have changed what is of interest. */
function hasNews({ file, events, reportedRead, reportedWrite }: Interest): boolean {
  if ((events & ~writeEvents) !== 0 && reportedRead !== file.readNews) return true;
  return (events & writeEvents) !== 0 && reportedWrite !== file.writeActivity;
}
