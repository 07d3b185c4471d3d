/** What words are, and which words point to memory: asked for page by page, kept until the next stop. */
import type { Annotation } from "../messages.js";
import { alignDown, parseAddress } from "./address.js";
import { pageSize } from "./page-cache.js";

/** Answers that are kept by page. An old answer serves until the new one is there, so that nothing flickers. */
class PagedAnswers<Answer> {
  private readonly known = new Map<bigint, { answer: Answer | undefined; asked: number }>();
  private generation = 0;

  constructor(
    private readonly ask: (page: bigint) => Promise<Answer>,
    private readonly changed: () => void,
  ) {}

  get(page: bigint): Answer | undefined {
    const entry = this.known.get(page) ?? { answer: undefined, asked: -1 };
    if (entry.asked !== this.generation) {
      const { generation } = this;
      entry.asked = generation;
      this.known.set(page, entry);
      this.ask(page).then(
        (answer) => {
          if (generation !== this.generation) return;
          entry.answer = answer;
          this.changed();
        },
        () => {
          // Not to be had now; the next stop asks again.
        },
      );
    }
    return entry.answer;
  }

  expire(): void {
    this.generation++;
  }

  clear(): void {
    this.generation++;
    this.known.clear();
  }
}

export interface PlacedAnnotation {
  readonly address: bigint;
  readonly length: number;
  readonly kind: string;
  readonly text: string;
}

export class AnnotationCache {
  private readonly pages: PagedAnswers<readonly PlacedAnnotation[]>;

  constructor(ask: (start: bigint, count: number) => Promise<readonly Annotation[]>, changed: () => void) {
    this.pages = new PagedAnswers(async (page) => placeAnnotations(await ask(page, pageSize)), changed);
  }

  /** The annotations that begin in a range within one page, in address order. */
  in(start: bigint, length: number): readonly PlacedAnnotation[] {
    const end = start + BigInt(length);
    const known = this.pages.get(alignDown(start, pageSize)) ?? [];
    return known.filter(({ address }) => address >= start && address < end);
  }

  expire(): void {
    this.pages.expire();
  }

  clear(): void {
    this.pages.clear();
  }
}

function placeAnnotations(annotations: readonly Annotation[]): readonly PlacedAnnotation[] {
  return annotations
    .flatMap(({ address: text, ...rest }) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address, ...rest }];
    })
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/** Whether a value could be a pointer at all: small numbers and addresses beyond the lower half are not asked about. */
const isPlausible = (value: bigint): boolean => value >= 0x1000n && value < 1n << 47n;

export class PointerCache {
  private readonly pages: PagedAnswers<boolean>;

  constructor(isReadable: (page: bigint) => Promise<boolean>, changed: () => void) {
    this.pages = new PagedAnswers(isReadable, changed);
  }

  /** Whether a value is the address of memory that can be read, as far as known. */
  isPointer(value: bigint): boolean {
    return isPlausible(value) && (this.pages.get(alignDown(value, pageSize)) ?? false);
  }

  expire(): void {
    this.pages.expire();
  }

  clear(): void {
    this.pages.clear();
  }
}
