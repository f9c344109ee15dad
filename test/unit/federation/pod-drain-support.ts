/** A pod-drain with a queue, a signer and a pod of its own. */
import type {
  Destination,
  PendingDelivery,
  Release,
} from "../../../src/activitystreams/delivery.ts";
import { DxError } from "../../../src/errors/error.ts";
import { createPodBreaker } from "../../../src/federation/pod-breaker.ts";
import { createPodDrain, type PodDrainOptions } from "../../../src/federation/pod-drain.ts";
import type { GuardedHttp, PostResponse } from "../../../src/http/client.ts";
import { silentLog } from "../../../src/log/log.ts";
import { newPerson } from "../../support/peer-person.ts";
import { contentOf, guidNumber, localPerson, remotePost } from "../../support/fixtures.ts";

export const POD: Destination = {
  id: "1",
  kind: "pod",
  address: "https://pod.example/",
  attempts: 2,
  wakes: "0",
};

export const KNOWN = guidNumber(7);
const KEY = newPerson("alice@pod.example", 1024).publicPem;

export type Answer =
  number | DxError | { readonly status: number; readonly retryAfterSeconds: number };

export interface Bench {
  readonly posted: string[];
  readonly delivered: string[];
  readonly refused: string[];
  readonly putOff: string[];
  readonly released: Release[];
  readonly settled: string[];
  readonly asked: string[];
  readonly returned: string[];
  drain(destination?: Destination, signal?: AbortSignal): Promise<void>;
}

/** The signer's envelopes are the ids of the deliveries, so the pod sees which is which. */
export function bench(
  pending: readonly PendingDelivery[],
  answer: (id: string) => Answer,
  nodeinfo: number | DxError = 404,
): Bench {
  const made: Omit<Bench, "drain"> = {
    posted: [],
    delivered: [],
    refused: [],
    putOff: [],
    released: [],
    settled: [],
    asked: [],
    returned: [],
  };
  const queue: PodDrainOptions["queue"] = {
    pending: (_, limit, after) => {
      const rest = pending.filter(
        ({ id }) => !made.refused.includes(id) && Number(id) > Number(after?.id ?? -1),
      );
      return Promise.resolve(rest.slice(0, limit));
    },
    finish: ({ delivered, refused }) => {
      made.delivered.push(...delivered.map((one) => one.id));
      made.refused.push(...refused.map((one) => one.id));
      return Promise.resolve();
    },
    retry: (delivery) => {
      made.putOff.push(delivery.id);
      return Promise.resolve();
    },
    release: (_, release) => {
      made.released.push(release);
      return Promise.resolve();
    },
  };
  const http: GuardedHttp = {
    check: (url) => new URL(url),
    get: (url) => {
      made.asked.push(url);
      if (typeof nodeinfo !== "number") return Promise.reject(nodeinfo);
      return Promise.resolve({ status: nodeinfo, headers: {}, body: Buffer.alloc(0), url });
    },
    post: (url, { body }) => {
      const id = String(body);
      made.posted.push(`${url} ${id}`);
      const given = answer(id);
      if (given instanceof DxError) return Promise.reject(given);
      const response: PostResponse = {
        status: typeof given === "number" ? given : given.status,
        retryAfterSeconds: typeof given === "number" ? null : given.retryAfterSeconds,
        bodyExcerpt: "",
      };
      return Promise.resolve(response);
    },
    close: () => Promise.resolve(),
  };
  const drain = createPodDrain({
    queue,
    http,
    log: silentLog,
    breaker: createPodBreaker(),
    returned: (podUrl) => {
      made.returned.push(podUrl);
      return Promise.resolve();
    },
    publicKeyOf: (guid) => Promise.resolve(guid === KNOWN ? KEY : null),
    signer: {
      envelopeOf: () => Promise.reject(new Error("everything is passed on")),
      passOn: ({ activity: { object }, sealer }) =>
        object.type === "person"
          ? Promise.resolve("contact")
          : object.type === "note" && object.markdown !== "no key"
            ? Promise.resolve(
                `${object.markdown}${sealer.name === "Bob" ? "" : ` by ${sealer.name}`}`,
              )
            : Promise.reject(new DxError("DX_PERSON_NOT_FOUND")),
      prepare: () => undefined,
    },
    settled: ({ id }, outcome, detail) => {
      made.settled.push(`${id} ${outcome} ${detail}`.trim());
      return outcome === "refused" ? Promise.reject(new Error("no database")) : Promise.resolve();
    },
  });
  return { ...made, drain: (destination = POD, signal) => drain([destination], signal) };
}

export function post(
  id: string,
  rootGuid = id,
  changes: Partial<PendingDelivery> = {},
): PendingDelivery {
  const activity = remotePost({ guid: guidNumber(Number(id)), markdown: id });
  return {
    id,
    destinationId: "1",
    attempts: 0,
    rootGuid,
    form: "event",
    progress: null,
    scope: "",
    content: contentOf(activity, localPerson()),
    ...changes,
  };
}

export const NODEINFO = "https://pod.example/.well-known/nodeinfo";
export const PUBLIC = "https://pod.example/receive/public";
