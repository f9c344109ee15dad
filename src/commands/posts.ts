/** What a person does with posts of their own: write, change, take back, see where they went. */
import { parsePersonAddress } from "../activitystreams/delivery.ts";
import type { PostReport } from "../bridge/ports.ts";
import { DxError } from "../errors/error.ts";
import type { Command, Report } from "./definition.ts";
import type { CommandPorts } from "./ports.ts";
import { registeredCommand, TARGET_FIELD, TEXT_FIELD } from "./registered.ts";
import { parseTarget, targetOf } from "./target.ts";

export function postCommands(ports: CommandPorts): Command[] {
  return [postCommand(ports), editCommand(ports), deleteCommand(ports), statusCommand(ports)];
}

function postCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "post",
    name: "Write a post",
    instructions:
      "A public post is written into your own microblog, where your server lets this gateway do " +
      "so. A post to your contacts goes to the people who follow you and whom you follow.",
    fields: [
      TEXT_FIELD,
      {
        name: "to",
        label: "Who may read it",
        kind: "choice",
        required: false,
        value: "public",
        choices: [
          ["public", "Everybody"],
          ["contacts", "Your contacts"],
        ],
      },
    ],
    args: ["text"],
    run: async (jid, { text = "", to = "public" }, { key }): Promise<Report> => {
      const markdown = ports.markdownOf(text);
      if (to === "public" && (await ports.publishOwn(jid, { markdown, key })) === "published") {
        return { said: "Published in your own microblog; the federation gets it from there." };
      }
      const audience = to === "public" ? "public" : "limited";
      const guid = await ports.acts.post({ jid, markdown, audience, key });
      return { said: `${WHERE[audience]} ${ports.hostedAt(jid, guid)}`, about: guid };
    },
  });
}

const WHERE = {
  public:
    "Posted. Your server does not let this gateway write into your own microblog, so the post " +
    "lives here:",
  limited:
    "Posted to your contacts. Anybody may read your own microblog, so the post lives here, where " +
    "only they can:",
};

function editCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "edit",
    name: "Change a post or comment",
    instructions:
      "Many pods know no changes. What is done for those is in your preferences (edits).",
    fields: [TARGET_FIELD, TEXT_FIELD],
    args: ["target", "text"],
    run: async (jid, { target, text = "" }, occasion) => {
      const guid = await targetOf(target, jid, occasion, ports);
      await ports.acts.edit({ jid, guid, markdown: ports.markdownOf(text) });
      return {
        said: "Changed on the federation. What stands in your own microblog is for your client to change.",
        about: guid,
      };
    },
  });
}

function deleteCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "delete",
    name: "Delete a post or comment",
    instructions:
      "Of your own, or a comment below a post of your own. The pods that have it are told.",
    fields: [TARGET_FIELD],
    args: ["target"],
    run: async (jid, { target }, occasion) => {
      const guid = await targetOf(target, jid, occasion, ports);
      await ports.acts.retract({ jid, guid });
      return (
        "Deleted. The pods that have it are told. A post in your own microblog still stands there: " +
        "delete it there with your client."
      );
    },
  });
}

/** Among so many of the newest posts. */
const MAX_REPORTS = 100;

function statusCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "status",
    name: "Where did my post go?",
    instructions: "Of your newest post, when you name none.",
    fields: [{ ...TARGET_FIELD, label: "Which post: its link, GUID or address" }],
    args: ["target"],
    run: async (jid, { target }, occasion): Promise<Report> => {
      const newest = target === undefined;
      const reports = await ports.deliveries(jid, newest ? 1 : MAX_REPORTS);
      if (newest && reports.length === 0) return { said: "You have not posted anything yet." };
      const guid =
        newest || parseTarget(target)?.kind === "it"
          ? reports[0]?.guid
          : await targetOf(target, jid, occasion, ports);
      const report = reports.find((one) => one.guid === guid);
      if (report === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
      return { said: headOf(report), lines: linesOf(report), about: report.guid };
    },
  });
}

function headOf({ words, published, delivered, refused, waiting }: PostReport): string {
  const total = delivered.length + refused.length + waiting.length;
  const what = words === "" ? "The post" : `“${words}”`;
  const when = `${what}, of ${timeOf(published)}`;
  if (total === 0) return `${when}, went to nobody: no pod has anybody who follows you.`;
  return `${when}, has arrived at ${String(delivered.length)} of ${String(total)} places.`;
}

function linesOf({ delivered, refused, waiting }: PostReport): string[] {
  return [
    ...delivered.map((address) => `${placeOf(address)}: arrived`),
    ...waiting.map(
      ({ address, next, reason }) =>
        `${placeOf(address)}: waits, next try ${timeOf(next)}${because(reason)}`,
    ),
    ...refused.map(({ address, reason }) => `${placeOf(address)}: refused${because(reason)}`),
  ];
}

function because(reason: string | null): string {
  return reason === null || reason === "" ? "" : ` (${reason})`;
}

/** The host of a pod, whether the whole of it or one mailbox there was meant. */
function placeOf(address: string): string {
  const url = parsePersonAddress(address)?.podUrl ?? address;
  return URL.canParse(url) ? new URL(url).host : url;
}

function timeOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
