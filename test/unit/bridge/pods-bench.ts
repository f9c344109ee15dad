/**
 * The bridge with the real store, inbox and envelopes between pods of another make: what a
 * fixture of test/fixtures/pods says that pods send goes in, what people here do, and what goes
 * out and is shown can be asked for in words.
 */
import type { TestContext } from "node:test";
import forge from "node-forge";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { createActs } from "../../../src/bridge/acts.ts";
import { block } from "../../../src/bridge/block.ts";
import { follow, unfollowWholly } from "../../../src/bridge/follow.ts";
import type { Account, BridgeEffects } from "../../../src/bridge/ports.ts";
import { readAttachments, readThread } from "../../../src/bridge/read.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { discoverPerson } from "../../../src/federation/discover.ts";
import { createFetcher } from "../../../src/federation/fetch.ts";
import { createInboxDrain } from "../../../src/federation/inbox-drain.ts";
import { processIncoming, type IncomingDeps } from "../../../src/federation/incoming.ts";
import { createPodBreaker } from "../../../src/federation/pod-breaker.ts";
import { createPodDrain } from "../../../src/federation/pod-drain.ts";
import type { PrivateKeys } from "../../../src/federation/ports.ts";
import { createSigner } from "../../../src/federation/signer.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createDecryptPool } from "../../../src/salmon/decrypt-pool.ts";
import { createDeliveryQueue } from "../../../src/store/adapter.ts";
import { claimDestinations, releaseDestination } from "../../../src/store/destinations.ts";
import { createInboxRetries } from "../../../src/store/inbox-retries.ts";
import { createInboxWriter, finishInbox, pendingInbox } from "../../../src/store/inbox.ts";
import { insertLocal, localByGuid, localById, remoteKeyByGuid } from "../../../src/store/people.ts";
import { commentFacts, postFacts } from "../../../src/store/posts.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { createVault } from "../../../src/store/vault.ts";
import { diasporaId, guid, jid, localPerson } from "../../support/fixtures.ts";
import { decryptAs, encryptFor, openEnvelope, seal } from "../../support/peer-envelope.ts";
import { readEntity } from "../../support/peer-messages.ts";
import { newPerson, type PeerPerson } from "../../support/peer-person.ts";
import { startPeer, type Peer, type Receipt } from "../../support/peer.ts";
import { node, writeXml, type Tree } from "../../support/peer-xml.ts";
import { bridgeBench, NODE, NOW, wordsOf, type Bench } from "./bench.ts";

const HERE = "example.org";
/** Each pod in §7 had its people; `podmin` is the admin of alice's. */
export const PODS = {
  alice: "pod.example",
  podmin: "pod.example",
  carol: "one.example",
  eve: "two.example",
} as const;
export const LOCALS = ["bob", "dave"] as const;

export type PodName = keyof typeof PODS;
export type LocalName = (typeof LOCALS)[number];
/** In the order of the document. */
export interface Values {
  readonly [name: string]: string | Values;
}

export interface Message {
  readonly from: PodName;
  /** null: to everybody. */
  readonly to: LocalName | null;
  readonly entity: string;
  readonly values: Values;
  /** Whose author_signature goes with it. */
  readonly signedBy: PodName | null;
  /** What was signed instead of what is sent. */
  readonly signed: Values;
}

// Made once: a key takes a tenth of a second.
const people = new Map<string, PeerPerson>(
  [...Object.entries(PODS), ...LOCALS.map((name) => [name, HERE] as const)].map(([name, host]) => [
    name,
    newPerson(`${name}@${host}`),
  ]),
);

export function personNamed(name: string): PeerPerson {
  const found = people.get(name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

export interface PodsBench {
  /** Everything that can be worked on has been. */
  receive(message: Message): Promise<void>;
  /** What the pod of this person gives to whoever fetches this. */
  serve(message: Message, guid: string): void;
  act(who: LocalName, act: string, on: string, words: string): Promise<Guid | null>;
  /** What came to pods since it was asked last, in words, sorted. */
  arrived(): Promise<string[]>;
  /** What waits for this person to be shown, in words. */
  shown(who: LocalName): Promise<string[]>;
  /** Likes, votes and answers about this post, for this reader, sorted. */
  attached(who: LocalName, post: string): Promise<string[] | null>;
  /** What is known of this person, as this reader may see it. */
  profile(of: string, reader: LocalName): Promise<Record<string, string | null> | null>;
  /** All of it was shown. */
  seen(): Promise<void>;
  /** What stands below this post, for this reader. */
  thread(who: LocalName, post: string): Promise<string[] | null>;
}

export async function podsBench(t: TestContext): Promise<PodsBench> {
  const bench = await bridgeBench();
  t.after(() => bench[Symbol.asyncDispose]());
  const accounts = new Map<LocalName, Account>();
  for (const name of LOCALS) accounts.set(name, await settle(bench, name));
  const remote = Object.keys(PODS).map(personNamed);
  const peer = await startPeer(remote);
  t.after(() => peer.close());
  const drain = drainer(t, bench, peer);
  const account = (name: LocalName): Account => {
    const found = accounts.get(name);
    if (found === undefined) throw new Error(`${name} is not here`);
    return found;
  };
  return {
    async receive(message) {
      await drain.add(message);
      await drain.all();
    },
    serve(message, wanted) {
      const place = `${PODS[message.from]}/fetch/post/${wanted}`;
      const body = seal(payloadOf(message), personNamed(message.from));
      peer.pages.set(place, { type: "application/magic-envelope+xml", body });
    },
    async act(who, act, on, words) {
      const made = await acting(bench, drain.effects, account(who), { act, on, words });
      await drain.all();
      return made;
    },
    async arrived() {
      const receipts = drain.receipts();
      return (await Promise.all(receipts.map(inWords))).sort();
    },
    async shown(who) {
      const signals = wordsOf(await bench.waiting("jid", account(who).jid));
      return [...signals, ...wordsOf(await bench.reading(account(who).jid))];
    },
    async attached(who, post) {
      const found = await readAttachments(guid(post), account(who).jid, bench.store);
      const words = found?.attachments.map(
        ({ activity: { verb }, author }) => `${verb} of ${nameIn(author.diasporaId)}`,
      );
      return words?.sort() ?? null;
    },
    async profile(of, reader) {
      const person = await bench.store.remoteById(diasporaId(personNamed(of).id));
      if (person === null) return null;
      const { name, bio, photo } = await bench.store.profileOf(person, account(reader).key);
      return { name: name ?? null, bio: bio ?? null, photo: photo?.large ?? null };
    },
    seen: () => bench.deliverAll(),
    async thread(who, post) {
      const query = { max: 50, order: "creation" } as const;
      const found = await readThread(guid(post), account(who).jid, query, bench.store);
      return (
        found?.page.items.map(({ activity: { verb, object } }) =>
          object.type === "comment" ? object.markdown : verb,
        ) ?? null
      );
    },
  };
}

async function settle(bench: Bench, name: LocalName): Promise<Account> {
  const { id, publicPem, privateKey } = personNamed(name);
  const privateKeyPem = forge.pki.privateKeyToPem(privateKey);
  const person = localPerson({ jid: jid(id), publicKeyPem: publicPem, privateKeyPem });
  return await insertLocal(bench.db, VAULT, { ...person, guid: guid(personNamed(name).guid) });
}

const VAULT = createVault("a key for tests");

interface Drainer {
  readonly effects: BridgeEffects;
  add(message: Message): Promise<void>;
  /** Until nothing is due. */
  all(): Promise<void>;
  /** Since the last time. */
  receipts(): Receipt[];
}

function drainer(t: TestContext, bench: Bench, peer: Peer): Drainer {
  const { db, store } = bench;
  const http = createGuardedHttp({
    version: "1.2.3",
    names: new Map([...peer.hosts].map(([host, port]) => [host, { address: "127.0.0.1", port }])),
  });
  const pool = createDecryptPool({ threads: 1 });
  t.after(() => Promise.all([http.close(), pool.close()]));
  const remote = createRemotePeople(db);
  const find: BridgeEffects["findRemote"] = async (id) => {
    const known = await store.remoteById(id);
    if (known !== null) return known;
    await remote.remember(await discoverPerson(id, http));
    return await bench.effects.findRemote(id);
  };
  const effects = { ...bench.effects, findRemote: find };
  const keys: PrivateKeys = {
    of: (wanted) => {
      const name = LOCALS.find((one) => personNamed(one).guid === wanted);
      const found = name === undefined ? null : personNamed(name).privateKey;
      return Promise.resolve(found === null ? null : forge.pki.privateKeyToPem(found));
    },
  };
  const inbox = createInboxWriter(db, { maxRows: 100, maxInFlight: 100 }, () => undefined);
  const incoming: IncomingDeps = {
    local: { byId: (id) => localById(db, id), byGuid: (wanted) => localByGuid(db, wanted) },
    idHosts: [HERE],
    remote,
    discover: (id) => discoverPerson(id, http),
    keys,
    decrypt: (body, key) => pool.decrypt(body, key),
    known: {
      facts: (key, wanted) => postFacts(db, key, wanted),
      comment: (wanted) => commentFacts(db, wanted),
    },
    fetcher: createFetcher({
      http,
      podOf: async (id) => (await find(id)).podUrl,
      inbox,
      idHosts: [HERE],
      maxBytes: 1_000_000,
      timeoutMs: 5_000,
    }),
    log: silentLog,
    now: () => NOW,
  };
  const retry = createInboxRetries(db, { maxRows: 100 });
  const release: Parameters<typeof createInboxDrain>[0]["release"] = (destination, how) =>
    releaseDestination(db, destination, 1, how);
  const inboxDrain = createInboxDrain({
    pending: (id, limit) => pendingInbox(db, id, limit),
    open: (message) => processIncoming(message, incoming),
    receive: (received, id) => receiveActivity(received, id, store, effects),
    drop: (id) => finishInbox(db, id),
    retry,
    hold: () => Promise.reject(new Error("no pod sends too much here")),
    release,
    log: silentLog,
  });
  const podDrain = createPodDrain({
    breaker: createPodBreaker(),
    returned: () => Promise.resolve(),
    queue: createDeliveryQueue(db, 1, true),
    signer: createSigner(keys),
    http,
    publicKeyOf: (wanted) => remoteKeyByGuid(db, wanted),
    log: silentLog,
  });
  let taken = 0;
  return {
    effects,
    async add(message) {
      const envelope = seal(payloadOf(message), personNamed(message.from));
      const to = message.to === null ? null : personNamed(message.to);
      const body = Buffer.from(to === null ? envelope : encryptFor(to.publicPem, envelope));
      const recipient = to === null ? null : guid(to.guid);
      const claimedHost = PODS[message.from];
      const kind = to === null ? "public" : "private";
      await inbox.add({ kind, recipient, body, claimedHost });
    },
    async all() {
      for (let busy = true; busy;) {
        const messages = await claimDestinations(db, "inbox", 1, 10);
        await inboxDrain(messages);
        const pods = await claimDestinations(db, "pod", 1, 10);
        const mailboxes = await claimDestinations(db, "person", 1, 10);
        await podDrain([...pods, ...mailboxes]);
        busy = messages.length + pods.length + mailboxes.length > 0;
      }
    },
    receipts: () => peer.receipts.slice(taken, (taken = peer.receipts.length)),
  };
}

function payloadOf({ entity, values, signedBy, signed }: Message): string {
  const children = Object.entries(values).map(elementOf);
  if (signedBy === null) return writeXml(node(entity, {}, ...children));
  const digest = forge.md.sha256.create();
  const texts = Object.values({ ...values, ...signed });
  const text = texts.filter((one) => typeof one === "string").join(";");
  digest.update(text, "utf8");
  const signature = forge.util.encode64(personNamed(signedBy).privateKey.sign(digest));
  return writeXml(node(entity, {}, ...children, node("author_signature", {}, signature)));
}

/** `photo 2` is one more photo. */
function elementOf([name, value]: readonly [string, string | Values]): Tree {
  const element = name.replace(/ .*/, "");
  if (typeof value === "string") return node(element, {}, value);
  return node(element, {}, ...Object.entries(value).map(elementOf));
}

/** `pod.example for alice: comment of dave, sealed by bob`. */
async function inWords({ host, recipientGuid, body }: Receipt): Promise<string> {
  const to = [...people.values()].find((one) => one.guid === recipientGuid);
  const envelope = to === undefined ? body : decryptAs(to, body);
  const { sender, payload } = await openEnvelope(envelope, (id) =>
    Promise.resolve(personNamed(nameIn(id)).publicPem),
  );
  const { name, values } = readEntity(payload);
  const author = nameIn(values["author"] ?? "");
  const where = to === undefined ? host : `${host} for ${nameIn(to.id)}`;
  return `${where}: ${name} of ${author}${nameIn(sender) === author ? "" : `, sealed by ${nameIn(sender)}`}`;
}

function nameIn(id: string): string {
  return id.slice(0, id.indexOf("@"));
}

interface Wanted {
  readonly act: string;
  readonly on: string;
  readonly words: string;
}

async function acting(
  { store }: Bench,
  effects: BridgeEffects,
  { jid: who }: Account,
  { act, on, words }: Wanted,
): Promise<Guid | null> {
  const acts = createActs(store, effects);
  const key = `${act} ${on} ${words}`;
  switch (act) {
    case "post":
      return await acts.post({ jid: who, markdown: words, audience: "public", key });
    case "comment":
      return await acts.comment({ jid: who, about: guid(on), markdown: words, key });
    case "like":
      return await acts.like({ jid: who, about: guid(on) });
    case "vote":
      return await acts.vote({ jid: who, post: guid(on), answer: Number(words) });
    case "attend":
      return await acts.attend({ jid: who, post: guid(on), verb: "rsvp-maybe" });
    case "reshare":
      return await acts.share({ jid: who, root: guid(on) });
    case "delete":
      await acts.retract({ jid: who, guid: guid(on) });
      return null;
    case "follow":
      await follow({ jid: who, id: diasporaId(on), node: NODE, by: "pubsub" }, store, effects);
      return null;
    case "unfollow":
      await unfollowWholly({ jid: who, id: diasporaId(on), node: NODE }, store, effects);
      return null;
    case "block":
      await block(who, diasporaId(on), store, effects);
      return null;
    default:
      throw new Error(`nobody can ${act}`);
  }
}
