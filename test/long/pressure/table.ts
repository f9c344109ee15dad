/** What was found, as a person reads it. */
import { latencies, looksIn, quantile, type Outcome, type Phase } from "./trial.ts";

const PHASES: readonly Phase["name"][] = ["before", "during", "after"];
const HEAD = ["", "in p50", "p99 ms", "out p50", "p99 ms", "MB", "inbox", "waiting", "not ready"];

export function table(outcome: Outcome): string {
  const lines = [HEAD, ...PHASES.map((name) => row(outcome, name))];
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  const text = lines.map((line) =>
    line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "),
  );
  return [...text, ...remarks(outcome)].map((line) => `  ${line}`).join("\n");
}

function row(outcome: Outcome, name: Phase["name"]): string[] {
  const [incoming, outgoing] = [latencies(outcome, "in", name), latencies(outcome, "out", name)];
  const looks = looksIn(outcome, name);
  const most = (figures: readonly (number | null)[]): string => {
    const known = figures.filter((figure) => figure !== null);
    return known.length === 0 ? "?" : String(Math.max(...known));
  };
  const parts = new Set(looks.flatMap(({ wrong }) => wrong ?? ["no answer"]));
  return [
    name,
    ...[quantile(incoming, 0.5), quantile(incoming, 0.99)].map(inMs),
    ...[quantile(outgoing, 0.5), quantile(outgoing, 0.99)].map(inMs),
    most(looks.map(({ memoryMb }) => memoryMb)),
    most(looks.map(({ inbox }) => inbox)),
    most(looks.map(({ deliveries }) => deliveries)),
    parts.size === 0 ? "-" : [...parts].join(", "),
  ];
}

function inMs(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value)) : "never";
}

function remarks(outcome: Outcome): string[] {
  const { sent, lost, backMs, said, note, wrong } = outcome;
  const repeats = sent.reduce((sum, { copies }) => sum + Math.max(0, copies - 1), 0);
  const refused = sent.filter(({ refusals }) => refusals > 0).length;
  const back = backMs === null ? "not ready again" : `ready again after ${inMs(backMs)} ms`;
  const ratio = (direction: "in" | "out"): string => {
    const [before, during] = (["before", "during"] as const).map((name) =>
      quantile(latencies(outcome, direction, name), 0.5),
    );
    return ((during ?? 0) / Math.max(1, before ?? 1)).toFixed(1);
  };
  const heard = [...said].map(([message, times]) => `"${message}" ×${String(times)}`);
  return [
    `sent ${String(sent.length)}, lost ${String(lost.length)}, came again ${String(repeats)}, told to come back ${String(refused)}; ${back}; p50 during/before: in ${ratio("in")}, out ${ratio("out")}`,
    ...(note === "" ? [] : [note]),
    ...(heard.length === 0 ? [] : [`log: ${heard.slice(0, 6).join(", ")}`]),
    wrong.length === 0 ? "as it has to be" : `WRONG: ${wrong.join("; ")}`,
  ];
}
