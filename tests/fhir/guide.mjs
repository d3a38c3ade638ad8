// SPDX-License-Identifier: Apache-2.0
// Rules of HL7's Personal Health Device guide for an Observation, which is in no npm package.
export const MDC = 'urn:iso:std:iso:11073:10101';
export const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
const GUIDE = 'http://hl7.org/fhir/uv/phd/';
const GATEWAY = 'http://hl7.org/fhir/StructureDefinition/observation-gatewayDevice';
const REASONS = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';

const units = new Set(['mm[Hg]', 'kPa', '/min', 'mg/dL', 'mmol/L', '%', 'kg', '[lb_av]', 'kg/m2',
  'm', '[in_i]', 'Cel', '[degF]', 'kJ', 'Ohm']);
const reasons = new Set(['not-a-number', 'positive-infinity', 'negative-infinity', 'error',
  'unsupported', 'not-performed', 'unknown', 'temp-unknown']);
const stampCodes = new Set(['67975', '68225', '67983']);

export const coded = (concept, system) =>
  (concept?.coding ?? []).find(c => c.system === system)?.code;

export const isVital = o => (o.category ?? []).some(c => coded(c, CATEGORIES) === 'vital-signs');

function* quantity(q, at) {
  if (!q) return;
  if (q.system !== UCUM) yield `${at}: system is not UCUM`;
  if (!units.has(q.code)) yield `${at}: unit ${q.code} is not one we send`;
  if (typeof q.value !== 'number') yield `${at}: no value`;
}

function* valueOrReason(part, at) {
  const hasValue = Object.keys(part).some(k => /^value[A-Z]/.test(k));
  if (hasValue === !!part.dataAbsentReason)
    yield `${at}: a value or a reason for its absence, one of them`;
  if (part.dataAbsentReason && !reasons.has(coded(part.dataAbsentReason, REASONS)))
    yield `${at}: unknown reason`;
  yield* quantity(part.valueQuantity, at);
}

function* bloodPressure(o) {
  if (!isVital(o)) yield 'bp: category vital-signs missing';
  if (coded(o.code, LOINC) !== '85354-9') yield 'bp: LOINC 85354-9 missing';
  for (const [mdc, loinc] of [['150021', '8480-6'], ['150022', '8462-4']]) {
    const found = (o.component ?? []).filter(c =>
      coded(c.code, MDC) === mdc && coded(c.code, LOINC) === loinc);
    if (found.length !== 1) yield `bp: one component ${mdc}/${loinc}`;
  }
}

function* measurement(o, isCompound) {
  if (!(o.identifier ?? []).some(i => i.system && i.value)) yield 'identifier missing';
  if (!o.device?.reference) yield 'device missing';
  if (!(o.category ?? []).some(c => coded(c, `${GUIDE}CodeSystem/PhdObservationCategories`) === 'phd'))
    yield 'category phd missing';
  const gateways = (o.extension ?? []).filter(e => e.url === GATEWAY);
  if (gateways.length !== 1 || !gateways[0].valueReference?.reference)
    yield 'exactly one gatewayDevice extension with a Reference';
  if (isVital(o) && !coded(o.code, LOINC)) yield 'a vital sign needs LOINC beside MDC';
  if (isCompound) {
    if ((o.component ?? []).length < 2) yield 'a compound has two components or more';
    if (o.valueQuantity || o.dataAbsentReason) yield 'a compound has its values in components only';
    for (const [i, c] of (o.component ?? []).entries()) {
      if (!coded(c.code, MDC)) yield `component[${i}]: MDC code missing`;
      yield* valueOrReason(c, `component[${i}]`);
    }
  } else {
    yield* valueOrReason(o, 'Observation');
  }
}

export function* guide(o) {
  const profiles = (o.meta?.profile ?? []).filter(p => p.startsWith(GUIDE));
  if (!profiles.length) return;
  const mdc = coded(o.code, MDC) ?? '';
  if (!/^[1-9]\d{0,9}$/.test(mdc) || +mdc > 0xffffffff)
    yield 'code needs an MDC code, 32 bits in decimal';
  if (profiles.some(p => p.endsWith('/PhdCoincidentTimeStampObservation'))) {
    if (!stampCodes.has(mdc)) yield 'not a time-stamp code';
    return;
  }
  yield* measurement(o, profiles.some(p => p.endsWith('/PhdCompoundNumericObservation')));
  if (mdc === '150020') yield* bloodPressure(o);
}
