/** Stands for an object that is made, and what it needs loaded, when something of it is first used. */
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
      // A method with private fields works on its own object only.
      return typeof value === 'function' ? value.bind(made) : value;
    },
    set: (_, name, value) => Reflect.set(now(), name, value),
  });
}
