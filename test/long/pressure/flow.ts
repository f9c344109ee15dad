/** What ordinary people do all the time: posts of a pod for a client, posts of a client for pods. */
import { performance } from "node:perf_hooks";
import { pause, until } from "../../support/e2e-client.ts";
import { publish, readItems, virtualJid } from "../../support/e2e-social.ts";
import { BASE, COMPONENT } from "../../support/e2e-world.ts";
import { seal } from "../../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../../support/peer-messages.ts";
import { postPublic, type Receipt } from "../../support/peer.ts";
import { alice, type Stage } from "./stage.ts";

export type Direction = "in" | "out";

export interface Sent {
  readonly direction: Direction;
  readonly key: string;
  readonly at: number;
  /** Answers that were no yes. */
  refusals: number;
  seenAt: number | null;
  /** How often it came. */
  copies: number;
}

export interface Flow {
  sent(): readonly Sent[];
  /** Writes no more, and waits until everything has come; what has not come by then is lost. */
  settle(patienceMs: number): Promise<Sent[]>;
}

const IN_MS = 150;
const OUT_MS = 500;
/** A pod and a client that got no yes try again. */
const AGAIN_MS = 500;
/** Of a reader of the pod at which an outgoing post is looked for. */
const READER = "pod-a.example";

export function startFlow(stage: Stage): Flow {
  const sent = new Map<string, Sent>();
  const state = { writing: true };
  const under: Promise<void>[] = [];
  const note = (key: string): void => {
    const one = sent.get(key);
    if (one === undefined) return;
    one.seenAt ??= performance.now();
    one.copies += 1;
  };
  let listening: unknown = null;
  const listen = (): void => {
    if (listening === stage.anna) return;
    listening = stage.anna;
    stage.anna.onItem(({ id }) => {
      note(id);
    });
  };
  const unlisten = stage.world.peer.onReceipt((receipt) => void take(stage, receipt, note));

  const begin = (direction: Direction, key: string): Sent => {
    const one = { direction, key, at: performance.now(), refusals: 0, seenAt: null, copies: 0 };
    sent.set(key, one);
    return one;
  };
  const loop = async (everyMs: number, write: () => Promise<void>): Promise<void> => {
    while (state.writing) {
      listen();
      under.push(write());
      await pause(everyMs);
    }
  };
  const loops = [
    loop(IN_MS, () => tellAnna(stage, begin("in", newGuid()))),
    loop(OUT_MS, () => tellPods(stage, begin("out", `words ${newGuid()}`))),
  ];
  return {
    sent: () => [...sent.values()],
    settle: async (patienceMs) => {
      state.writing = false;
      await Promise.all(loops);
      await Promise.race([Promise.all(under), pause(patienceMs)]);
      const missing = (): Sent[] => [...sent.values()].filter(({ seenAt }) => seenAt === null);
      await until("all of them", () => missing().length === 0, patienceMs).catch(() => undefined);
      // A client that was away reads what it missed.
      const ids = missing().flatMap(({ direction, key }) => (direction === "in" ? [key] : []));
      for (const id of ids) await readAgain(stage, id, note);
      unlisten();
      return missing();
    },
  };
}

/** As a pod does: until it is taken. */
async function tellAnna(stage: Stage, one: Sent): Promise<void> {
  const body = seal(statusMessage(alice, { guid: one.key, text: "from a pod" }), alice);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const answer = await postPublic(stage.world.peer, BASE, body).catch(() => null);
    if (answer?.status === 202) return;
    one.refusals += 1;
    await pause(AGAIN_MS);
  }
}

/** As a client does, under the same id: so it is one post, however often it is written. */
async function tellPods(stage: Stage, one: Sent): Promise<void> {
  const id = newGuid();
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      await publish(stage.anna, { text: one.key, id });
      return;
    } catch {
      one.refusals += 1;
      await pause(AGAIN_MS);
    }
  }
}

const MOST_TRIES = 200;

async function take(
  { world }: Stage,
  receipt: Receipt,
  note: (key: string) => void,
): Promise<void> {
  if (receipt.host !== READER || receipt.status >= 300 || receipt.recipientGuid !== null) return;
  const opened = await world.peer.open(receipt).catch(() => null);
  note(opened?.values["text"] ?? "");
}

async function readAgain(stage: Stage, id: string, note: (key: string) => void): Promise<void> {
  const service = virtualJid(alice.id, COMPONENT);
  const items = await readItems(stage.anna, service, [id]).catch(() => null);
  if (items?.has(id) === true) note(id);
}
