// SPDX-License-Identifier: Apache-2.0
// check.mjs [--mistakes] FILE…: a TAP case per line of JSON (a resource, or {name, resource}); with
// --mistakes also one per mistake made in the first Bundle that has a compound and a time stamp.
import fs from 'node:fs';
import { judge } from './bundle.mjs';
import { mistakes } from './mistakes.mjs';

let n = 0, failed = 0;

function report(isOk, name, found) {
  console.log(`${isOk ? 'ok' : 'not ok'} ${++n} - ${name.replace(/[#\n]/g, ' ')}`);
  if (isOk) return;
  failed++;
  for (const p of found.slice(0, 8)) console.log(`# ${p}`);
}

function readLine(line) {
  const start = line.indexOf('"resource":'), json = JSON.parse(line);
  return json.resourceType ? { resource: json, text: line }
    : { name: json.name, resource: json.resource, text: line.slice(start) };
}

const isGood = r => r?.entry?.some(e => e.resource.component) &&
  r.entry.some(e => e.resource.valueDateTime);

const args = process.argv.slice(2), files = args.filter(a => a !== '--mistakes');
let good;

for (const file of files) {
  const lines = fs.readFileSync(file === '-' ? 0 : file, 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    if (!line.trim()) continue;
    const where = `${file === '-' ? 'line' : file} ${i + 1}`;
    try {
      const { name, resource, text } = readLine(line), found = judge(resource, text);
      report(!found.length, `fhir: ${name ?? where}`, found);
      if (!found.length && isGood(resource)) good ??= line;
    } catch (e) {
      report(false, `fhir: ${where}`, [`not judged: ${e.message}`]);
    }
  }
}

if (args.includes('--mistakes')) {
  if (!good) report(false, 'fhir: mistakes', ['no good Bundle to make mistakes in']);
  for (const [name, make] of good ? Object.entries(mistakes) : []) {
    const { resource } = readLine(good);
    make(resource);
    report(judge(resource, JSON.stringify(resource)).length > 0, `fhir finds: ${name}`, ['missed']);
  }
}
console.log(`1..${n}`);
process.exit(failed || !n ? 1 : 0);
