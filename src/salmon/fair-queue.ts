/**
 * What waits for a turn, fairly between those it belongs to: whose turn was longest ago is
 * next, and when there is no more room, whoever has most waiting gives way.
 */
export interface FairQueue<T> {
  readonly size: number;
  /** What had no room: this one, or the youngest of whoever has most waiting. */
  add(owner: string, item: T): T | undefined;
  next(): T | undefined;
  /** Everything, out of turn. */
  empty(): T[];
}

export function createFairQueue<T>(room: number): FairQueue<T> {
  /** By owner, in the order of their turns; nobody is in it with nothing. */
  const lines = new Map<string, T[]>();
  let size = 0;

  /** Of several whose turn comes last. */
  function longest(): string | undefined {
    let found: string | undefined;
    let most = 0;
    for (const [owner, line] of lines) {
      if (line.length >= most) [found, most] = [owner, line.length];
    }
    return found;
  }

  function dropYoungest(owner: string): T | undefined {
    const line = lines.get(owner);
    const item = line?.pop();
    if (line?.length === 0) lines.delete(owner);
    size -= 1;
    return item;
  }

  return {
    get size() {
      return size;
    },
    add(owner, item) {
      const line = lines.get(owner);
      if (line === undefined) lines.set(owner, [item]);
      else line.push(item);
      size += 1;
      const giving = size > room ? longest() : undefined;
      return giving === undefined ? undefined : dropYoungest(giving);
    },
    next() {
      for (const [owner, line] of lines) {
        const item = line.shift();
        lines.delete(owner);
        // To the end: everybody else has a turn first.
        if (line.length > 0) lines.set(owner, line);
        size -= 1;
        return item;
      }
      return undefined;
    },
    empty() {
      const items = [...lines.values()].flat();
      lines.clear();
      size = 0;
      return items;
    },
  };
}
