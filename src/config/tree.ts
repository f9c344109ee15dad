/** What was read from a file and the environment, before anything in it is believed. */
export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at `a.b.c`, undefined where there is none. */
export function valueAt(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const name of path.split(".")) {
    if (!isTree(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A copy in which `a.b.c` is this value. A thing in the way that is no section stays, for the schema to complain of. */
export function withValue(tree: Tree, path: string, value: unknown): Tree {
  const dot = path.indexOf(".");
  if (dot < 0) return { ...tree, [path]: value };
  const head = path.slice(0, dot);
  const below = Object.hasOwn(tree, head) ? (tree[head] ?? {}) : {};
  if (!isTree(below)) return tree;
  return { ...tree, [head]: withValue(below, path.slice(dot + 1), value) };
}
