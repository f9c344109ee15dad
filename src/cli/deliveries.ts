/** `deliveries`: where a person's posts have gone; without a person, which pods are in trouble. */
import type { PostReport } from "../activitystreams/delivery-report.ts";
import { bareJid, parseGuid, type Guid } from "../activitystreams/ids.ts";
import {
  hostOf,
  reasonWords,
  reportOf,
  summaryLine,
  timeOf,
  within,
} from "../commands/delivery-words.ts";
import { loadConfig } from "../config.ts";
import { openForTerminal } from "../daemon/terminal-database.ts";
import { DxError } from "../errors/error.ts";
import { createLog } from "../log/pino.ts";
import type { Database } from "../store/database.ts";
import { deliveriesOf } from "../store/delivery-reports.ts";
import { localByJid } from "../store/people.ts";
import { troubledPods, type TroubledPod } from "../store/troubled-pods.ts";
import type { Io } from "./io.ts";

export interface DeliveriesOptions {
  readonly config?: string | undefined;
  readonly json?: boolean;
}

const NEWEST = 20;

export async function deliveries(
  jid: string | undefined,
  guid: string | undefined,
  options: DeliveriesOptions,
  io: Io,
): Promise<number> {
  const config = loadConfig({ file: options.config, env: io.env });
  const database = await openForTerminal(config, createLog(config.log));
  try {
    const print = jid === undefined ? printTrouble : printPosts;
    await print(database.db, { jid, guid, json: options.json === true }, io);
    return 0;
  } finally {
    await database.close();
  }
}

interface Wish {
  readonly jid: string | undefined;
  readonly guid: string | undefined;
  readonly json: boolean;
}

async function printTrouble(db: Database, { json }: Wish, io: Io): Promise<void> {
  const pods = await troubledPods(db);
  if (json) io.out(JSON.stringify(pods, null, 2));
  else if (pods.length === 0) io.out("Nothing waits for a pod that does not take it.");
  else for (const pod of pods) io.out(troubleLine(pod));
}

function troubleLine({ awaySince, nextIn, pod, reason, waiting }: TroubledPod): string {
  const since = awaySince === null ? "" : `, has not answered since ${timeOf(awaySince)}`;
  const why = reason === null ? "" : `: ${reasonWords(reason)}`;
  return `${hostOf(pod)}: ${String(waiting)} waiting${since}; next try ${within(nextIn)}${why}`;
}

async function printPosts(db: Database, { jid = "", guid, json }: Wish, io: Io): Promise<void> {
  const one = guid === undefined ? null : wantedGuid(guid);
  const key = await keyOf(db, jid);
  const found = await deliveriesOf(db, key, one === null ? { newest: NEWEST } : { guid: one });
  const reports = found.map(withoutSecrets);
  if (one !== null && reports.length === 0) throw new DxError("DX_ITEM_NOT_FOUND");
  if (json) io.out(JSON.stringify(reports, null, 2));
  else if (reports.length === 0) io.out(`${jid} has not posted anything.`);
  else for (const line of reports.flatMap((report) => linesOf(report, one !== null))) io.out(line);
}

function wantedGuid(text: string): Guid {
  const guid = parseGuid(text);
  if (guid === null) throw new DxError("DX_USAGE", { detail: `${text} is no GUID` });
  return guid;
}

async function keyOf(db: Database, text: string): Promise<string> {
  const jid = bareJid(text);
  if (jid === null) throw new DxError("DX_USAGE", { detail: `${text} is no JID` });
  const account = await localByJid(db, jid);
  if (account === null) throw new DxError("DX_NOT_REGISTERED", { detail: text });
  return account.key;
}

function linesOf(report: PostReport, whole: boolean): string[] {
  if (!whole) return [summaryLine(report, "operator")];
  const { said, lines = [] } = reportOf(report, "operator");
  return [said, ...lines.map((line) => `  ${line}`)];
}

/** What was said to some people only, and to whom, is between them and the author. */
function withoutSecrets(report: PostReport): PostReport {
  if (report.audience === "public") return report;
  const places = report.places.map((place) => ({ ...place, person: null }));
  return { ...report, words: "", places };
}
