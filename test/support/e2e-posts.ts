/** What the peer has seen of our people's posts, opened and verified; and becoming their contact. */
import { until, type TestClient } from "./e2e-client.ts";
import { readItems, virtualJid } from "./e2e-social.ts";
import { COMPONENT, DOMAIN, type World } from "./e2e-world.ts";
import type { DiscoveredPerson } from "./peer-discovery.ts";
import { contact, newGuid, statusMessage } from "./peer-messages.ts";
import { hostOfPerson, type PeerPerson } from "./peer-person.ts";
import { postPrivate, type Opened, type Peer, type Receipt } from "./peer.ts";

export interface SeenPost {
  readonly receipt: Receipt;
  readonly opened: Opened;
}

const cache = new WeakMap<Receipt, Opened>();

async function openOnce(peer: Peer, receipt: Receipt): Promise<Opened> {
  const known = cache.get(receipt);
  if (known !== undefined) return known;
  const opened = await peer.open(receipt);
  cache.set(receipt, opened);
  return opened;
}

/** Every receipt must open: an envelope that a pod cannot verify is a failed test. */
export async function seenPosts(peer: Peer): Promise<SeenPost[]> {
  const seen: SeenPost[] = [];
  for (const receipt of [...peer.receipts]) {
    seen.push({ receipt, opened: await openOnce(peer, receipt) });
  }
  return seen;
}

/** Resolves with the POST that brought this text to this host. */
export async function postArrived(
  peer: Peer,
  host: string,
  text: string,
  timeoutMs = 15_000,
): Promise<SeenPost> {
  return await until(
    `"${text.slice(0, 30)}" at ${host}`,
    async () =>
      (await seenPosts(peer)).find(
        ({ receipt, opened }) => receipt.host === host && opened.values["text"] === text,
      ),
    timeoutMs,
  );
}

/** `host guid` → how often it was POSTed and taken; entities without a guid are left out. */
export async function postCounts(peer: Peer): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { receipt, opened } of await seenPosts(peer)) {
    const guid = opened.values["guid"];
    if (guid === undefined || receipt.status >= 300) continue;
    const key = `${receipt.host} ${guid}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

export async function ourPerson(peer: Peer, client: TestClient): Promise<DiscoveredPerson> {
  return await peer.find(`${client.bare.slice(0, client.bare.indexOf("@"))}@${DOMAIN}`);
}

/**
 * `person` starts to share with ours. Nothing answers a `contact`, so a limited post goes the
 * same way behind it: when its reader sees that, the contact has been believed.
 */
export async function shareWith(
  world: World,
  person: PeerPerson,
  client: TestClient,
): Promise<void> {
  const me = await ourPerson(world.peer, client);
  await postPrivate(world.peer, me, contact(person, me.id, "start"), person);
  const guid = newGuid();
  const barrier = statusMessage(person, { guid, text: "only a barrier", public: false });
  await postPrivate(world.peer, me, barrier, person);
  const service = virtualJid(person.id, COMPONENT);
  await until("the contact believed", async () => (await readItems(client, service)).has(guid));
}

/** What a person's pod was told in public or for this person alone, as names and values. */
export async function toldTo(peer: Peer, person: PeerPerson): Promise<Map<string, string>[]> {
  const host = hostOfPerson(person);
  return (await seenPosts(peer))
    .filter(({ receipt }) => receipt.host === host && receipt.status < 300)
    .filter(({ receipt }) => [null, person.guid].includes(receipt.recipientGuid))
    .map(({ receipt, opened }) => {
      const mailbox = receipt.recipientGuid === null ? "everybody" : person.id;
      return new Map([
        ["entity", opened.name],
        ["sender", opened.sender],
        ["for", mailbox],
        ...Object.entries(opened.values),
      ]);
    });
}

/** Resolves with the first that has all these values. */
export async function told(
  peer: Peer,
  person: PeerPerson,
  wanted: Readonly<Record<string, string>>,
  timeoutMs = 20_000,
): Promise<Map<string, string>> {
  const isIt = (got: Map<string, string>): boolean =>
    Object.entries(wanted).every(([name, value]) => got.get(name) === value);
  return await until(
    `${JSON.stringify(wanted)} at the pod of ${person.id}`,
    async () => (await toldTo(peer, person)).find(isIt),
    timeoutMs,
  );
}
