/**
 * COMPAT(diaspora* < 0.7): which form a pod reads, as its NodeInfo says (diaspora-protocol.md
 * §0): diaspora* below 0.7 gets slaps, everybody else, and whoever does not say, the magic
 * envelope. Asked once, and remembered.
 */
import { LRUCache } from "lru-cache";
import { isDxError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import { decodeUtf8 } from "../http/response-body.ts";
import {
  parseNodeinfo,
  parseNodeinfoLinks,
  type NodeSoftware,
} from "../salmon/discovery/nodeinfo.ts";

/** True when slaps are all that the pod reads. Never throws. */
export type WantsSlaps = (podUrl: string) => Promise<boolean>;

export interface PodFormOptions {
  readonly http: GuardedHttp;
  /** How many pods are remembered. Default 10,000. */
  readonly maxPods?: number;
  /** How long. Default a day: 0.7, to which an old pod is brought, reads both. */
  readonly rememberedMs?: number;
  /** How long it is remembered that a pod could not be asked. Default an hour. */
  readonly failureMs?: number;
}

const HOUR_MS = 3_600_000;

// `0.6.9.0-p7a1b2c3`. Our own NodeInfo 1.0 has our version under this name, and a word behind it.
const BELOW_0_7 = /^0\.[0-6](?:\.\d{1,5}){0,3}(?:-\w{1,40})?$/;

function isOld({ name, version }: NodeSoftware): boolean {
  return name === "diaspora" && BELOW_0_7.test(version);
}

async function fetchText(http: GuardedHttp, url: string): Promise<string | null> {
  const { status, body } = await http.get(url, { accept: "application/json" });
  return status === 200 ? decodeUtf8(body) : null;
}

/** null: it does not say. Throws DxErrors. */
async function softwareOf(origin: string, http: GuardedHttp): Promise<NodeSoftware | null> {
  const links = await fetchText(http, `${origin}/.well-known/nodeinfo`);
  const href = links === null ? null : parseNodeinfoLinks(links);
  // What a pod is, no other server tells, nor is one asked in its name.
  if (href === null || !URL.canParse(href) || new URL(href).origin !== origin) return null;
  const document = await fetchText(http, href);
  return document === null ? null : parseNodeinfo(document);
}

export function createPodForms(options: PodFormOptions): WantsSlaps {
  const { http, failureMs = HOUR_MS } = options;
  const known = new LRUCache<string, Promise<boolean>>({
    max: options.maxPods ?? 10_000,
    ttl: options.rememberedMs ?? 24 * HOUR_MS,
  });

  async function ask(origin: string): Promise<boolean> {
    try {
      const software = await softwareOf(origin, http);
      return software !== null && isOld(software);
    } catch (error) {
      known.delete(origin);
      if (!isDxError(error)) throw error;
      known.set(origin, Promise.resolve(false), { ttl: failureMs });
      return false;
    }
  }

  function remembered(origin: string): Promise<boolean> {
    const found = known.get(origin);
    if (found !== undefined) return found;
    const answer = ask(origin);
    known.set(origin, answer);
    return answer;
  }

  return async (podUrl) => {
    try {
      return await remembered(http.check(podUrl).origin);
    } catch (error) {
      // Not an address that we may contact: that is said where something is posted to it.
      if (!isDxError(error)) throw error;
      return false;
    }
  };
}
