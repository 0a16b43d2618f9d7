/** A config of Vite in one of the many ways to write it. */
export interface ViteProgram {
  readonly code: string;
  /** All of it is written out: nothing depends on what only a run can tell. */
  readonly isPlain: boolean;
}

/** Settings of an object, as the source of their values. */
type Entries = Readonly<Record<string, string>>;

/** Writes programs: `choose` gives a number below the one that it is given. */
export class ViteWriter {
  readonly #choose: (below: number) => number;
  readonly #before: string[] = [];
  readonly #after: string[] = [];
  #names = 0;
  #isPlain = true;

  constructor(choose: (below: number) => number) {
    this.#choose = choose;
  }

  program(): ViteProgram {
    const options: Entries = {
      ...(this.#isChosen() && { configPath: this.#text('./w.jsonc') }),
      ...(this.#isChosen() && { persistState: this.#object({ path: this.#text('./kept') }) }),
    };
    const call = this.#plugin(Object.keys(options).length === 0 && this.#isChosen() ? '' : this.#object(options));
    const config = this.#object({
      ...(this.#isChosen() && { root: this.#text('web') }),
      base: "'/'",
      plugins: `[${call}]`,
    });
    const exported = this.#exported(config);
    return { code: [...this.#before, exported, ...this.#after].join('\n'), isPlain: this.#isPlain };
  }

  #isChosen(): boolean {
    return this.#choose(2) === 0;
  }

  #one<T>(ways: readonly (() => T)[]): T {
    const way = ways[this.#choose(ways.length)] as () => T;
    return way();
  }

  #name(): string {
    return `n${this.#names++}`;
  }

  /** What cannot be followed, and need not be. */
  #odd<T>(written: T): T {
    this.#isPlain = false;
    return written;
  }

  #declared(keyword: string, value: string, type = ''): string {
    const name = this.#name();
    this.#before.push(`${keyword} ${name}${type} = ${value};`);
    return name;
  }

  #text(text: string): string {
    const plain = `'${text}'`;
    return this.#one<string>([
      () => plain,
      () => `\`${text}\``,
      () => `(${plain} as string)`,
      () => this.#declared('const', plain, ': Record<string, string>[string]'),
      () => this.#declared('let', plain),
      () => this.#setLater(plain),
      () => `${this.#declared('const', `{ other: 'no', it: ${plain} }`)}.it`,
      () => `${this.#function(plain)}()`,
      () => `${this.#declared('const', '<T,>(x: T): T => x')}(${plain})`,
      () => `((x = ${plain}) => x)()`,
      () => this.#taken(plain),
      () => this.#shadowed(plain),
      () => `(isOn ? ${plain} : ${plain})`,
      () => this.#odd(`(isOn ? ${plain} : './other')`),
      () => this.#odd(`[${plain}][0]`),
      () => this.#odd(`(${plain} + '')`),
      () => this.#odd(`${this.#function(plain, "if (isOn) return './other';")}()`),
      () => this.#odd(this.#setTwice(plain)),
      () => this.#odd(this.#setTooLate(plain)),
      () => this.#odd(`(isOn && ${plain} || undefined)`),
    ]);
  }

  #setLater(value: string): string {
    const name = this.#name();
    this.#before.push(`let ${name};`, `${name} = ${value};`);
    return name;
  }

  #setTwice(value: string): string {
    const name = this.#declared('let', value);
    const other = "'./other'";
    const again = this.#one<string>([
      () => `if (isOn) ${name} = ${other};`,
      () => `if (isOn) { ({ ${name} } = { ${name}: ${other} }); }`,
      () => `if (isOn) { [${name}] = [${other}]; }`,
      () => `[1].forEach(() => { ${name} = ${other}; });`,
      () => `for (${name} of [${other}]);`,
      () => `{ for ({ ${name} } of [{ ${name}: ${other} }]); }`,
      () => `(() => { ({ it: ${name} = 1 } = { it: ${other} }); })();`,
      () => `${name} += ${other};`,
    ]);
    this.#before.push(again);
    return name;
  }

  #setTooLate(value: string): string {
    const name = this.#name();
    this.#after.push(`var ${name} = ${value};`);
    return name;
  }

  #taken(value: string): string {
    const name = this.#name();
    this.#before.push(`const { it: ${name} } = { it: ${value} };`);
    return name;
  }

  /** Two of one name, one of them in a function. */
  #shadowed(value: string): string {
    const name = this.#declared('const', value);
    this.#before.push(`function ${this.#name()}() { const ${name} = './inner'; return ${name}; }`);
    return name;
  }

  #function(value: string, before = ''): string {
    const name = this.#name();
    const written = `function ${name}() { ${before} return ${value}; }`;
    (this.#isChosen() ? this.#before : this.#after).push(written);
    return name;
  }

  #object(entries: Entries): string {
    const literal = this.#literal(entries);
    return this.#one<string>([
      () => literal,
      () => literal,
      () => this.#declared('const', literal),
      () => this.#declared('const', literal, ': Record<string, unknown>'),
      () => this.#declared('let', literal),
      () => this.#setLater(literal),
      () => `Object.freeze(${literal})`,
      () => `Object.assign({}, ${literal})`,
      () => `(${literal} satisfies object)`,
      () => `${this.#function(literal)}()`,
      () => `(() => (${literal}))()`,
      () => `(isOn ? ${this.#declared('const', literal)} : ${this.#before.at(-1)?.split(' ')[1]})`,
      () => `{ ...${this.#declared('const', literal)}, ...(isOn ? { other: 1 } : {}) }`,
      () => `{ ...(isOn && { other: 1 }), ...${literal} }`,
      () => this.#odd(this.#changed(literal)),
      () => this.#odd(`{ ...${literal}, ...(isOn ? { ${this.#set()} } : {}) }`),
      () => this.#odd(`{ ...${literal}, ...(isOn && { ${this.#set()} }) }`),
      () => this.#odd(`{ ...${literal}, get root() { return './got'; } }`),
      () => this.#odd(`{ ...${literal}, ['ro' + 'ot']: './computed' }`),
      () => this.#odd(`JSON.parse(JSON.stringify(${literal}, (_, x) => x))`),
    ]);
  }

  /** Something that a setting may be set to besides. */
  #set(): string {
    return this.#one([() => "root: './other'", () => "configPath: './other.jsonc'", () => "path: './other'"]);
  }

  #changed(literal: string): string {
    const name = this.#declared('const', literal);
    const [key = '', value = ''] = this.#set().split(': ');
    const change = this.#one<string>([
      () => `${name}.${key} = ${value};`,
      () => `(${name} as any)['${key}'] = ${value};`,
      () => `if (isOn) ${name}.${key} ??= ${value};`,
      () => `delete ${name}.${key};`,
      () => `Object.assign(${name}, { ${key}: ${value} });`,
      () => `const ${this.#name()} = ${name}; n${this.#names - 1}.${key} = ${value};`,
      () => `${this.#changer(key, value)}(${name});`,
      () => `({ it: ${name}.${key} } = { it: ${value} });`,
      () => `for (${name}.${key} of [${value}]);`,
    ]);
    this.#before.push(change);
    return name;
  }

  #changer(key: string, value: string): string {
    const name = this.#name();
    this.#after.push(`function ${name}(it) { it.${key} = ${value}; }`);
    return name;
  }

  #literal(entries: Entries): string {
    const written = Object.entries(entries).map(([name, value]) =>
      this.#one<string>([
        () => `${name}: ${value}`,
        () => `'${name}': ${value}`,
        () => `['${name}']: ${value}`,
        () => `...{ ${name}: ${value} }`,
        () => `${name}: './before', ${name}: ${value}`,
        () => `...${this.#declared('const', `{ ${name}: ${value} }`)}`,
      ]),
    );
    return `{ ${written.join(', ')} }`;
  }

  #plugin(options: string): string {
    return this.#one<string>([
      () => `cloudflare(${options})`,
      () => `cloudflare?.(${options})`,
      () => `${this.#declared('const', 'cloudflare')}(${options})`,
      () => `(true && cloudflare(${options}))`,
      () => `${this.#declared('const', '(given) => cloudflare({ ...given, viteEnvironment: 1 })')}(${options || '{}'})`,
    ]);
  }

  #exported(config: string): string {
    return this.#one<string>([
      () => `export default ${config};`,
      () => `export default defineConfig(${config});`,
      () => `export default defineConfig(() => (${config}));`,
      () => `export default defineConfig(async ({ mode }) => { if (mode === 'x') throw 1; return ${config}; });`,
      () => `export default (async () => { return ${config}; })();`,
      () => `export default function () { return ${config}; }`,
      () => `export default defineConfig(${this.#function(config)});`,
      () => `export default ${this.#function(config)}();`,
      () => `const { ...${this.#name()} } = {}; let exported: object = ${config};\nexport { exported as default };`,
      () => `export default ${this.#declared('const', '<T,>(x: T): T => x')}(${config});`,
    ]);
  }
}
