/** Where something is that did not arrive: what each bridge's database says about it. */
import { openDatabase, rows } from "../../../src/store/database.ts";
import { guidOfFact } from "./verdict.ts";
import { textOf, type Book, type Fact } from "./book.ts";
import { SIDES, type ChaosWorld, type Side } from "./world.ts";

const ACTIVITIES = `select id, type, verb, guid, stored_at::time(0)::text as at,
    deleted_at is not null as deleted
  from activities where object::text like ? or (? <> '' and above_guid = ? and type = 'opinion')
  limit 5`;
const DELIVERIES = `select d.kind, d.address, v.attempts, v.next_attempt::time(0)::text as next,
    v.last_error, d.due_at::text as due, d.attempts as failures, d.last_error as trouble
  from deliveries v join destinations d on d.id = v.destination_id where v.activity_id = ?`;
const LEDGER = `select d.kind, d.address, l.outcome, l.at::time(0)::text as at
  from ledger l join destinations d on d.id = l.destination_id where l.activity_id = ?`;
const INBOX = `select d.address, count(*)::text as waiting, max(i.attempts) as attempts,
    min(i.last_error) as error, d.due_at::text as due
  from inbox i join destinations d on d.id = i.destination_id group by d.address, d.due_at`;

const READERS = `select jid, pubsub from subscriptions where node = ?`;

/** Lines. */
export async function whereIs(world: ChaosWorld, book: Book, fact: Fact): Promise<string[]> {
  const lines: string[] = [];
  for (const side of SIDES) lines.push(...(await atBridge(world, side, book, fact)));
  const node = `urn:xmpp:microblog:0:comments/${guidOfFact(book, fact) ?? ""}`;
  for (const side of SIDES) {
    const found = await ask(world, side, READERS, [node]);
    lines.push(`comments are read at ${side} by ${found.join(" ")}`);
  }
  return lines;
}

/** What was taken and has not been worked on. */
export async function whatWaits(world: ChaosWorld): Promise<string[]> {
  const lines: string[] = [];
  for (const side of SIDES) {
    const found = await ask(world, side, INBOX, []);
    lines.push(...found.map((row) => `inbox of ${side}: ${row}`));
  }
  return lines;
}

async function atBridge(world: ChaosWorld, side: Side, book: Book, fact: Fact): Promise<string[]> {
  const above = fact.token.startsWith("l") ? (guidOfFact(book, fact) ?? "") : "";
  const words = above === "" ? `%${textOf(fact.token).slice(0, 20)}%` : "nothing is like this";
  const found = await ask(world, side, ACTIVITIES, [words, above, above]);
  const lines: string[] = found.length === 0 ? [`not known at ${side}`] : [];
  for (const activity of found) {
    lines.push(`at ${side}: ${activity}`);
    const id = /"id":"(\d+)"/.exec(activity)?.[1] ?? "0";
    for (const row of await ask(world, side, DELIVERIES, [id])) lines.push(`  to be sent: ${row}`);
    for (const row of await ask(world, side, LEDGER, [id])) lines.push(`  sent: ${row}`);
  }
  return lines;
}

async function ask(
  world: ChaosWorld,
  side: Side,
  statement: string,
  bindings: readonly string[],
): Promise<string[]> {
  const url = new URL(world.database().url);
  url.pathname = `/of_${side}`;
  const db = openDatabase({ url: url.href, poolSize: 1 });
  try {
    const found = await rows<Record<string, unknown>>(db, statement, [...bindings]);
    return found.map((row) => JSON.stringify(row));
  } finally {
    await db.destroy();
  }
}
