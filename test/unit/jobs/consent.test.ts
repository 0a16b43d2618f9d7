import assert from 'node:assert/strict';
import { type ConsentFacts, consentOf, sizeText } from '../../../src/commands/inside/consentTexts.ts';
import { sizeBetween } from '../../../src/commands/inside/knownSize.ts';
import { RefusedJob, refusalIn, refusalText } from '../../../src/commands/inside/refusals.ts';
import { canRunInside, isWorthIt, paysNot, staysHere, whyNotInside } from '../../../src/commands/inside/ways.ts';
import { isKvError } from '../../../src/core/base/errors.ts';
import { EVERYTHING } from '../../../src/core/store/selection.ts';
import { wayOutOf } from '../../../src/core/text/wayOut.ts';
import type { Refusal } from '../../../src/inside/job.ts';
import { price, roughTime } from '../../../src/ui/aboutAmounts.ts';
import { copyRequest } from '../../support/memoryJobs.ts';

const facts: ConsentFacts = {
  request: copyRequest,
  account: 'Acme Inc',
  from: 'SESSIONS (Acme Inc)',
  to: 'CACHE (Acme Inc)',
  script: 'cloudflare-kv-job-1',
  size: { keys: 10_000_000, how: 'about' },
  estimate: { seconds: 2520, dollars: 55.4, low: 1260, high: 12_600 },
};

describe('the consent to a job inside Cloudflare', () => {
  it('says what is made, what it may do, what it takes, and what it is not', () => {
    const { question, lines, button } = consentOf(facts);
    assert.equal(
      question,
      'Copy about 10,000,000 keys from SESSIONS (Acme Inc) to CACHE (Acme Inc) inside Cloudflare?',
    );
    assert.equal(button, 'Copy Inside Cloudflare');
    const text = lines.join('\n');
    assert.match(text, /throw-away Worker, cloudflare-kv-job-1, is uploaded to Acme Inc/);
    assert.match(text, /reaches nothing but SESSIONS \(Acme Inc\), CACHE \(Acme Inc\)\./);
    assert.match(text, /already are overwritten/);
    assert.match(text, /about 42 min \(21 min to 3\.5 h, .* costs about \$55\.40 on the paid plan/);
    assert.match(text, /no snapshot.*come out rounded/);
    assert.match(text, /Cancelling takes minutes to end. There is no undo/);
    assert.match(text, /replace every Worker of the account: Workers Scripts: Edit\./);
    assert.doesNotMatch(text, /jurisdiction|compared/);
  });

  it('names deletions, the comparison, the bucket and a jurisdiction where there are any', () => {
    const equal = consentOf({ ...facts, request: { ...copyRequest, mode: 'equal', verify: true }, leaves: 'eu' });
    assert.match(equal.lines.join('\n'), /deletes there what SESSIONS \(Acme Inc\) does not have/);
    assert.match(equal.lines.join('\n'), /A minute after it both sides are compared/);
    assert.match(equal.lines.join('\n'), /stays in a jurisdiction \(eu\)/);
    const { to: _, mode: __, ...request } = copyRequest;
    const { to: ___, ...others } = facts;
    const out = consentOf({ ...others, request: { ...request, job: 'export', bucket: 'backups' } });
    assert.equal(
      out.question,
      'Export about 10,000,000 keys from SESSIONS (Acme Inc) to the bucket backups inside Cloudflare?',
    );
    assert.match(out.lines.join('\n'), /nothing but SESSIONS \(Acme Inc\), the bucket backups/);
    assert.doesNotMatch(out.lines.join('\n'), /undo/);
    const search = consentOf({ ...others, request: { ...request, job: 'search', query: { text: 'x' } } });
    assert.match(search.lines.join('\n'), /It only reads/);
    const gone = consentOf({ ...others, request: { ...request, job: 'delete', prefix: 'old:' } });
    assert.match(gone.question, /that begin with “old:” from SESSIONS/);
    assert.match(gone.lines.join('\n'), /for good, also what is put there while it runs/);
  });

  it('says how many keys of the target go, and of a comparison what it mends', () => {
    const request = { ...copyRequest, mode: 'equal' } as const;
    const said = (more: Partial<ConsentFacts>): string => consentOf({ ...facts, request, ...more }).lines.join('\n');
    const [some, first] = [
      { extra: 12, target: 400, isAll: true },
      { extra: 9000, target: 20_000, isAll: false },
    ];
    assert.match(said({ goes: some }), /Of the 400 keys in CACHE \(Acme Inc\) now, this deletes 12 keys\./);
    assert.match(said({ goes: first }), /Of the first 20,000 keys in .*, this deletes 9,000 keys; there are more/);
    assert.match(consentOf({ ...facts, request, goes: some }).brief, /deletes 12 keys/);
    assert.doesNotMatch(said({ request: { ...request, keys: ['a'] } }), /deletes/);
    const compared = consentOf({ ...facts, request: { ...copyRequest, comparesOnly: true } });
    assert.match(compared.question, /^Compare about .* with CACHE .*, and mend what differs\?$/);
    assert.match(compared.lines.join('\n'), /copies .* what is missing there or has other metadata/);
    assert.equal(compared.button, 'Compare Inside Cloudflare');
  });

  it('offers with a refusal what one click can do about it', () => {
    const way = (refusal: Refusal) => wayOutOf(new RefusedJob(refusal, 'Acme Inc'));
    assert.equal(way({ kind: 'permission', permission: 'x' })?.command, 'cloudflareKv.signIn');
    for (const kind of ['freePlan', 'noSubdomain', 'noBuckets'] as const) {
      assert.match(way({ kind })?.argument ?? '', /^https:\/\/dash\.cloudflare\.com\//);
    }
    assert.equal(way({ kind: 'instantNamespace', title: 'x' }), undefined);
  });

  it('says how well the number of keys is known', () => {
    assert.equal(sizeText({ keys: 1, how: 'exactly' }), '1 key');
    assert.equal(sizeText({ keys: 5000, how: 'atMost' }), 'at most 5,000 keys');
    assert.deepEqual(sizeBetween({ keys: 12, isAll: true }, 400), { keys: 12, how: 'exactly' });
    assert.deepEqual(sizeBetween({ keys: 100_000, isAll: false }, undefined), { keys: 100_000, how: 'atLeast' });
    assert.deepEqual(sizeBetween({ keys: 100_000, isAll: false }, 400_000), { keys: 400_000, how: 'atMost' });
    assert.deepEqual(sizeBetween({ keys: 100_000, isAll: false }, 400_000, true), { keys: 400_000, how: 'about' });
  });

  it('tells each refusal with its remedy, nothing made', () => {
    const remedies = [
      [{ kind: 'permission', permission: 'Workers Scripts: Edit' }, /Workers Scripts: Edit.*Sign in with a token/],
      [{ kind: 'freePlan' }, /paid plan.*from here/],
      [{ kind: 'noSubdomain' }, /workers\.dev.*dashboard/],
      [{ kind: 'noBuckets' }, /R2 bucket.*dashboard/],
      [{ kind: 'instantNamespace', title: 'fast' }, /“fast” is a KV Instant namespace.*from here/],
    ] as const;
    for (const [refusal, remedy] of remedies) {
      assert.match(refusalText(refusal, 'Acme Inc'), /^Nothing was made in Acme Inc: /);
      assert.match(refusalText(refusal, 'Acme Inc'), remedy);
    }
    const error = new RefusedJob({ kind: 'noSubdomain' }, 'Acme Inc');
    assert.ok(isKvError(error, 'unsupported'));
    assert.deepEqual(refusalIn(error), { kind: 'noSubdomain' });
    assert.equal(refusalIn(new Error('x')), undefined);
  });
});

describe('both ways of long work', () => {
  const from = { source: 'account-a', id: 'one' };
  const to = { source: 'account-a', id: 'two' };
  const place = { offer: { job: 'copy', to }, from, selection: EVERYTHING } as const;

  it('are offered within one account, of one group or single keys', () => {
    assert.ok(canRunInside(place));
    assert.ok(canRunInside({ ...place, selection: { keys: ['a', 'b'], prefixes: [] } }));
    assert.ok(!canRunInside({ ...place, selection: { keys: ['a'], prefixes: ['b'] } }));
    assert.ok(!canRunInside({ ...place, selection: { keys: [], prefixes: ['a', 'b'] } }));
    assert.ok(!canRunInside({ ...place, offer: { job: 'copy', to: from } }));
    assert.ok(!canRunInside({ ...place, offer: { job: 'copy', to: { source: 'account-b', id: 'two' } } }));
    assert.ok(!canRunInside({ ...place, from: { source: 'local-a', id: 'one' } }));
  });

  it('are offered where the usual one takes over ten minutes, or nobody knows', () => {
    assert.ok(!isWorthIt({ job: 'copy' }, { keys: 50_000, how: 'exactly' }));
    assert.ok(isWorthIt({ job: 'copy' }, { keys: 1_000_000, how: 'about' }));
    assert.ok(isWorthIt({ job: 'copy' }, { keys: 100_000, how: 'atLeast' }));
  });

  it('say why what would not pay stays here', () => {
    assert.equal(staysHere('import', 30), '');
    assert.match(staysHere('import', 900), /10,000 keys a request/);
    const other = { source: 'account-b', id: 'two' };
    assert.match(whyNotInside({ job: 'copy', to: other }, from, { keys: 1_000_000, how: 'about' }), /own account/);
    assert.equal(whyNotInside({ job: 'copy', to: other }, from, { keys: 1000, how: 'exactly' }), '');
    assert.match(paysNot('delete', 1_000_000) ?? '', /10,000 to a request/);
    assert.equal(paysNot('delete', 20_000_000), undefined);
    assert.match(paysNot('copy', 1000) ?? '', /less than ten minutes/);
    assert.equal(paysNot('copy', 1_000_000), undefined);
  });

  it('have their time and price in words', () => {
    assert.deepEqual([0.2, 45, 240, 5400, 27_720, 400_000].map(roughTime), [
      '1 s',
      '45 s',
      '4 min',
      '1.5 h',
      '7.7 h',
      '4.6 days',
    ]);
    assert.deepEqual([0, 0.001, 5.54, 5540].map(price), ['$0.00', 'under $0.01', '$5.54', '$5,540.00']);
  });
});
