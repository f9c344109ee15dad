/**
 * Pictures of people of the federation for XMPP clients: fetched when somebody asks, made small,
 * and kept by the address at which they lie. What could not be had is not asked for again soon.
 */
import type { RemotePerson } from "../activitystreams/person.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import type { Log } from "../log/log.ts";
import { createFairGate } from "./fair-gate.ts";
import { portraitOf, type Portrait } from "./portrait.ts";
import { fetchPicture } from "./source.ts";

/** What the store keeps of an address. */
export interface KnownAvatar {
  /** null: it could not be had then. */
  readonly picture: Portrait | null;
  readonly fetchedAt: Date;
}

export interface AvatarsOptions {
  /**
   * Strangers name these addresses: never the client that may reach the operator's own hosts.
   */
  readonly http: Pick<GuardedHttp, "get">;
  readonly known: (url: string) => Promise<KnownAvatar | null>;
  readonly keep: (url: string, picture: Portrait | null) => Promise<void>;
  readonly log: Log;
  readonly now: () => Date;
}

export interface Avatars {
  /** null when there is none, or it cannot be had now. Throws DX_MEDIA_BUSY. */
  of(person: Pick<RemotePerson, "photoUrl">): Promise<Portrait | null>;
}

const HOUR_MS = 60 * 60_000;
/** Pods give a new picture a new address, mostly. */
const FRESH_MS = 7 * 24 * HOUR_MS;
const FAILED_MS = HOUR_MS;
const MAX_SOURCE_BYTES = 5 * 1024 * 1024;
/** Somebody waits for the answer to an IQ. */
const TIMEOUT_MS = 10_000;
const MAX_AT_WORK = 4;
const MAX_WAITING = 200;

export function createAvatars(options: AvatarsOptions): Avatars {
  const { http, log, now } = options;
  const atWork = createFairGate(MAX_AT_WORK, MAX_WAITING);
  const underWay = new Map<string, Promise<Portrait | null>>();
  const bounded: Pick<GuardedHttp, "get"> = {
    get: (url, wishes) => http.get(url, { ...wishes, timeoutMs: TIMEOUT_MS }),
  };

  async function fetch(url: string): Promise<Portrait | null> {
    try {
      return await portraitOf(await fetchPicture(url, bounded, MAX_SOURCE_BYTES));
    } catch (error) {
      log.info({ error: describeError(error) }, "a person's picture cannot be shown");
      // Whatever is wrong with it: a person without a picture is no failure to the one who asks.
      if (isDxError(error)) return null;
      throw error;
    }
  }

  async function renewed(url: string, former: Portrait | null): Promise<Portrait | null> {
    const made = await atWork(hostOf(url), () => fetch(url));
    const picture = made ?? former;
    await options.keep(url, picture);
    return picture;
  }

  async function look(url: string): Promise<Portrait | null> {
    const known = await options.known(url);
    if (known !== null && isFresh(known, now())) return known.picture;
    return await renewed(url, known?.picture ?? null);
  }

  return {
    async of({ photoUrl }) {
      if (photoUrl === undefined) return null;
      const running = underWay.get(photoUrl) ?? look(photoUrl);
      underWay.set(photoUrl, running);
      try {
        return await running;
      } finally {
        underWay.delete(photoUrl);
      }
    },
  };
}

function isFresh({ picture, fetchedAt }: KnownAvatar, now: Date): boolean {
  return now.getTime() - fetchedAt.getTime() < (picture === null ? FAILED_MS : FRESH_MS);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}
