/** Returns a proxy for an object that is created, along with loading whatever it needs, only when it is first used. */
export function onFirstUse<T extends object>(make: () => T): T {
  let made: T | undefined;
  const now = (): T => {
    made ??= make();
    return made;
  };
  const none: Partial<T> = {};
  return new Proxy<T>(none as T, {
    get(_, name) {
      const value: unknown = Reflect.get(now(), name);
      // A method that uses private fields works only on the object itself, not on the proxy.
      return typeof value === 'function' ? value.bind(made) : value;
    },
    set: (_, name, value) => Reflect.set(now(), name, value),
  });
}
