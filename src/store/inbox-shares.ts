/**
 * What one claimed host may have of the inbox: whoever floods it fills a part of it, and the
 * others are taken as ever. Nobody is counted while there is room enough.
 */
import { DxError } from "../errors/error.ts";
import { firstRow, rows, type Queryable } from "./database.ts";

/** Of what there is room for: a quarter each, where less than half is free. */
const PARTS = 4;
/** How often is counted at most; a count of a short table is cheap, but not free. */
export const COUNT_EVERY_MS = 1_000;

export interface InboxShares {
  /** Looks at most once a second. Throws DX_BACKLOG_FULL when nobody may put anything. */
  look(): Promise<void>;
  isOver(host: string): boolean;
  stored(rows: number): void;
}

export function createInboxShares(
  db: Queryable,
  limits: { readonly maxRows: number },
): InboxShares {
  let at = Number.NEGATIVE_INFINITY;
  let waiting = 0;
  let over: ReadonlySet<string> = new Set();
  return {
    async look() {
      const now = performance.now();
      if (now - at > COUNT_EVERY_MS) {
        waiting = await countWaiting(db, limits.maxRows + 1);
        over =
          waiting * 2 > limits.maxRows
            ? await largest(db, Math.ceil(limits.maxRows / PARTS))
            : new Set();
        at = now;
      }
      if (waiting >= limits.maxRows) throw new DxError("DX_BACKLOG_FULL");
    },
    isOver: (host) => over.has(host),
    stored(count) {
      waiting += count;
    },
  };
}

async function countWaiting(db: Queryable, most: number): Promise<number> {
  const row = await firstRow<{ waiting: string }>(
    db,
    "select count(*) as waiting from (select 1 from inbox limit ?) as counted",
    [most],
  );
  return Number(row?.waiting ?? 0);
}

async function largest(db: Queryable, share: number): Promise<ReadonlySet<string>> {
  const found = await rows<{ address: string }>(
    db,
    `select d.address from (
       select destination_id from inbox group by destination_id having count(*) >= ?) as many
     join destinations d on d.id = many.destination_id`,
    [share],
  );
  return new Set(found.map(({ address }) => address));
}
