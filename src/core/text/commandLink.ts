/** A Markdown link that runs a command with one argument; whatever the argument holds, the link stays whole. */
export function commandLink(label: string, command: string, argument: unknown): string {
  const encoded = encodeURIComponent(JSON.stringify([argument])).replace(
    /[()]/g,
    (bracket) => `%${bracket.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `[${label}](command:${command}?${encoded})`;
}
