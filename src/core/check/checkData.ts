import { setImmediate } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { errorText, isKvError } from '../base/errors.ts';
import { Slices } from '../base/slices.ts';
import { slicesOf } from '../base/slicesOf.ts';
import type { KvKeyInfo } from '../entry/entry.ts';
import { byteLength, MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../entry/limits.ts';
import { metadataText } from '../entry/metadataJson.ts';
import { listKeys } from '../store/listKeys.ts';
import { byteSize, keyCount, shortText } from '../store/names.ts';
import type { NamespaceRef } from '../store/namespaceRef.ts';
import type { KvReader } from '../store/store.ts';
import { countText } from '../text/countText.ts';
import { isShortLived, mayLast } from './isShortLived.ts';
import { type CheckEvidence, type CheckItem, item, unlessFailed } from './item.ts';
import { secretIn, secretSteps } from './secretForms.ts';

/** The most keys that are listed, in all namespaces together. */
const MOST_KEYS = 100_000;
/** How many keys in memory are checked without a pause. */
const KEYS_AT_ONCE = 1000;
/** The most values that are read, and the most bytes of values. */
const MOST_VALUES = 5_000;
const MOST_BYTES = 64 * 1024 * 1024;
const VALUES_AT_ONCE = 50;
/** Each item names at most this many keys, and counts the others. */
const MOST_NAMED = 10;
/** Something is near a limit from this fraction of the limit on. */
const NEAR = 0.9;
const MAX_METADATA_BYTES = 1024;

export interface CheckedNamespace {
  readonly namespace: NamespaceRef;
  /** The name for the namespace in sentences. */
  readonly where: string;
  readonly bindings: readonly string[];
  /** Local data, or the keys of an account that were listed already: the account is not asked for more. */
  readonly data: KvReader | readonly KvKeyInfo[];
}

/** Collects the evidence against an item, key by key. */
class Against {
  readonly #named: CheckEvidence[] = [];
  #more = 0;

  add(text: string, { namespace }: CheckedNamespace, key: string): void {
    if (this.#named.length < MOST_NAMED) this.#named.push({ text, key: { ...namespace, key } });
    else this.#more++;
  }

  get evidence(): readonly CheckEvidence[] {
    const more = this.#more > 0 ? [{ text: l10n.t('… and {0} more', countText(this.#more)) }] : [];
    return [...this.#named, ...more];
  }
}

/**
 * Checks the keys of some namespaces for expirations, limits and secrets. Reads only a limited number of them, and
 * reports that. Rejects with `cancelled` if the signal is aborted.
 */
export async function checkData(
  namespaces: readonly CheckedNamespace[],
  { signal, report }: { readonly signal: AbortSignal; readonly report: (keys: number) => void },
): Promise<readonly CheckItem[]> {
  const slices = new Slices();
  const endless = new Against();
  const large = new Against();
  const secrets = new Against();
  const faults: CheckEvidence[] = [];
  /** Evidence about what was checked in accounts. */
  const elsewhere: CheckEvidence[] = [];
  let listed = 0;
  let shortLived = 0;
  let values = 0;
  let bytes = 0;
  let isListedWhole = true;
  let isReadWhole = true;

  for (const checked of namespaces) {
    try {
      await check(checked);
    } catch (error) {
      if (isKvError(error, 'cancelled')) throw error;
      isListedWhole = isReadWhole = false;
      faults.push({ text: l10n.t('{0}: {1}', checked.where, errorText(error)) });
    }
  }
  return items();

  async function check(checked: CheckedNamespace): Promise<void> {
    const isAll = checked.bindings.some(isShortLived);
    let unending = 0;
    let example: string | undefined;
    const { data } = checked;
    const isLocal = 'list' in data;
    let known = 0;
    for await (const page of isLocal ? listKeys(data, undefined, signal) : inPages(data)) {
      throwIfCancelled(signal);
      known += page.length;
      for (const info of page) {
        checkKey(info, checked);
        // If the whole namespace is meant for short-lived keys, its keys are reported together.
        if (!isAll || isShortLived(info.name) || mayLast(info.name)) continue;
        shortLived++;
        if (info.expiration !== undefined) continue;
        unending++;
        example ??= info.name;
      }
      if (!isLocal) continue;
      await checkValues(page, data, checked);
      listed += page.length;
      report(listed);
      if (listed >= MOST_KEYS) {
        isListedWhole = isReadWhole = false;
        break;
      }
    }
    if (!isLocal) {
      const text = l10n.t(
        'Of {0} only the keys that the view has listed were looked at, without their values: {1}.',
        checked.where,
        keyCount(known),
      );
      elsewhere.push({ text });
    }
    if (example === undefined) return;
    const text = l10n.t(
      '{0} is named for what is short-lived. Keys in it that never expire: {1}, such as “{2}”.',
      checked.where,
      countText(unending),
      shortText(example),
    );
    endless.add(text, checked, example);
  }

  function checkKey({ name, metadata, expiration }: KvKeyInfo, checked: CheckedNamespace): void {
    if (isShortLived(name)) {
      shortLived++;
      if (expiration === undefined) {
        const text = l10n.t('“{0}” in {1} looks short-lived and never expires.', shortText(name), checked.where);
        endless.add(text, checked, name);
      }
    }
    const keyBytes = byteLength(name);
    if (keyBytes >= MAX_KEY_BYTES * NEAR) {
      const sizes = [byteSize(keyBytes), byteSize(MAX_KEY_BYTES)] as const;
      large.add(
        l10n.t('The key “{0}” in {1} has {2} of {3}.', shortText(name), checked.where, ...sizes),
        checked,
        name,
      );
    }
    const text = metadata === undefined ? '' : metadataText(metadata);
    const metadataBytes = byteLength(text);
    if (metadataBytes >= MAX_METADATA_BYTES * NEAR) {
      const sizes = [byteSize(metadataBytes), byteSize(MAX_METADATA_BYTES)] as const;
      const message = l10n.t('The metadata of “{0}” in {1} has {2} of {3}.', shortText(name), checked.where, ...sizes);
      large.add(message, checked, name);
    }
    tellSecret(name, secretIn(text), checked);
  }

  async function checkValues(page: readonly KvKeyInfo[], store: KvReader, checked: CheckedNamespace): Promise<void> {
    for (const part of slicesOf(page, VALUES_AT_ONCE)) {
      if (values >= MOST_VALUES || bytes >= MOST_BYTES) {
        isReadWhole = false;
        return;
      }
      const keys = part.map(({ name }) => name);
      const unread = (): void => {
        isReadWhole = false;
      };
      for await (const { key, value } of store.getMany(keys, signal, unread)) {
        values++;
        bytes += value.length;
        if (value.length >= MAX_VALUE_BYTES * NEAR) {
          const sizes = [byteSize(value.length), byteSize(MAX_VALUE_BYTES)] as const;
          const message = l10n.t('The value of “{0}” in {1} has {2} of {3}.', shortText(key), checked.where, ...sizes);
          large.add(message, checked, key);
        }
        tellSecret(key, await slices.run(secretSteps(value)), checked);
        if (bytes >= MOST_BYTES) {
          isReadWhole = false;
          return;
        }
      }
    }
  }

  function tellSecret(key: string, kind: string | undefined, checked: CheckedNamespace): void {
    if (kind === undefined) return;
    secrets.add(
      kind === 'private key'
        ? l10n.t('“{0}” in {1} holds a private key.', shortText(key), checked.where)
        : l10n.t('“{0}” in {1} holds what looks like a token of {2}.', shortText(key), checked.where, kind),
      checked,
      key,
    );
  }

  function items(): readonly CheckItem[] {
    const ids = ['expirations', 'limits', 'secrets'] as const;
    const all = { expirations: endless, limits: large, secrets };
    if (listed === 0) {
      const none = { text: l10n.t('There are no local keys to look at.') };
      const reasons = [...(faults.length > 0 ? faults : [none]), ...elsewhere];
      return ids.map((id) => {
        const { evidence } = all[id];
        return item(id, evidence.length > 0 ? 'failed' : 'unknown', [...evidence, ...reasons]);
      });
    }
    const [expirations, limits, secret] = ids;
    const itemOf = (id: (typeof ids)[number], against: Against, isWhole: boolean, passed: string): CheckItem => {
      const { evidence } = against;
      const count = id === 'expirations' ? listed : values;
      const part =
        id === 'expirations'
          ? l10n.t('Not all keys were looked at: only {0}.', keyCount(count))
          : l10n.t('Not all values were read: only those of {0}.', keyCount(count));
      const found = unlessFailed(id, evidence, {
        state: isWhole ? 'passed' : 'unknown',
        text: isWhole ? passed : part,
      });
      return { ...found, evidence: [...found.evidence, ...(isWhole ? [] : faults), ...elsewhere] };
    };
    return [
      shortLived === 0 && isListedWhole
        ? item(expirations, 'passed', [
            { text: l10n.t('No key looks short-lived ({0}).', keyCount(listed)) },
            ...elsewhere,
          ])
        : itemOf(
            expirations,
            endless,
            isListedWhole,
            l10n.t('Every key that looks short-lived expires: {0}.', keyCount(shortLived)),
          ),
      itemOf(limits, large, isReadWhole, l10n.t('No key, value or metadata is near a limit ({0}).', keyCount(listed))),
      itemOf(secret, secrets, isReadWhole, l10n.t('No token of a well-known form was found ({0}).', keyCount(listed))),
    ];
  }
}

async function* inPages(keys: readonly KvKeyInfo[]): AsyncGenerator<readonly KvKeyInfo[]> {
  for (const page of slicesOf(keys, KEYS_AT_ONCE)) {
    yield page;
    await setImmediate();
  }
}
