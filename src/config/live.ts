/** The configuration that counts now: whoever reads a section of it when it is needed has the newest. */
import type { Config } from "./shape.ts";

export interface LiveConfig {
  /** Always the same object. */
  readonly config: Config;
  /** All of it at once. */
  set(next: Config): void;
}

export function liveConfig(first: Config): LiveConfig {
  let now = first;
  const config: Config = {
    get roles() {
      return now.roles;
    },
    get dataDir() {
      return now.dataDir;
    },
    get xmpp() {
      return now.xmpp;
    },
    get diaspora() {
      return now.diaspora;
    },
    get server() {
      return now.server;
    },
    get database() {
      return now.database;
    },
    get security() {
      return now.security;
    },
    get development() {
      return now.development;
    },
    get limits() {
      return now.limits;
    },
    get moderation() {
      return now.moderation;
    },
    get contact() {
      return now.contact;
    },
    get metrics() {
      return now.metrics;
    },
    get log() {
      return now.log;
    },
  };
  return {
    config,
    set(next) {
      now = next;
    },
  };
}
