// Names of asks are paths into the answer ("scores.accuracy", "labels.0"); a name that begins with ~ lies in the extras.
const isIndex = part => /^\d+$/.test(part);

const home = (item, name) => (name.startsWith("~") ? [item.extras, name.slice(1).split(".")] : [item.answer, name.split(".")]);

export function readPath(item, name) {
  const [root, parts] = home(item, name);
  return parts.reduce((value, part) => value?.[part], root);
}

export function writePath(item, name, value) {
  const [root, parts] = home(item, name);
  put(root, parts, value);
}

function put(node, [part, ...rest], value) {
  if (!rest.length) return void (value === undefined ? remove(node, part) : (node[part] = value));
  if (node[part] === undefined && value === undefined) return;
  node[part] ??= isIndex(rest[0]) ? [] : {};
  put(node[part], rest, value);
  if (Object.keys(node[part]).length === 0) remove(node, part);
}

const remove = (node, part) => (Array.isArray(node) ? node.splice(Number(part), 1) : delete node[part]);
