/**
 * What those who run the gateway can do from their clients: the same as by `diaspora-x block` and
 * its neighbours at the terminal. Nobody else sees that there is such a thing.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Command, CommandField, CommandValues, Report } from "./definition.ts";
import { counted, effectLines, judge, mergeList, standingLine, type Judgement } from "./judge.ts";
import type { ModerationPorts } from "./moderation-ports.ts";
import { personLines } from "./person-words.ts";
import { podLines, waitingLine } from "./pod-words.ts";
import { readStandingsCsv, writeStandingsCsv } from "./standings-csv.ts";
import { parseSubject, subjectText } from "./standing-subject.ts";
import { personOf } from "./target.ts";

const WHAT_FIELD: CommandField = {
  name: "what",
  label:
    "A pod (bad.example), a person (mallory@bad.example), or an address of XMPP with xmpp: before it",
  kind: "text",
  required: true,
};
const DRY_RUN_FIELD: CommandField = {
  name: "dry_run",
  label: "Only say what would happen",
  kind: "flag",
  required: false,
  value: "0",
};
const JUDGEMENTS: readonly (readonly [Judgement, string])[] = [
  ["suspend", "Suspend: nothing comes and nothing goes"],
  ["silence", "Silence: only for who follows"],
  ["allow", "Allow, whatever is said of the domain above"],
  ["lift", "Take back what was said"],
];

export function moderationCommands(ports: ModerationPorts): Command[] {
  const define = (command: AdminCommand): Command => adminCommand(ports, command);
  return [
    define(judgeCommand(ports)),
    define({
      node: "standings",
      name: "Suspended, silenced and allowed",
      instructions: "All that was said of pods, people and addresses.",
      run: async () => {
        const all = await ports.all();
        return { said: counted(all.length, "entry", "entries"), lines: all.map(standingLine) };
      },
    }),
    define(importCommand(ports)),
    define({
      node: "export-standings",
      name: "Export the list of pods",
      instructions: "As CSV, in the form in which other programs import it.",
      run: async () => {
        const pods = (await ports.all()).filter(({ kind }) => kind === "pod");
        return { said: "The list:", lines: writeStandingsCsv(pods).trimEnd().split("\n") };
      },
    }),
    define({
      node: "pod",
      name: "What is known of a pod",
      instructions: "Counts and its standing; nobody's words.",
      fields: [{ ...WHAT_FIELD, name: "host", label: "The pod's host" }],
      args: ["host"],
      run: async (_, { host = "" }) => {
        const subject = parseSubject(host);
        if (subject?.kind !== "pod") throw new DxError("DX_STANDING_INVALID");
        const [said = "", ...lines] = podLines(await ports.pod(subject.subject));
        return { said, lines };
      },
    }),
    define({
      node: "account",
      name: "What is known of a person",
      instructions: "How an account stands, here or on a pod; nobody's words.",
      fields: [{ name: "who", label: "A JID or a diaspora* ID", kind: "text", required: true }],
      args: ["who"],
      run: async (_, { who = "" }) => {
        const facts = await ports.person(who.replace(/^xmpp:/i, "").toLowerCase());
        if (facts === null) throw new DxError("DX_ITEM_NOT_FOUND");
        const [said = "", ...lines] = personLines(facts);
        return { said, lines };
      },
    }),
    ...quarantineCommands(ports).map(define),
  ];
}

function judgeCommand(ports: ModerationPorts): AdminCommand {
  return {
    node: "judge",
    name: "Suspend, silence or allow",
    instructions:
      "It counts at once, for what is there already too. Nothing is deleted: what was hidden comes back when it is taken back.",
    fields: [
      { name: "severity", label: "How", kind: "choice", required: true, choices: JUDGEMENTS },
      WHAT_FIELD,
      { name: "reason", label: "Why", kind: "text", required: false, maxLength: 1_000 },
      DRY_RUN_FIELD,
    ],
    args: ["severity", "what", "reason"],
    run: async (by, { severity, what = "", reason, dry_run: dry }) => {
      const judgement = JUDGEMENTS.find(([known]) => known === severity)?.[0];
      if (judgement === undefined) throw new DxError("DX_BAD_REQUEST");
      const dryRun = isSet(dry);
      const judging = { what, judgement, reason: reason ?? null, dryRun, by };
      const { subject, effect } = await judge(judging, ports);
      const named = subjectText(subject);
      const said = dryRun ? `This would happen with ${named}:` : `Done for ${named}.`;
      return { said, lines: effectLines(effect) };
    },
  };
}

function importCommand(ports: ModerationPorts): AdminCommand {
  return {
    node: "import-standings",
    name: "Import a list",
    instructions:
      "CSV with the columns #domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate. Longer lists are imported at the terminal.",
    fields: [
      { name: "list", label: "The list", kind: "long", required: true },
      { ...DRY_RUN_FIELD, value: "1" },
    ],
    run: async (by, { list = "", dry_run: dry }) => {
      const { standings, faults } = readStandingsCsv(list);
      const { change, kept } = await mergeList(standings, ports);
      const effect = await ports.effectOf(change);
      if (!isSet(dry)) await ports.change(change, by);
      const lines = [
        ...effectLines(effect),
        ...(kept.length === 0 ? [] : [`Left as they are: ${kept.map(subjectText).join(", ")}`]),
        ...faults.slice(0, 20).map(({ line, fault }) => `Line ${String(line)}: ${fault}`),
      ];
      const count = counted(change.put.length, "entry", "entries");
      return { said: isSet(dry) ? `This would put ${count}:` : `${count} put.`, lines };
    },
  };
}

function quarantineCommands(ports: ModerationPorts): AdminCommand[] {
  const sender: CommandField = {
    name: "sender",
    label: "Who waits: a diaspora* ID",
    kind: "person",
    required: true,
  };
  return [
    {
      node: "quarantine",
      name: "Strangers who wait for a yes",
      instructions: "What strangers sent for the first time, and to whom.",
      run: async () => {
        const waiting = await ports.waiting(null);
        return { said: counted(waiting.length, "waits", "wait"), lines: waiting.map(waitingLine) };
      },
    },
    {
      node: "quarantine-accept",
      name: "Let a stranger in",
      instructions: "What waits of this person goes to whomever it was sent to.",
      fields: [sender],
      args: ["sender"],
      run: async (_, { sender: id }) => {
        const count = await ports.accept(personOf(id), null);
        return `${counted(count, "message goes", "messages go")} on the way.`;
      },
    },
    {
      node: "quarantine-reject",
      name: "Turn a stranger away",
      instructions: "What waits of this person is forgotten. The person is told nothing.",
      fields: [sender],
      args: ["sender"],
      run: async (_, { sender: id }) => {
        const count = await ports.reject(personOf(id), null);
        return `${counted(count, "message", "messages")} forgotten.`;
      },
    },
  ];
}

interface AdminCommand {
  readonly node: string;
  readonly name: string;
  readonly instructions: string;
  readonly fields?: readonly CommandField[];
  readonly args?: readonly string[];
  run(by: Jid, values: CommandValues): Promise<string | Report>;
}

/** To others it looks like a command that there is not. */
function adminCommand(
  ports: ModerationPorts,
  { fields = [], instructions, run, ...command }: AdminCommand,
): Command {
  const check = (caller: Jid): void => {
    if (!ports.isAdmin(caller)) throw new DxError("DX_ITEM_NOT_FOUND");
  };
  return {
    ...command,
    hidden: true,
    mayUse: (caller) => Promise.resolve(ports.isAdmin(caller)),
    form: (caller) => {
      check(caller);
      return Promise.resolve({ title: command.name, instructions, fields });
    },
    run: async (caller, values) => {
      check(caller);
      return await run(caller, values);
    },
  };
}

function isSet(flag: string | undefined): boolean {
  return flag === "1" || flag === "true";
}
