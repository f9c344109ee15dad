/**
 * What the authors' server acknowledged of late. ejabberd keeps its nodes in Mnesia, which after a
 * kill -9 may have lost what was acknowledged: what it does not hold then, nobody can pass on.
 */
import { entryText } from "../../support/e2e-social.ts";
import { tokenIn, type Book } from "./book.ts";
import type { ChaosClient } from "./client.ts";
import { held } from "./writing.ts";

export interface Memory {
  /** `token`: what the item says now. */
  wrote(author: ChaosClient, id: string, token: string): void;
  /** After a kill -9: notes what is not as it was. */
  compare(): Promise<void>;
}

interface Written {
  readonly token: string;
  readonly at: number;
}

/** Older ones are on the disk. */
const LATE_MS = 180_000;
const PAGE = 40;

export function openMemory(book: Book): Memory {
  const written = new Map<ChaosClient, Map<string, Written>>();

  async function compareOf(
    author: ChaosClient,
    items: ReadonlyMap<string, Written>,
  ): Promise<void> {
    const late = [...items].filter(([, { at }]) => performance.now() - at < LATE_MS);
    for (let from = 0; from < late.length; from += PAGE) {
      const page = late.slice(from, from + PAGE);
      const found = await held(
        author,
        page.map(([id]) => id),
      );
      for (const [id, { token }] of page) {
        const entry = found.get(id);
        const holds = entry === undefined ? null : tokenIn(entryText(entry));
        const isAsWas = token.startsWith("r") ? holds === null : holds === token;
        // It may have been written anew meanwhile.
        if (!isAsWas && items.get(id)?.token === token) book.serverLost(token);
      }
    }
  }

  return {
    wrote(author, id, token) {
      const items = written.get(author) ?? new Map<string, Written>();
      items.set(id, { token, at: performance.now() });
      written.set(author, items);
    },
    compare: async () => {
      await Promise.all([...written].map(([author, items]) => compareOf(author, items)));
    },
  };
}
