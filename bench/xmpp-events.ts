/** Events out per second: ours, the bare component's with the same stanzas, ejabberd's own PEP. */
import { until, xml, type Stanza, type TestClient } from "../test/support/e2e-client.ts";
import { NODE } from "../test/support/e2e-social.ts";
import { percentile } from "./percentiles.ts";
import { copyOf } from "./xmpp-copies.ts";
import { addPosts, addReaders, putOut, wakeStreams } from "./xmpp-rows.ts";
import { BARE, QUICK, ROUNDS, timed, type BenchWorld } from "./xmpp-world.ts";
import type { LightClient } from "./light-client.ts";

/** In all, of one measurement. */
const EVENTS = QUICK ? 200 : 20_000;
/** ejabberd's PEP writes each item into its database, and has no batch. */
const PEP_ITEMS = 200;
const AIM_PERCENT = 90;
const BARE_CHUNK = 500;

export async function measureEvents(bench: BenchWorld, count: number): Promise<boolean> {
  const readers = bench.readers.slice(0, count);
  const posts = Math.ceil(EVENTS / count);
  const shown = await eventOfOurs(bench);
  await bench.db.raw("delete from subscriptions");
  const jids = readers.map((reader) => reader.bare);
  await addReaders(bench.db, bench.alice.id, NODE, jids);
  const pep = await preparePep(bench, readers, shown);
  const rates = { ours: [] as number[], bare: [] as number[], pep: [] as number[] };
  let round = 0;
  const ours = async (): Promise<number> => {
    const prefix = `events${String(count)}x${String((round += 1))}x`;
    const ids = await addPosts(bench.db, bench.alice.id, posts, prefix);
    await putOut(bench.db, bench.alice.id, ids);
    const wake = (): Promise<void> => wakeStreams(bench.db);
    return (posts * count * 1000) / (await timed(readers, posts * count, wake));
  };
  const bare = async (): Promise<number> => {
    const send = (): Promise<void> => sendBare(bench, { jids, posts, shown });
    return (posts * count * 1000) / (await timed(readers, posts * count, send));
  };
  // Code is compiled before anything counts.
  await ours();
  await bare();
  for (let each = 0; each < ROUNDS; each += 1) {
    rates.bare.push(await bare());
    rates.ours.push(await ours());
    rates.pep.push(await pep());
  }
  return report(count, rates);
}

function report(
  count: number,
  rates: Readonly<Record<"ours" | "bare" | "pep", readonly number[]>>,
): boolean {
  const [ours, bare, pep] = (["ours", "bare", "pep"] as const).map((of) => {
    return percentile(rates[of], 50);
  }) as [number, number, number];
  const percent = (100 * ours) / bare;
  const reached = percent >= AIM_PERCENT;
  console.log(
    `events to ${String(count)} client(s): ${ours.toFixed(0)}/s; bare component ` +
      `${bare.toFixed(0)}/s; ejabberd's PEP ${pep.toFixed(0)}/s: ${percent.toFixed(1)} % of the ` +
      `bare component, aim ${String(AIM_PERCENT)} %: ${reached ? "reached" : "NOT reached"}`,
  );
  return reached;
}

interface Shown {
  readonly stanza: Stanza;
  readonly id: string;
}

/** One as a reader gets it: the others send just that. */
export async function eventOfOurs({ db, alice, anna }: BenchWorld): Promise<Shown> {
  await addReaders(db, alice.id, NODE, [anna.bare]);
  const posts = await addPosts(db, alice.id, 1, `shown${String(Date.now())}x`);
  const before = anna.items.length;
  await putOut(db, alice.id, posts);
  await wakeStreams(db);
  await until("an event of ours", () => anna.items.length > before);
  const { id } = anna.items[before] ?? {};
  const stanza = anna.stanzas.findLast((one) => one.is("message") && one.attrs["id"] === id);
  if (id === undefined || stanza === undefined) throw new Error("no event of ours came");
  return { stanza, id };
}

/** The library's own way of sending, as often as it takes them. */
export async function sendBare(
  { bare }: Pick<BenchWorld, "bare">,
  { jids, posts, shown }: { jids: readonly string[]; posts: number; shown: Shown },
): Promise<void> {
  for (let post = 0; post < posts; post += 1) {
    const stanza = copyOf(
      shown.stanza,
      shown.id,
      shown.id.slice(0, -6) + String(1e6 + post).slice(1),
    );
    stanza.attrs["from"] = `alice@${BARE}`;
    for (let from = 0; from < jids.length; from += BARE_CHUNK) {
      await Promise.all(
        jids.slice(from, from + BARE_CHUNK).map((to) => {
          stanza.attrs["to"] = to;
          return bare.send(stanza);
        }),
      );
    }
  }
}

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";

/** A node of a person of ejabberd's own, to which the readers are subscribed. */
async function preparePep(
  bench: BenchWorld,
  readers: readonly LightClient[],
  shown: Shown,
): Promise<() => Promise<number>> {
  const author = await bench.world.connect(`author${String(readers.length)}`);
  const publish = async (id: string): Promise<void> => {
    const entry = copyOf(shown.stanza, shown.id, id)
      .getChild("event")
      ?.getChild("items")
      ?.getChild("item")
      ?.getChild("entry");
    const item = xml("item", { id }, ...(entry === undefined ? [] : [entry]));
    const payload = xml("pubsub", { xmlns: NS_PUBSUB }, xml("publish", { node: NODE }, item));
    const answer = await author.iq("set", author.bare, payload);
    if (answer.type === "error") throw new Error(`publishing: ${answer.condition}`);
  };
  await publish("first");
  await openNode(author);
  for (const reader of readers) {
    const subscribe = xml("subscribe", { node: NODE, jid: reader.bare });
    const payload = xml("pubsub", { xmlns: NS_PUBSUB }, subscribe);
    const iq = { type: "set", id: "s", to: author.bare };
    reader.send(xml("iq", iq, payload).toString());
  }
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  let next = 0;
  const items = Math.max(1, Math.min(PEP_ITEMS, Math.ceil(EVENTS / readers.length)));
  return async () => {
    const send = async (): Promise<void> => {
      for (let count = 0; count < items; count += 1) await publish(`i${String((next += 1))}`);
    };
    return (items * readers.length * 1000) / (await timed(readers, items * readers.length, send));
  };
}

/** For strangers to read and to subscribe to. */
export async function openNode(author: TestClient): Promise<void> {
  const field = (name: string, value: string): Stanza =>
    xml("field", { var: name }, xml("value", {}, value));
  const form = xml(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    field("FORM_TYPE", `${NS_PUBSUB}#node_config`),
    field("pubsub#access_model", "open"),
    field("pubsub#notify_retract", "0"),
  );
  const configure = xml("configure", { node: NODE }, form);
  const answer = await author.iq(
    "set",
    author.bare,
    xml("pubsub", { xmlns: `${NS_PUBSUB}#owner` }, configure),
  );
  if (answer.type === "error") throw new Error(`configuring: ${answer.condition}`);
}
