/** The most characters of the metadata shown next to a key. */
const LONGEST = 30;

/** The beginning of metadata, given as JSON, to show next to a key. */
export const metadataHint = (json: string): string =>
  json.length > LONGEST ? `${[...json.slice(0, LONGEST)].slice(0, LONGEST - 1).join('')}…` : json;
