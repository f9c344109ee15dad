/** All commands over ports that write down what they were asked. */
import {
  bareJid,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../../../src/activitystreams/ids.ts";
import type { Seen } from "../../../src/activitystreams/stream.ts";
import { virtualJid } from "../../../src/activitystreams/virtual-jid.ts";
import type { PostReport, Preferences } from "../../../src/bridge/ports.ts";
import { createCommands, type Commands } from "../../../src/commands/all.ts";
import type { CommandPorts, FoundPerson } from "../../../src/commands/ports.ts";
import { diasporaId, guidNumber, jid, remotePost, remotePerson } from "../../support/fixtures.ts";

export const ALICE = jid("alice@example.org");
export const NEW = guidNumber(99);

export interface CommandBench {
  readonly commands: Commands;
  readonly calls: string[];
  readonly registered: Set<Jid>;
  readonly facts: {
    own: "published" | "not-possible";
    reports: PostReport[];
    kept: number;
    purged: number;
    preferences: Preferences;
    contacts: FoundPerson[];
  };
}

export function found(id: DiasporaId, changes: Partial<FoundPerson["is"]> = {}): FoundPerson {
  return {
    id,
    name: id.slice(0, id.indexOf("@")).toUpperCase(),
    jid: virtualJid(id, "dx.example.org"),
    is: { following: true, sharing: false, blocking: false, blocked: false, ...changes },
  };
}

export function commandBench(): CommandBench {
  const calls: string[] = [];
  const registered = new Set([ALICE]);
  const facts: CommandBench["facts"] = {
    own: "not-possible",
    reports: [],
    kept: 0,
    purged: 0,
    preferences: {
      ...{ reads: "auto", comments: "all", followers: "ask", edits: "correction" },
      ...{ listed: false, searchable: true },
    },
    contacts: [found(diasporaId("bob@pod.example"))],
  };
  const call = <T>(result: T, name: string, ...told: readonly unknown[]): Promise<T> => {
    calls.push([name, ...told.map((one) => JSON.stringify(one))].join(" "));
    return Promise.resolve(result);
  };
  const act = (name: string) => (it: object) => call(NEW, name, it);
  const silent = (name: string) => (it: object) => call(undefined, name, it);
  const person = (name: string) => (_: Jid, id: DiasporaId) => call(found(id), name, id);
  const ports: CommandPorts = {
    registration: {
      find: (who) => Promise.resolve(registered.has(who) ? { diasporaId: who } : null),
      register: (who) => {
        registered.add(who);
        return call({ diasporaId: who }, "register", who);
      },
      remove: (who) => call(undefined, "remove", who),
    },
    acts: {
      comment: act("comment"),
      like: act("like"),
      unlike: silent("unlike"),
      vote: act("vote"),
      attend: act("attend"),
      share: act("share"),
      retract: silent("retract"),
      edit: silent("edit"),
      post: act("post"),
      send: act("send"),
    },
    follow: person("follow"),
    unfollow: person("unfollow"),
    block: person("block"),
    unblock: person("unblock"),
    lookup: person("lookup"),
    contacts: () => Promise.resolve(facts.contacts),
    preferences: () => Promise.resolve(facts.preferences),
    setPreferences: (_, change) => {
      facts.preferences = { ...facts.preferences, ...change };
      return call(undefined, "setPreferences", change);
    },
    deliveries: (_, limit) => Promise.resolve(facts.reports.slice(0, limit)),
    everything: () => everything(facts.kept),
    publishOwn: (_, post) => call(facts.own, "publishOwn", post),
    hostedAt: (who, guid) => `xmpp:dx.example.org?;node=/user/${who}/posts;item=${guid}`,
    guidOfItem: (_, uri) => Promise.resolve(parseGuid(uri.slice(uri.lastIndexOf("=") + 1))),
    confirmPurge: () => call(facts.purged, "confirmPurge"),
    markdownOf: (text) => `md(${text})`,
  };
  const policy = { kind: "domains", domains: ["example.org"] } as const;
  return { commands: createCommands(ports, policy), calls, registered, facts };
}

async function* everything(count: number): AsyncIterable<Seen> {
  for (let number = 1; number <= count; number += 1) {
    const guid: Guid = guidNumber(number);
    const markdown = "x".repeat(1_000);
    yield await Promise.resolve({
      activity: remotePost({ guid, markdown }),
      author: remotePerson(),
      itemId: guid,
    });
  }
}

export function who(text: string): Jid {
  const parsed = bareJid(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}
