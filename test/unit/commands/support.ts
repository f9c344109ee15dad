/** All commands over ports that write down what they were asked. */
import {
  bareJid,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../../../src/activitystreams/ids.ts";
import type { Reach } from "../../../src/activitystreams/reach.ts";
import { virtualJid } from "../../../src/activitystreams/virtual-jid.ts";
import type { PostReport } from "../../../src/activitystreams/delivery-report.ts";
import type { Preferences } from "../../../src/bridge/ports.ts";
import { createCommands, type Commands } from "../../../src/commands/all.ts";
import type { CommandPorts, FoundPerson, OwnOutcome } from "../../../src/commands/ports.ts";
import { diasporaId, guidNumber, jid, remotePost, remotePerson } from "../../support/fixtures.ts";

export const ALICE = jid("alice@example.org");
export const NEW = guidNumber(99);

export interface CommandBench {
  readonly commands: Commands;
  readonly calls: string[];
  readonly registered: Set<Jid>;
  readonly facts: {
    own: Guid | null;
    ownOutcome: OwnOutcome;
    reports: PostReport[];
    retried: number;
    kept: number;
    purged: number;
    preferences: Preferences;
    reach: Reach;
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

/** To one contact; one was one before. */
export const LIMITED: Reach = {
  audience: "limited",
  people: [remotePerson({ name: "Alice" })],
  former: [],
  ownNode: false,
};

export function commandBench(): CommandBench {
  const calls: string[] = [];
  const registered = new Set([ALICE]);
  const facts: CommandBench["facts"] = {
    own: null,
    ownOutcome: "elsewhere",
    reports: [],
    retried: 0,
    kept: 0,
    purged: 0,
    preferences: {
      ...{ reads: "auto", comments: "all", followers: "ask", edits: "correction" },
      ...{ limited: "home", listed: false, searchable: true },
    },
    contacts: [found(diasporaId("bob@pod.example"))],
    reach: { audience: "public", pods: ["https://pod.example/"] },
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
      remove: (who) => call(null, "remove", who),
      move: (who, from) => call({ diasporaId: who }, "move", who, from),
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
    deliveries: (_, wanted) =>
      Promise.resolve(
        "guid" in wanted
          ? facts.reports.filter(({ guid }) => guid === wanted.guid)
          : facts.reports.slice(0, wanted.newest),
      ),
    retry: (_, guid) => call(facts.retried, "retry", guid),
    whoSees: (_, guid) => call(facts.reach, "whoSees", guid),
    whoWouldSee: () => Promise.resolve({ microblog: facts.reach, contacts: LIMITED }),
    everything: (_, skip) => everything(facts.kept, skip),
    publishOwn: (_, post) => call(facts.own, "publishOwn", post),
    editOwn: (_, guid, markdown) => call(facts.ownOutcome, "editOwn", guid, markdown),
    retractOwn: (_, guid) => call(facts.ownOutcome, "retractOwn", guid),
    hostedAt: (who, guid) => `xmpp:dx.example.org?;node=/user/${who}/posts;item=${guid}`,
    guidOfItem: (_, uri) => Promise.resolve(parseGuid(uri.slice(uri.lastIndexOf("=") + 1))),
    confirmPurge: () => call(facts.purged, "confirmPurge"),
    markdownOf: (text) => `md(${text})`,
  };
  const policy = { kind: "domains", domains: ["example.org"] } as const;
  return { commands: createCommands(ports, policy), calls, registered, facts };
}

async function* everything(count: number, skip: number): AsyncIterable<object> {
  for (let number = skip + 1; number <= count; number += 1) {
    const guid: Guid = guidNumber(number);
    const { verb, object, audience, published } = remotePost({ guid, markdown: "x".repeat(1_000) });
    const by = remotePerson().diasporaId;
    const line = { is: "activity", by, verb, object, audience, published, item: guid } as const;
    yield await Promise.resolve(line);
  }
}

export function who(text: string): Jid {
  const parsed = bareJid(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}
