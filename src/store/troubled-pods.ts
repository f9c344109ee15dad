/** Pods that something waits for because it did not go through: without a word of what it is. */
import { rows, type Queryable } from "./database.ts";

export interface TroubledPod {
  /** Its URL. */
  readonly pod: string;
  /** Messages that wait, of everybody here. */
  readonly waiting: number;
  /** null while it answers. */
  readonly awaySince: Date | null;
  /** Seconds until the next try. */
  readonly nextIn: number;
  readonly reason: string | null;
}

const MOST = 200;

/** Those for which most waits first. */
export async function troubledPods(db: Queryable): Promise<TroubledPod[]> {
  const found = await rows<Omit<TroubledPod, "waiting"> & { readonly waiting: string }>(
    db,
    `select split_part(d.address, ' ', 1) as pod, count(*) as waiting,
            min(d.unreachable_since) as "awaySince",
            greatest(0, min(extract(epoch from
              case when d.attempts > 0 then d.due_at else q.next_attempt end - now())))::float8
              as "nextIn",
            coalesce(max(d.last_error), max(q.last_error)) as reason
     from destinations d join deliveries q on q.destination_id = d.id
     where d.kind in ('pod', 'person') and (d.attempts > 0 or q.attempts > 0)
     group by 1 order by count(*) desc, 1 limit ?`,
    [MOST],
  );
  return found.map((row) => ({
    ...row,
    waiting: Number(row.waiting),
    nextIn: Math.round(row.nextIn),
  }));
}
