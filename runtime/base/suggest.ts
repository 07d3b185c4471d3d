/** "Did you mean …?": the nearest known word to one that is not known. */

/** Edit distance with transpositions, given up beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

/** The candidate nearest to `word`, when one is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = word.length <= 3 ? 1 : word.length <= 7 ? 2 : 3;
  const isPermutation = (other: string) => [...other].sort().join("") === [...word].sort().join("");
  let best: string | undefined;
  let bestScore = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit || candidate === word) continue;
    // Letters swapped or of another case are the commonest slips.
    const edits = distance(word.toLowerCase(), candidate.toLowerCase(), limit);
    const score = edits - (candidate.length === word.length && isPermutation(candidate) ? 0.5 : 0);
    if (edits <= limit && score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** ` Did you mean NAME?`, or "" when nothing is near. */
export function suggestion(word: string, candidates: Iterable<string>, quote = "`"): string {
  const found = nearest(word, candidates);
  return found === undefined ? "" : ` Did you mean ${quote}${found}${quote}?`;
}
