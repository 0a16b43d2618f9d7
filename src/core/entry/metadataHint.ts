/** How much of the metadata stands beside a key, in characters. */
const LONGEST = 30;

/** The beginning of metadata, which is given as JSON, as it stands beside a key. */
export const metadataHint = (json: string): string =>
  json.length > LONGEST ? `${[...json.slice(0, LONGEST)].slice(0, LONGEST - 1).join('')}…` : json;
