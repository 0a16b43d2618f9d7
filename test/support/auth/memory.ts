import type { Secrets, SignInMemory } from '../../../src/auth/signIns.ts';

/** A memento that keeps only what survives JSON. */
export class FakeMemory implements SignInMemory {
  readonly kept = new Map<string, string>();
  get<T>(key: string): T | undefined {
    const text = this.kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }
  async update(key: string, value: unknown): Promise<void> {
    this.kept.set(key, JSON.stringify(value));
  }
}

export class FakeSecrets implements Secrets {
  readonly kept = new Map<string, string>();
  /** How often something was read. */
  reads = 0;
  async get(key: string): Promise<string | undefined> {
    this.reads++;
    return this.kept.get(key);
  }
  async store(key: string, value: string): Promise<void> {
    this.kept.set(key, value);
  }
  async delete(key: string): Promise<void> {
    this.kept.delete(key);
  }
}
