/** Who can see this? Before it is written, and after. */
import type { DraftReach, Reach } from "../activitystreams/reach.ts";
import type { Command, Report } from "./definition.ts";
import type { CommandPorts } from "./ports.ts";
import { registeredCommand, TARGET_FIELD } from "./registered.ts";
import { targetOf } from "./target.ts";

export function whoCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "who",
    name: "Who can see this?",
    instructions: "Of a post or comment. Empty: of what you would post now.",
    fields: [{ ...TARGET_FIELD, label: "Which post or comment: its link, GUID or address" }],
    args: ["target"],
    run: async (jid, { target }, occasion): Promise<Report> => {
      if (target === undefined) return draftReport(await ports.whoWouldSee(jid));
      const guid = await targetOf(target, jid, occasion, ports);
      const { said, lines } = reachReport(await ports.whoSees(jid, guid));
      return { said, lines, about: guid };
    },
  });
}

function draftReport({ microblog, contacts }: DraftReach): Report {
  return {
    said: "What you post now:",
    lines: [
      `In your own microblog: ${
        microblog.audience === "public"
          ? "everybody can read it."
          : "not everybody can read it; on the diaspora* federation:"
      }`,
      ...linesOf(microblog),
      "With “post”, to your contacts:",
      ...linesOf(contacts),
    ],
  };
}

function reachReport(reach: Reach): { readonly said: string; readonly lines: readonly string[] } {
  switch (reach.audience) {
    case "public":
      return { said: "Everybody can see it.", lines: linesOf(reach) };
    case "limited":
      return { said: "Only some people can see it.", lines: linesOf(reach) };
    case "others":
      return {
        said: reach.public
          ? `Everybody can see it. ${reach.author} wrote the post.`
          : `You, and whom ${reach.author} chose: only their pod knows who that is.`,
        lines: [],
      };
  }
}

/** So many are named; the count is always told. */
const MOST_NAMED = 100;

function linesOf(reach: Reach): string[] {
  if (reach.audience === "others") return [];
  if (reach.audience === "public") {
    return listed("pod", "pods", "have it or get it", reach.pods.map(hostOf));
  }
  const named = (people: typeof reach.people): string[] =>
    people.map(({ name, diasporaId }) =>
      name === "" || name === diasporaId ? diasporaId : `${name} (${diasporaId})`,
    );
  const former = named(reach.former);
  return [
    ...listed("person", "people", "each of them encrypted", named(reach.people)),
    ...(former.length === 0 ? [] : listed("person", "people", "had it, and get no more", former)),
    ...(reach.ownNode ? ["and on the XMPP side whoever your own server shows it to"] : []),
  ];
}

function listed(one: string, many: string, what: string, names: readonly string[]): string[] {
  const count = `${String(names.length)} ${names.length === 1 ? one : many}`;
  const more = names.length - MOST_NAMED;
  return [
    names.length === 0 ? `nobody on the federation` : `${count} (${what}):`,
    ...names.slice(0, MOST_NAMED).map((name) => `  ${name}`),
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
  ];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
