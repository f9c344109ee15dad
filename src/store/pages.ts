/**
 * Pages of streams by key, never by counting (XEP-0059): whatever stands above it, a page costs a
 * page. Only what a reader asks by number, and how many there are, is counted.
 */
import type { Knex } from "knex";
import type { PageQuery } from "../activitystreams/stream.ts";
import { DxError } from "../errors/error.ts";
import { firstRow, rows, type Queryable } from "./database.ts";
import { ACTIVITY_COLUMNS, AUTHORS, OWN_COLUMNS, type ActivityRow, type OwnRow } from "./seen.ts";

/**
 * What belongs to a stream, of activities `a`. Its texts are constants. What must hold of each
 * row is asked by subselects that give a value: as joins they would be estimated so badly that a
 * page sorted the whole stream (10 ms instead of 1 for a person with 1,000 posts).
 */
export interface StreamScope {
  readonly where: string;
  readonly bindings: readonly Knex.RawBinding[];
  /** Further columns of the rows of a page. */
  readonly beside?: string;
  /** The same without what is deleted being left out: from there on can be asked for still. */
  readonly anchors: string;
  /** By which index items are found by their names; its binding is the names. */
  readonly named: string;
  readonly namedBindings: readonly Knex.RawBinding[];
}

export interface RowPage<Row> {
  readonly found: readonly Row[];
  readonly index: number;
  readonly count: number;
}

type Key = "published" | "changed";

/** XEP-0413: by creation or by modification; what came at one moment, by arrival. */
const KEY: Readonly<Record<PageQuery["order"], Key>> = {
  creation: "published",
  modification: "changed",
};

/** The row comparison that both the index and its condition have in this order. */
const BESIDE = (key: Key, sign: "<" | ">"): string =>
  `(a.${key}, a.id) ${sign} ((select ${key} from activities where id = ?::bigint), ?::bigint)`;

/** What every row of a page has. */
interface AnyRow {
  readonly id: string;
}

/** What is read of each row; `Row` is its shape. */
export interface RowForm<Row extends AnyRow> {
  readonly columns: string;
  /** What is joined to activities `a`. */
  readonly joins: string;
  /** Never there: it says which shape the columns promise. */
  readonly row?: Row;
}

export const OWN: RowForm<OwnRow> = { columns: OWN_COLUMNS, joins: "" };
export const WITH_AUTHORS: RowForm<ActivityRow> = { columns: ACTIVITY_COLUMNS, joins: AUTHORS };

/** The page is chosen before anything is joined. */
const select = (
  key: Key,
  { where, beside }: StreamScope,
  order: string,
  form: RowForm<AnyRow>,
): string =>
  `select ${form.columns}${beside === undefined ? "" : `, ${beside}`}
   from (select a.*, a.xmin::text as row_version
     from activities a where ${where} order by ${order} limit ? offset ?) as a
   ${form.joins} order by a.${key} desc, a.id desc`;

const newestFirst = (key: Key): string => `a.${key} desc, a.id desc`;
const oldestFirst = (key: Key): string => `a.${key}, a.id`;

/** Throws DX_ITEM_NOT_FOUND when what it begins at is not in the stream. */
export async function readPage<Row extends AnyRow>(
  db: Queryable,
  query: PageQuery,
  scope: StreamScope,
  form: RowForm<Row>,
): Promise<RowPage<Row>> {
  const key = KEY[query.order];
  if (query.ids !== undefined) return await named(db, query.ids, query, scope, form);
  const found = query.max === 0 ? [] : await chosen(db, query, key, scope, form);
  if (query.counted === false) return { found, index: 0, count: 0 };
  return { found, ...(await place(db, found[0], key, scope)) };
}

async function chosen<Row extends AnyRow>(
  db: Queryable,
  { after, before, index = 0, max }: PageQuery,
  key: Key,
  scope: StreamScope,
  form: RowForm<Row>,
): Promise<readonly Row[]> {
  const { where, bindings } = scope;
  if (after !== undefined) {
    const from = await anchor(db, after, scope);
    const beyond = { ...scope, where: `${where} and ${BESIDE(key, "<")}` };
    const sql = select(key, beyond, newestFirst(key), form);
    return await rows<Row>(db, sql, [...bindings, from, from, max, 0]);
  }
  if (typeof before === "string") {
    const to = await anchor(db, before, scope);
    const beyond = { ...scope, where: `${where} and ${BESIDE(key, ">")}` };
    const sql = select(key, beyond, oldestFirst(key), form);
    return await rows<Row>(db, sql, [...bindings, to, to, max, 0]);
  }
  const order = before === null ? oldestFirst(key) : newestFirst(key);
  const offset = before === null ? 0 : index;
  return await rows<Row>(db, select(key, scope, order, form), [...bindings, max, offset]);
}

async function anchor(
  db: Queryable,
  itemId: string,
  { anchors, bindings, named: by, namedBindings }: StreamScope,
): Promise<string> {
  const row = await firstRow<{ id: string }>(
    db,
    `select a.id from activities a where ${anchors} and ${by} and a.item_id = ?
     order by a.id limit 1`,
    [...bindings, [itemId], [itemId], ...namedBindings, itemId],
  );
  if (row === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
  return row.id;
}

async function named<Row extends AnyRow>(
  db: Queryable,
  ids: readonly string[],
  { max, order }: PageQuery,
  scope: StreamScope,
  form: RowForm<Row>,
): Promise<RowPage<Row>> {
  const { where, bindings, named: by, namedBindings } = scope;
  const names = [...ids];
  const key = KEY[order];
  const these = { ...scope, where: `${where} and ${by} and a.item_id = any(?::text[])` };
  const found = await rows<Row>(db, select(key, these, newestFirst(key), form), [
    ...bindings,
    names,
    names,
    ...namedBindings,
    names,
    max,
    0,
  ]);
  return { found, index: 0, count: found.length };
}

async function place(
  db: Queryable,
  first: AnyRow | undefined,
  key: Key,
  { where, bindings }: StreamScope,
): Promise<{ index: number; count: number }> {
  const id = first?.id ?? null;
  const row = await firstRow<{ index: string; count: string }>(
    db,
    `select count(*) as count, count(*) filter (where ${BESIDE(key, ">")}) as index
     from activities a where ${where}`,
    [id, id, ...bindings],
  );
  return { index: Number(row?.index ?? 0), count: Number(row?.count ?? 0) };
}
