/**
 * Whether the database has refused to write: a disk that is full goes on answering questions.
 * Noted where every statement fails, so that whoever asks needs no write of their own.
 */
import type { Knex } from "knex";

/** Why nothing is written. */
export type WriteRefusal = "disk-full" | "disk-broken" | "read-only";

// PostgreSQL Appendix A: disk_full, io_error, read_only_sql_transaction.
const REFUSALS: Readonly<Record<string, WriteRefusal>> = {
  "53100": "disk-full",
  "58030": "disk-broken",
  "25006": "read-only",
};

interface Refused {
  readonly why: WriteRefusal;
  readonly at: number;
}

const refused = new WeakMap<Knex, Refused>();

/** From now on what is refused is noted. */
export function noteRefusals(db: Knex): void {
  db.on("query-error", (error: unknown) => {
    const why = refusalOf(error);
    if (why !== null) refused.set(db, { why, at: performance.now() });
  });
}

function refusalOf(error: unknown): WriteRefusal | null {
  return REFUSALS[codeOf(error)] ?? null;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}

/** So long the last refusal counts without a look. */
const FRESH_MS = 5_000;

/**
 * Null while nothing was refused. When nothing was for a while, it is tried: a refusal that nobody
 * comes upon any more, because the load went elsewhere, would last for ever or be forgotten.
 */
export async function writeRefusal(
  db: Knex,
  freshMs: number = FRESH_MS,
): Promise<WriteRefusal | null> {
  const last = refused.get(db);
  if (last === undefined) return null;
  if (performance.now() - last.at < freshMs) return last.why;
  try {
    await db.transaction(spill);
  } catch (error) {
    const why = refusalOf(error);
    if (why !== null) return why;
    // configuration_limit_exceeded (temp_file_limit): room was not what it lacked.
    if (codeOf(error) !== "53400") throw error;
  }
  if (refused.get(db) === last) refused.delete(db);
  return null;
}

/** Takes new blocks of the disk for a moment, and leaves nothing behind: no row, and no WAL. */
async function spill(tx: Knex.Transaction): Promise<void> {
  await tx.raw("set local work_mem = '64kB'");
  await tx.raw("select count(*) from (select n from generate_series(1, 50000) n order by -n) s");
}
