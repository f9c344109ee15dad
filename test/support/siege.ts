/**
 * A world with a person who has opted in, and around it whoever wishes it ill: what they do, what
 * it costs, and what the daemon has counted of it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { until, type TestClient } from "./e2e-client.ts";
import { told } from "./e2e-posts.ts";
import { goOnline, optIn, publish, subscribe, virtualJid } from "./e2e-social.ts";
import { COMPONENT, DOMAIN, SECRET, startWorld, type World } from "./e2e-world.ts";
import { conditionOf, logInNeighbour, type Neighbour } from "./hostile-neighbour.ts";
import { newGuid } from "./peer-messages.ts";
import { peerFetch } from "./peer-http.ts";
import { newPerson, type PeerPerson } from "./peer-person.ts";

export const EVIL = "evil.example";
/** Somebody's component that the operator lets in under the served domain. */
export const GUEST = `guest.${DOMAIN}`;
/** A component of its own for lies that the server ends the stream for. */
export const LIAR = "liar.example";
/** Stanzas of each flood; more of them with DIASPORA_X_FLOOD. */
export const FLOOD = Number(process.env["DIASPORA_X_FLOOD"] ?? 1_500);

export interface Siege {
  readonly world: World;
  readonly alice: PeerPerson;
  readonly anna: TestClient;
  /** Has an account on the same server, and has not opted in. */
  readonly mallory: TestClient;
  evil: Neighbour;
  readonly guest: Neighbour;
}

export async function besiege(server: "ejabberd" | "prosody"): Promise<Siege> {
  const alice = newPerson("alice@pod-a.example", 1024);
  const otherComponents = [EVIL, GUEST, LIAR];
  const world = await startWorld({
    server,
    people: [alice],
    forceNodeConfig: true,
    otherComponents,
    metrics: true,
  });
  try {
    const anna = await world.connect("anna");
    await optIn(anna, COMPONENT);
    await subscribe(anna, virtualJid(alice.id, COMPONENT));
    const mallory = await world.connect("mallory");
    await goOnline(mallory);
    const [evil, guest] = [await neighbour(world, EVIL), await neighbour(world, GUEST)];
    return { world, alice, anna, mallory, evil, guest };
  } catch (error) {
    await world.close();
    throw error;
  }
}

export function neighbour(world: World, domain: string): Promise<Neighbour> {
  return logInNeighbour(world.server.componentPort, domain, SECRET);
}

/** Figure with its labels → count. */
export async function figures({ world }: Siege): Promise<(name: string) => number> {
  const hosts = new Map([["daemon", world.settings.metricsPort ?? 0]]);
  const { body } = await peerFetch("http://daemon/metrics", hosts);
  return (name) => {
    const line = body.split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  };
}

export const dropped = (reason: string): string =>
  `diaspora_x_stanzas_dropped_total{reason="${reason}"}`;
export const refused = (condition: string): string =>
  `diaspora_x_requests_refused_total{condition="${condition}"}`;

/** What these figures grow by; waits until they have. */
export async function counted(
  siege: Siege,
  wanted: Readonly<Record<string, number>>,
  act: () => Promise<void>,
): Promise<void> {
  const was = await figures(siege);
  await act();
  for (const [name, by] of Object.entries(wanted)) {
    await until(`${name} ${String(by)} more`, async () => {
      return (await figures(siege))(name) - was(name) >= by;
    });
  }
}

/** Of Anna: it goes out behind everything that came before it. */
export async function goesOn({ world, anna, alice }: Siege, text: string): Promise<void> {
  await publish(anna, { text });
  await told(world.peer, alice, { entity: "status_message", text }, 40_000);
}

export function memoryOf({ world }: Siege): number {
  const status = readFileSync(`/proc/${String(world.daemon.pid)}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** So many questions at once, all of which are answered; condition → count. */
export async function flood(
  evil: Neighbour,
  stanzaOf: (n: number, id: string) => string,
): Promise<Map<string, number>> {
  const from = evil.heard.length;
  const key = newGuid();
  const answers = () => evil.heard.slice(from).filter(({ attrs }) => attrs["id"]?.startsWith(key));
  for (let n = 0; n < FLOOD; n += 1) await evil.raw(stanzaOf(n, `${key}-${String(n)}`));
  await until(`${String(FLOOD)} answers`, () => answers().length >= FLOOD, 240_000);
  assert.equal(answers().length, FLOOD);
  const counts = new Map<string, number>();
  for (const answer of answers()) {
    const condition = conditionOf(answer);
    counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  return counts;
}
