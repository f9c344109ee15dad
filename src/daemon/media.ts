/** Pictures of local people's posts, put together: the store's sources, the guarded client, routes. */
import type { Config } from "../config.ts";
import { createGuardedHttp } from "../http/client.ts";
import type { Routes } from "../http/routes.ts";
import type { Log } from "../log/log.ts";
import { createPhotos } from "../media/photos.ts";
import { mediaRoutes } from "../media/routes.ts";
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
  readonly routes: Routes;
  close(): Promise<void>;
}

export function createMedia({ config, version, log, storage }: MediaOptions): Media {
  const { maxPictureBytes, pictureCacheBytes } = config.limits;
  // A client of its own: strangers name the addresses that the other one contacts, and the
  // operator's upload hosts are open to pictures only.
  const http = createGuardedHttp({
    ...guardedHttpOptions(config, version),
    privateHosts: config.xmpp.uploadHosts,
  });
  const routes = mediaRoutes(
    createPhotos({
      sources: { of: (guid) => guarded(() => photoSource(storage.db, guid)) },
      http,
      log,
      maxBytes: maxPictureBytes,
      cacheBytes: pictureCacheBytes,
    }),
  );
  return { routes, close: () => http.close() };
}
