// SPDX-License-Identifier: Apache-2.0
// A transaction: what a server needs to carry it out as it is, and every resource in it.
import { problems } from './resource.mjs';

function* references(value) {
  if (value === null || typeof value !== 'object') return;
  if (typeof value.reference === 'string') yield value.reference;
  for (const v of Object.values(value)) yield* references(v);
}

function hasIdentifier(resource, query) {
  const [system, value] = (query ?? '').replace(/^identifier=/, '').split('|');
  return (resource?.identifier ?? []).some(i => i.system === system && i.value === value);
}

function* request(entry, at) {
  const type = entry.resource?.resourceType, { method, url, ifNoneExist } = entry.request ?? {};
  if (method === 'POST') {
    if (url !== type) yield `${at}: POST goes to ${type}, not to ${url}`;
    if (!hasIdentifier(entry.resource, ifNoneExist))
      yield `${at}: ifNoneExist does not find the resource itself`;
  } else if (method === 'PUT') {
    const [to, query] = (url ?? '').split('?');
    if (to !== type || !hasIdentifier(entry.resource, query))
      yield `${at}: the update does not find the resource itself`;
  } else {
    yield `${at}: method ${method}`;
  }
}

// JSON.parse makes 2 of 2.00, so the sent digits are looked for in the text.
function* precision(text) {
  for (const [, value] of text.matchAll(/"valueQuantity":\{"value":([^,]*),/g))
    if (!/^-?\d+(\.\d+)?$/.test(value)) yield `valueQuantity ${value}: not plain digits`;
}

// Everything that is wrong with a Bundle or a single resource; text is its JSON.
export function judge(resource, text) {
  if (resource?.resourceType !== 'Bundle') return problems(resource);
  const found = [...precision(text)];
  const urls = (resource.entry ?? []).map(e => e.fullUrl);
  if (resource.type !== 'transaction') found.push(`type ${resource.type}`);
  if (new Set(urls).size !== urls.length) found.push('a fullUrl stands twice');
  for (const [i, entry] of (resource.entry ?? []).entries()) {
    const at = `entry[${i}]`;
    if (!/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(entry.fullUrl))
      found.push(`${at}: fullUrl ${entry.fullUrl}`);
    found.push(...request(entry, at));
    for (const reference of references(entry.resource))
      if (reference.startsWith('urn:') && !urls.includes(reference))
        found.push(`${at}: ${reference} is not in the Bundle`);
    found.push(...problems(entry.resource).map(p => `${at}: ${p}`));
  }
  found.push(...problems({ ...resource, entry: undefined }).filter(p => !p.includes('entry')));
  return found;
}
