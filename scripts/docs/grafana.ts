/** config/grafana/diaspora-x.json: the board, as Grafana imports it. */
import { BOARD, type Panel, type Row } from "./board.ts";

const SOURCE = { type: "prometheus", uid: "${datasource}" };
/** Grafana's grid has 24 columns. */
const COLUMNS = 24;
const SIZES = { stat: { w: 6, h: 4 }, timeseries: { w: 8, h: 8 } } as const;

interface Place {
  x: number;
  y: number;
  /** Of the line that is being filled. */
  h: number;
}

export function renderBoard(): string {
  const place: Place = { x: 0, y: 0, h: 0 };
  let id = 0;
  const nextId = (): number => (id += 1);
  const panels = BOARD.flatMap((row) => [
    rowOf(row, nextId(), place),
    ...row.panels.map((panel) => panelOf(panel, nextId(), place)),
  ]);
  const board = {
    uid: "diaspora-x",
    title: "Diaspora-X",
    tags: ["diaspora-x"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: { list: VARIABLES },
    panels,
  };
  return JSON.stringify(board);
}

const VARIABLES = [
  { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
  {
    name: "job",
    label: "Job",
    type: "query",
    datasource: SOURCE,
    query: { query: "label_values(diaspora_x_build_info, job)", refId: "job" },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { text: "All", value: "$__all" },
  },
];

function newLine(place: Place): void {
  place.y += place.h;
  place.x = 0;
  place.h = 0;
}

function rowOf({ title }: Row, id: number, place: Place) {
  newLine(place);
  const gridPos = { x: 0, y: place.y, w: COLUMNS, h: 1 };
  place.y += 1;
  return { id, type: "row", title, collapsed: false, gridPos, panels: [] };
}

function panelOf({ title, type, unit, targets }: Panel, id: number, place: Place) {
  const { w, h } = SIZES[type];
  if (place.x + w > COLUMNS || (place.h > 0 && place.h !== h)) newLine(place);
  const gridPos = { x: place.x, y: place.y, w, h };
  place.x += w;
  place.h = h;
  return {
    id,
    type,
    title,
    gridPos,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: OPTIONS[type],
    targets: targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

const OPTIONS = {
  stat: { reduceOptions: { calcs: ["lastNotNull"] }, textMode: "value_and_name" },
  timeseries: {
    legend: { displayMode: "list", placement: "bottom" },
    tooltip: { mode: "multi", sort: "desc" },
  },
} as const;
