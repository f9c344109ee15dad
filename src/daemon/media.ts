/** Pictures, put together: of local people and of their posts for pods, of other people for clients. */
import { hostOfUrl } from "../activitystreams/standing.ts";
import type { Config } from "../config.ts";
import { DxError } from "../errors/error.ts";
import { createGuardedHttp } from "../http/client.ts";
import type { Routes } from "../http/routes.ts";
import type { Log } from "../log/log.ts";
import { createAvatars, type Avatars } from "../media/avatars.ts";
import { avatarRoutes } from "../media/own-avatars.ts";
import { createPhotos } from "../media/photos.ts";
import { mediaRoutes } from "../media/routes.ts";
import { fetchedAvatar, keepFetchedAvatar, ownAvatar } from "../store/avatars.ts";
import { guarded } from "../store/database.ts";
import { photoSource } from "../store/photos.ts";
import { guardedHttpOptions } from "./guarded-http.ts";
import type { Storage } from "./storage.ts";

export interface MediaOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly storage: Storage;
}

export interface Media {
  readonly routes: readonly Routes[];
  /** Of people of the federation. */
  readonly avatars: Avatars;
  close(): Promise<void>;
}

export function createMedia({ config, version, log, storage }: MediaOptions): Media {
  const { maxPictureBytes, pictureCacheBytes } = config.limits;
  const isShut = (host: string): boolean => storage.standings.now().rejectsMedia(host);
  const admit = (host: string): void => {
    if (isShut(host)) throw new DxError("DX_SUSPENDED");
  };
  // A client of its own: strangers name the addresses that the other one contacts, and the
  // operator's upload hosts are open to pictures only.
  const http = createGuardedHttp({
    ...guardedHttpOptions(config, version),
    privateHosts: config.xmpp.uploadHosts,
    admit,
  });
  const routes = [
    avatarRoutes({
      of: (guid) => guarded(() => ownAvatar(storage.db, guid)),
      cacheBytes: pictureCacheBytes,
    }),
    mediaRoutes(
      createPhotos({
        sources: { of: (guid) => guarded(() => photoSource(storage.db, guid)) },
        http,
        log,
        maxBytes: maxPictureBytes,
        cacheBytes: pictureCacheBytes,
      }),
    ),
  ];
  // Strangers name these addresses: the operator's own hosts are not for them.
  const strangers = createGuardedHttp({ ...guardedHttpOptions(config, version), admit });
  const avatars = createAvatars({
    http: strangers,
    known: (url) => guarded(() => fetchedAvatar(storage.db, url)),
    keep: (url, picture) => guarded(() => keepFetchedAvatar(storage.db, url, picture)),
    log,
    now: () => new Date(),
  });
  return {
    routes,
    avatars: {
      // Also what was fetched before.
      of: async (person) =>
        isShut(hostOfUrl(person.photoUrl ?? "")) ? null : await avatars.of(person),
    },
    async close() {
      await Promise.all([http.close(), strangers.close()]);
    },
  };
}
