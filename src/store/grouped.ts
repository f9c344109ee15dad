/**
 * Many that want the same of the database at the same time, with one statement: what comes in one
 * turn of the event loop, or while the statement before it runs, goes together in the next. Grouped
 * by what is in flight, never by a timer, which would bound the rate by its own delay.
 */
import { isDxError } from "../errors/error.ts";
import { isTimedOut, isUnavailable } from "./database.ts";

export interface GroupOptions<Item, Result> {
  /** One result for each, in their order. A group either fails as a whole or not at all. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** In one group. */
  readonly most: number;
  /** They share a transaction: what fails has ended it, and none of them can be tried alone. */
  readonly isShared?: boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function inGroups<Item, Result>(
  options: GroupOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let isRunning = false;

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      await endOrPatience(settle(waiting.splice(0, options.most), options));
    }
    isRunning = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      setImmediate(() => void work());
    });
}

/** The next group goes at its end, or when it has taken so long that it may wait for a lock. */
const PATIENCE_MS = 500;

function endOrPatience(group: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    void group.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function settle<Item, Result>(
  group: readonly Waiting<Item, Result>[],
  options: GroupOptions<Item, Result>,
): Promise<void> {
  try {
    const results = await options.run(group.map(({ item }) => item));
    if (results.length !== group.length) throw new RangeError("not one result for each");
    for (const [at, result] of results.entries()) group[at]?.resolve(result);
  } catch (error) {
    // One of them has spoilt it for the others, perhaps by a lock that it wants: each alone. Not so
    // where nobody could be served.
    const isAway = isDxError(error, "DX_STORE_UNAVAILABLE") || isUnavailable(error);
    const isForAll = options.isShared === true || (isAway && !isTimedOut(error));
    if (group.length === 1 || isForAll) {
      for (const { reject } of group) reject(error);
    } else for (const one of group) await settle([one], options);
  }
}
