/**
 * The demo's story, played by two real clients: Alice on one pod and Bob on the other opt in,
 * follow each other, Alice posts, Bob answers. Each step is printed with its time when it is
 * seen at the other end.
 */
import { performance } from "node:perf_hooks";
import { connectClient, type XmppClient } from "../src/client/connect.ts";
import { followedJid, followJid } from "../src/client/follow.ts";
import { optIn } from "../src/client/opt-in.ts";
import { publishEntry } from "../src/client/publish.ts";
import { seenIn, type SeenThing } from "../src/client/watch.ts";
import type { DomainState } from "./state.ts";

const PASSWORD = "a-password";
const POST = "Hello from XMPP, over the #diaspora federation";
const ANSWER = "And **hello back**, from the other pod 😀";
const ARRIVAL_MS = 30_000;

export type Say = (text: string) => void;

interface Person {
  readonly name: string;
  readonly client: XmppClient;
  readonly pod: DomainState;
  readonly diasporaId: string;
}

export async function playStory(one: DomainState, other: DomainState, say: Say): Promise<void> {
  const alice = await arrive("alice", one, say);
  const bob = await arrive("bob", other, say);
  try {
    await showDiscovery(alice, say);
    await follow(bob, alice, say);
    await follow(alice, bob, say);
    await post(alice, bob, POST, say);
    await post(bob, alice, ANSWER, say);
    say("\nThat was it: two XMPP accounts, two pods, signed magic envelopes between them.");
  } finally {
    await Promise.all([alice.client.close(), bob.client.close()]);
  }
}

async function arrive(name: string, pod: DomainState, say: Say): Promise<Person> {
  const jid = `${name}@${pod.domain}`;
  const began = performance.now();
  const client = await connectClient({
    jid,
    password: PASSWORD,
    host: pod.c2sHost,
    port: pod.c2sPort,
    insecure: true,
    create: true,
  });
  say(`\n${stamp(began)} ${jid} has an account on the XMPP server and is logged in.`);
  const optingIn = performance.now();
  const { instructions } = await optIn(client, pod.componentDomain);
  say(`${stamp(optingIn)} ${jid} opts in at ${pod.componentDomain}: “${instructions}”`);
  return { name, client, pod, diasporaId: `${name}@${pod.diasporaDomain}` };
}

async function showDiscovery(person: Person, say: Say): Promise<void> {
  const began = performance.now();
  const resource = encodeURIComponent(`acct:${person.diasporaId}`);
  const url = `${person.pod.httpUrl}.well-known/webfinger?resource=${resource}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  say(
    `\n${stamp(began)} The federation finds ${person.diasporaId}: WebFinger ${String(answer.status)}.`,
  );
}

async function follow(reader: Person, author: Person, say: Say): Promise<void> {
  const began = performance.now();
  const jid = followedJid(author.diasporaId, reader.pod.componentDomain);
  await followJid(reader.client, jid);
  say(`${stamp(began)} ${reader.name} follows ${author.diasporaId}, as ${jid}.`);
}

async function post(author: Person, reader: Person, text: string, say: Say): Promise<void> {
  const jid = followedJid(author.diasporaId, reader.pod.componentDomain);
  const seen = awaitPost(reader.client, jid);
  const began = performance.now();
  await publishEntry(author.client, { text });
  say(`\n${stamp(began)} ${author.name} publishes: ${text}`);
  const thing = await seen;
  say(`${stamp(began)} ${reader.name}'s client shows, from ${thing.from}: ${thing.text}`);
}

function awaitPost(client: XmppClient, from: string): Promise<SeenThing> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`no post from ${from} came within ${String(ARRIVAL_MS / 1000)} s`));
    }, ARRIVAL_MS);
    const stop = client.listen((stanza) => {
      const found = seenIn(stanza).find((thing) => thing.kind === "post" && thing.from === from);
      if (found === undefined) return;
      clearTimeout(timer);
      stop();
      resolve(found);
    });
  });
}

/** Since `began`, in a column. */
function stamp(began: number): string {
  return `[${(performance.now() - began).toFixed(0).padStart(5)} ms]`;
}
