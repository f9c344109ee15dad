/** The operator's lists, for the commands and the terminal: over the store, by the configuration. */
import { bareJid } from "../activitystreams/ids.ts";
import { createStandings, domainsAbove, hostName } from "../activitystreams/standing.ts";
import type { KeptStanding } from "../activitystreams/standing-change.ts";
import type { ModerationPorts } from "../commands/moderation-ports.ts";
import type { Subject } from "../commands/standing-subject.ts";
import type { Config } from "../config.ts";
import { guarded, type Database } from "../store/database.ts";
import { localByJid } from "../store/people.ts";
import { personFacts } from "../store/person-facts.ts";
import { podFacts } from "../store/pod-facts.ts";
import { acceptSender, rejectSender, releaseHosts, waitingStrangers } from "../store/quarantine.ts";
import { allStandings, applyStandings, changeStandings } from "../store/standings.ts";
import { effectOf } from "../store/standings-effect.ts";
import { idHostsOf } from "./site.ts";

const MOST_LISTED = 500;

/** `changed`: for whoever keeps the lists in memory, or works on the inbox. */
export function createModeration(
  { config, db }: { readonly config: Config; readonly db: Database },
  changed: () => Promise<void> = () => Promise.resolve(),
): ModerationPorts {
  const keyOf = async (to: string | null): Promise<string | null> => {
    const jid = to === null ? null : bareJid(to);
    return jid === null ? null : ((await localByJid(db, jid))?.key ?? null);
  };
  return {
    isAdmin: (jid) => config.xmpp.admins.includes(jid),
    isOwn: (subject) => isOwn(subject, config),
    all: () => guarded(() => allStandings(db)),
    effectOf: (change) => guarded(() => effectOf(db, change, config.moderation.listed)),
    async change(change, by) {
      const { listed } = config.moderation;
      await guarded(async () => {
        await changeStandings(db, change, by);
        await applyStandings(db, listed);
        const standings = createStandings(await allStandings(db), listed);
        await releaseHosts(db, standings.isAllowed);
      });
      await changed();
    },
    async pod(host) {
      const all = await guarded(() => allStandings(db));
      const verdict = createStandings(all, config.moderation.listed).ofHost(host);
      return {
        host,
        verdict,
        because: saidOf(host, all),
        ...(await guarded(() => podFacts(db, host))),
      };
    },
    person: (name) => guarded(() => personFacts(db, name)),
    waiting: async (to) => {
      const key = await keyOf(to);
      if (to !== null && key === null) return [];
      return await guarded(() => waitingStrangers(db, key, MOST_LISTED));
    },
    accept: async (sender, to) => {
      const personKey = await keyOf(to);
      if (to !== null && personKey === null) return 0;
      const count = await guarded(() => acceptSender(db, { sender, personKey }));
      await changed();
      return count;
    },
    reject: async (sender, to) => {
      const personKey = await keyOf(to);
      if (to !== null && personKey === null) return 0;
      return await guarded(() => rejectSender(db, { sender, personKey }));
    },
  };
}

function saidOf(host: string, all: readonly KeptStanding[]): KeptStanding | null {
  const pods = new Map(all.flatMap((one) => (one.kind === "pod" ? [[one.subject, one]] : [])));
  for (const name of domainsAbove(hostName(host))) {
    const found = pods.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

/** What would shut out the gateway itself, or who runs it. */
function isOwn({ kind, subject }: Subject, config: Config): boolean {
  const { admins, component } = config.xmpp;
  if (kind === "jid") {
    const own = [...admins, ...admins.map((jid) => jid.slice(jid.indexOf("@") + 1))];
    const hosts = [component.domain, ...own];
    return hosts.some((host) => host === subject || domainsAbove(host).includes(subject));
  }
  const hosts = [...idHostsOf(config), new URL(config.diaspora.url).host].map(hostName);
  const named = kind === "person" ? hostName(subject.slice(subject.lastIndexOf("@") + 1)) : subject;
  return hosts.some((host) => domainsAbove(host).includes(named));
}
