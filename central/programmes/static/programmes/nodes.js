// The tree of a programme: where rules and groups stand, and how they move. Paths are lists of steps.

import {page, t} from "./page.js";

export const STAGES = ["discounts", "accrual", "rewards"];
const ROOTS = {
  discounts: () => ({id: "discounts", mode: "max", children: []}),
  accrual: () => ({id: "points", mode: "sum", children: []}),
  rewards: () => [],
};

export const isGroup = (node) => node !== null && typeof node === "object" && !("give" in node) && Array.isArray(node.children);
export const samePath = (one, other) => one.length === other.length && one.every((step, index) => step === other[index]);
const starts = (path, head) => head.every((step, index) => path[index] === step);
export const at = (value, path) => path.reduce((found, step) => found?.[step], value);

/** Where a node's children are: a group's own, or the list of rewards. */
export const listOf = (path) => (path[0] === "rewards" ? ["rewards"] : [...path, "children"]);

/** Every node in the order in which it stands: {path, node, depth, stage, kind}. */
export function rows(document, collapsed = new Set()) {
  const found = [];
  const below = (path, node, depth, stage) => {
    const group = isGroup(node);
    found.push({path, node, depth, stage, kind: group ? "group" : "rule"});
    if (group && !collapsed.has(path.join("/"))) node.children.forEach((child, index) => below([...path, "children", index], child, depth + 1, stage));
  };
  for (const stage of STAGES) {
    const root = document[stage];
    found.push({path: [stage], node: root, depth: 0, stage, kind: "root"});
    if (collapsed.has(stage)) continue;
    const children = stage === "rewards" ? root : root?.children;
    if (Array.isArray(children)) children.forEach((child, index) => below([...listOf([stage]), index], child, 1, stage));
  }
  return found;
}

export function ids(document) {
  return new Set(rows(document).map((row) => row.node?.id).filter(Boolean));
}

export function freshId(document, wanted) {
  const taken = ids(document);
  const base = wanted.replace(/-\d+$/, "");
  let number = 1;
  while (taken.has(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

/** The list to add to when `path` is selected, and the place in it. */
export function placeFor(document, path, stage) {
  if (path[0] !== stage) return {list: listOf([stage]), index: Infinity};
  const node = at(document, path);
  if (path.length === 1 || isGroup(node)) return {list: listOf(path), index: Infinity};
  return {list: path.slice(0, -1), index: path.at(-1) + 1};
}

/** Add a node; returns its path. A missing root is made. */
export function add(document, {list, index}, node) {
  const stage = list[0];
  document[stage] ??= ROOTS[stage]();
  const target = at(document, list);
  const place = Math.min(index, target.length);
  target.splice(place, 0, node);
  return [...list, place];
}

export function newRule(document, stage) {
  const kinds = page.description.rule[stage].find((field) => field.key === "give").kinds;
  const usual = kinds.find((kind) => kind.key === "percent") ?? kinds[0];
  const names = {discounts: "discount", accrual: "points", rewards: "reward"};
  return {id: freshId(document, names[stage]), give: structuredClone(usual.start)};
}

export const newGroup = (document) => ({id: freshId(document, "group"), mode: "max", children: []});

export function copyOf(document, node) {
  const taken = ids(document);
  const renamed = structuredClone(node);
  const rename = (one) => {
    const base = String(one.id ?? "rule").replace(/-\d+$/, "");
    let number = 2;
    while (taken.has(`${base}-${number}`)) number += 1;
    one.id = `${base}-${number}`;
    taken.add(one.id);
    if (isGroup(one)) one.children.forEach(rename);
  };
  rename(renamed);
  return renamed;
}

/** May the node at `path` stand in `list`? Not in another stage, not in itself, no group among rewards. */
export function mayMove(document, path, list) {
  return path.length > 1 && at(document, path) !== undefined && path[0] === list[0] && !starts(list, path) && Array.isArray(at(document, list));
}

/** Take a node from where it is to a place in a list as it is now; returns its new path. */
export function moveTo(document, path, list, index) {
  if (!mayMove(document, path, list)) return path;
  const from = path.slice(0, -1);
  const marker = {};
  const source = at(document, from);
  const node = source[path.at(-1)];
  const target = at(document, list);
  source[path.at(-1)] = marker;
  target.splice(Math.min(index, target.length), 0, node);
  source.splice(source.indexOf(marker), 1);
  return pathOf(document, node);
}

export const pathOf = (document, node) => rows(document).find((row) => row.node === node)?.path ?? [];

/** One step: "up", "down", "out" of its group, "in" to the group before it. */
export function step(document, path, direction) {
  const list = path.slice(0, -1);
  const index = path.at(-1);
  const siblings = at(document, list);
  if (path.length < 2 || !Array.isArray(siblings)) return path;
  if (direction === "up") return index > 0 ? moveTo(document, path, list, index - 1) : path;
  if (direction === "down") return index < siblings.length - 1 ? moveTo(document, path, list, index + 2) : path;
  if (direction === "in") return index > 0 && isGroup(siblings[index - 1]) ? moveTo(document, path, [...list, index - 1, "children"], Infinity) : path;
  const group = list.slice(0, -1);
  return group.length > 1 ? moveTo(document, path, group.slice(0, -1), group.at(-1) + 1) : path;
}

/** A rule without a name is called by what it does: `words` by place. */
export function titleOf(row, told, words = {}) {
  if (row.kind === "root") return {discounts: t("Discounts"), accrual: t("Points earned"), rewards: t("Rewards and prompts")}[row.stage];
  if (row.kind === "group") return t("Group {id}", {id: row.node.id ?? ""});
  return told(row.node?.name) || words[row.path.join("/")] || String(row.node?.id ?? "?");
}
