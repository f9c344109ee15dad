/** What stands on the Grafana board: rows in the order of the flows, panels, what each asks. */
import type { CounterName, GaugeName, HistogramName } from "../../src/metrics/catalogue.ts";

export interface Target {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly type: "stat" | "timeseries";
  /** Grafana's name of it: s, bytes, ops (each second), percentunit, short, bool_yes_no. */
  readonly unit: string;
  readonly targets: readonly Target[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const JOB = '{job=~"$job"}';

function perSecond(name: CounterName, ...by: readonly string[]): Target {
  const group = by.length === 0 ? "" : ` by (${by.join(", ")})`;
  return {
    expr: `sum${group} (rate(${name}${JOB}[$__rate_interval]))`,
    legend: legendOf(name, by),
  };
}

/** The median and what one in a hundred takes longer than. */
function times(name: HistogramName, ...by: readonly string[]): Target[] {
  const group = ["le", ...by].join(", ");
  const buckets = `sum by (${group}) (rate(${name}_bucket${JOB}[$__rate_interval]))`;
  return [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${String(quantile)}, ${buckets})`,
    legend: `p${String(quantile * 100)} ${legendOf("", by)}`.trim(),
  }));
}

/** The greatest of all processes: those that share a database tell the same. */
function greatest(name: GaugeName, ...by: readonly string[]): Target {
  const group = by.length === 0 ? "" : ` by (${by.join(", ")})`;
  return { expr: `max${group} (${name}${JOB})`, legend: legendOf(name, by) };
}

function legendOf(name: string, by: readonly string[]): string {
  if (by.length > 0) return by.map((label) => `{{${label}}}`).join(" ");
  return name.replace(/^diaspora_x_/, "").replaceAll("_", " ");
}

const stat = (title: string, unit: string, ...targets: readonly Target[]): Panel => {
  return { title, type: "stat", unit, targets };
};
const graph = (title: string, unit: string, ...targets: readonly Target[]): Panel => {
  return { title, type: "timeseries", unit, targets };
};

const STATE_ROW: Row = {
  title: "State",
  panels: [
    stat("Ready", "bool_yes_no", {
      expr: `min by (part) (diaspora_x_ready${JOB})`,
      legend: "{{part}}",
    }),
    stat(
      "Component",
      "short",
      { ...greatest("diaspora_x_stream_online"), legend: "online" },
      { expr: `sum (diaspora_x_stream_holder${JOB})`, legend: "holders" },
    ),
    stat("Processes", "short", {
      expr: `count by (version) (diaspora_x_build_info${JOB})`,
      legend: "{{version}}",
    }),
    stat("Database", "bool_yes_no", {
      expr: `min (diaspora_x_database_up${JOB})`,
      legend: "answers",
    }),
    stat("Database writes", "bool_yes_no", {
      expr: `min (diaspora_x_database_writable${JOB})`,
      legend: "takes writes",
    }),
    graph(
      "Event loop delay",
      "s",
      greatest("diaspora_x_event_loop_delay_seconds", "instance", "quantile"),
    ),
    graph("Bounded queues: how full", "percentunit", {
      expr: `max by (queue) (diaspora_x_queue_items${JOB} / diaspora_x_queue_limit${JOB})`,
      legend: "{{queue}}",
    }),
    graph("Database: answer", "s", greatest("diaspora_x_database_ping_seconds", "instance")),
    graph("Database: connections", "short", {
      expr: `sum by (state) (diaspora_x_database_connections${JOB})`,
      legend: "{{state}}",
    }),
    graph(
      "Component stream",
      "short",
      {
        expr: `sum (increase(diaspora_x_stream_logins_total${JOB}[$__rate_interval]))`,
        legend: "logins",
      },
      {
        expr: `sum (increase(diaspora_x_stream_losses_total${JOB}[$__rate_interval]))`,
        legend: "losses",
      },
    ),
    graph("Component stream: not written yet", "bytes", {
      ...greatest("diaspora_x_stream_waiting_bytes"),
      legend: "waiting",
    }),
    graph("Memory", "bytes", {
      expr: `process_resident_memory_bytes${JOB}`,
      legend: "{{instance}}",
    }),
    graph("Processor", "percentunit", {
      expr: `rate(process_cpu_seconds_total${JOB}[$__rate_interval])`,
      legend: "{{instance}}",
    }),
  ],
};

const FROM_PODS_ROW: Row = {
  title: "From diaspora*",
  panels: [
    graph("HTTP requests", "ops", perSecond("diaspora_x_http_requests_total", "door", "answer")),
    graph("HTTP answers", "s", ...times("diaspora_x_http_answer_seconds", "door")),
    graph("Kept in the inbox", "ops", perSecond("diaspora_x_inbox_stored_total", "kind")),
    graph("Not kept (503)", "ops", perSecond("diaspora_x_inbox_refused_total", "code")),
    graph("Oldest message not tried yet", "s", {
      ...greatest("diaspora_x_inbox_oldest_seconds"),
      legend: "oldest",
    }),
    graph("Opened", "s", ...times("diaspora_x_open_seconds", "kind")),
    graph("Verified", "ops", perSecond("diaspora_x_verified_total", "kind")),
    graph("Errors", "ops", perSecond("diaspora_x_received_errors_total", "stage", "code")),
    graph("What became of messages", "ops", perSecond("diaspora_x_received_total", "outcome")),
    graph("From arrival to stored", "s", ...times("diaspora_x_received_lag_seconds", "kind")),
  ],
};

const FROM_XMPP_ROW: Row = {
  title: "From XMPP",
  panels: [
    graph("Stanzas received", "ops", perSecond("diaspora_x_stanzas_received_total", "kind")),
    graph("Stanzas not believed", "ops", perSecond("diaspora_x_stanzas_dropped_total", "reason")),
    graph("Questions refused", "ops", perSecond("diaspora_x_requests_refused_total", "condition")),
    graph("People's own items", "ops", perSecond("diaspora_x_published_total", "outcome")),
    graph("From found to stored", "s", ...times("diaspora_x_publish_seconds")),
  ],
};

const GOING_OUT_ROW: Row = {
  title: "Going out",
  panels: [
    graph("Waiting", "short", greatest("diaspora_x_deliveries_waiting", "kind")),
    graph(
      "Due for how long, where somebody answers",
      "s",
      greatest("diaspora_x_deliveries_oldest_seconds", "kind"),
    ),
    graph(
      "What became of deliveries",
      "ops",
      perSecond("diaspora_x_deliveries_total", "kind", "outcome"),
    ),
    graph("From stored to delivered", "s", ...times("diaspora_x_delivery_lag_seconds", "kind")),
    graph("Backing off", "short", greatest("diaspora_x_destinations_backing_off", "kind")),
    graph("Silent for 14 days", "short", greatest("diaspora_x_destinations_silent", "kind")),
    graph("Not reached", "ops", perSecond("diaspora_x_destinations_unreachable_total", "kind")),
    graph("Answers of pods", "ops", perSecond("diaspora_x_posts_total", "answer")),
    graph("How long pods take", "s", ...times("diaspora_x_post_seconds", "outcome")),
    graph("Private keys", "s", ...times("diaspora_x_key_operation_seconds", "operation")),
    graph("Private keys: under way", "short", {
      expr: `sum by (operation) (diaspora_x_key_operations${JOB})`,
      legend: "{{operation}}",
    }),
    graph("Stanzas sent", "ops", perSecond("diaspora_x_stanzas_sent_total", "kind")),
    graph("Barriers", "s", ...times("diaspora_x_barrier_seconds")),
  ],
};

export const BOARD: readonly Row[] = [STATE_ROW, FROM_PODS_ROW, FROM_XMPP_ROW, GOING_OUT_ROW];
