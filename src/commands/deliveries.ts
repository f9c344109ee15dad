/** Where a person's posts have gone, and to have them tried again. */
import { DxError } from "../errors/error.ts";
import type { Command, Report } from "./definition.ts";
import { reportOf, summaryLine } from "./delivery-words.ts";
import type { CommandPorts } from "./ports.ts";
import { registeredCommand, TARGET_FIELD } from "./registered.ts";
import { targetOf } from "./target.ts";

const NEWEST = 10;

export function deliveryCommands(ports: CommandPorts): Command[] {
  return [statusCommand(ports), retryCommand(ports)];
}

function statusCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "status",
    name: "Where did my post go?",
    instructions: "Of one post everything; of your newest ones an overview, when you name none.",
    fields: [{ ...TARGET_FIELD, label: "Which post: its link, GUID or address" }],
    args: ["target"],
    run: async (jid, { target }, occasion): Promise<Report> => {
      if (target === undefined) return await overviewFor(jid, ports);
      const guid = await targetOf(target, jid, occasion, ports);
      const [report] = await ports.deliveries(jid, { guid });
      if (report === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
      return reportOf(report);
    },
  });
}

async function overviewFor(
  jid: Parameters<CommandPorts["deliveries"]>[0],
  ports: CommandPorts,
): Promise<Report> {
  const reports = await ports.deliveries(jid, { newest: NEWEST });
  const [newest] = reports;
  if (newest === undefined) return { said: "You have not posted anything yet." };
  return {
    said: "Your newest posts:",
    lines: reports.map((report) => summaryLine(report)),
    about: newest.guid,
  };
}

function retryCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "retry",
    name: "Try again to bring a post",
    instructions:
      "At once, to every pod that has not got the post, also to those that refused it. “status” " +
      "tells which.",
    fields: [{ ...TARGET_FIELD, label: "Which post: its link, GUID or address" }],
    args: ["target"],
    run: async (jid, { target }, occasion): Promise<Report> => {
      const guid = await targetOf(target, jid, occasion, ports);
      const places = await ports.retry(jid, guid);
      if (places === 0) return { said: "There is no place that waits for it.", about: guid };
      const where = places === 1 ? "1 place" : `${String(places)} places`;
      return {
        said: `It is brought to ${where} now. “status” tells what comes of it.`,
        about: guid,
      };
    },
  });
}
