import fc from 'fast-check';
import type { Act, Trouble } from './world.ts';

const often: readonly Act['kind'][] = [
  'put',
  'saveValue',
  'saveMetadata',
  'saveExpiration',
  'rename',
  'delete',
  'import',
  'sync',
  'undo',
];
const seldom: readonly Act['kind'][] = [
  'worker',
  'cancel',
  'kill',
  'resume',
  'clock',
  'disk',
  'boot',
  'elsewhere',
  'elsewhere',
  'forget',
];

/** Additional acts for runs with this kind of trouble. */
const troubles: Readonly<Record<Trouble, readonly Act['kind'][]>> = {
  lifetimes: ['pass', 'pass', 'pass', 'pass', 'pass'],
  unreadable: ['unreadable', 'unreadable', 'unreadable', 'unreadable', 'forget', 'forget'],
  littleRoom: ['clock', 'clock'],
};

/** What happens in one run. */
export const actsOf = (trouble: Trouble | undefined): fc.Arbitrary<Act[]> =>
  fc.array(
    fc.record({
      kind: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...often) },
        fc.constantFrom(...seldom, ...(trouble ? troubles[trouble] : [])),
      ),
      window: fc.nat(1),
      key: fc.nat(3),
      other: fc.nat(3),
      flag: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10, size: 'max' },
  );

export const seeds: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff });
